"""Encoded image -> SigLIP2 patches and the OCR canvas. Logic: vislex.classify.prepare."""

import os

import numpy as np

from vislex.classify import prepare
from vislex.config import Limits
from vislex.contract import CANVAS, CANVAS_SCALE, IMAGE, PREPARE
from vislex.infer.triton import answer_each, inputs_of, options_of, respond
from vislex.siglip import stack


class TritonPythonModel:
    def initialize(self, args):
        self.limits = Limits.from_env(os.environ)

    def execute(self, requests):
        return answer_each(requests, self._answer)

    def _answer(self, request):
        options_of(request)  # refused here, before any work and before the branches
        prepared = prepare(inputs_of(request, PREPARE)[IMAGE.name][0, 0], self.limits)
        canvas = prepared.canvas
        return respond(
            PREPARE,
            {
                **stack([prepared.patches]),
                CANVAS.name: canvas.pixels[np.newaxis],
                CANVAS_SCALE.name: canvas.scale[np.newaxis],
            },
        )
