"""Encoded image -> SigLIP2 patches, OCR canvas. Logic: vislex.images.prepare."""

import os
from pathlib import Path

import numpy as np

from vislex.calls import TABLE_VARIABLE
from vislex.contract.images import CANVAS, CANVAS_SCALE, IMAGE, PIXEL_VALUES, PREPARE
from vislex.images.decode import decode_image
from vislex.images.limits import Limits
from vislex.images.patches import stack
from vislex.images.prepare import canvas_of, patches_of
from vislex.infer.probe import read_probe, require_same
from vislex.live.settings import folders_from_env
from vislex.triton.bls import bls_infer
from vislex.triton.metrics import measured
from vislex.triton.options import check_options
from vislex.triton.requests import answer_each, file_fields, inputs_of, note, respond


class TritonPythonModel:
    def initialize(self, args):
        self.limits = Limits.from_env(os.environ)
        self.galleries = folders_from_env(os.environ)
        # `vislex serve` asks the encoder before it lets anybody in. A server that was started
        # without it asks with the first request: no other model can be called from here.
        launched = TABLE_VARIABLE in os.environ
        self.probe = None if launched else read_probe(Path(args["model_repository"]).parent)

    def execute(self, requests):
        with measured(PREPARE, requests):
            return answer_each(requests, self._answer)

    def _answer(self, request):
        """Only what the steps after this one take: `embed` wants no canvas, `read` no patches."""
        check_options(request, self.galleries)  # before any work, and before the branches
        data = inputs_of(request, PREPARE)[IMAGE.name][0, 0]
        note(request, PREPARE, **file_fields(data))
        image = decode_image(data, self.limits)
        note(request, PREPARE, image_px=(image.shape[1], image.shape[0]))
        wanted = request.requested_output_names()
        tensors = {}
        if PIXEL_VALUES.name in wanted:
            self._prove()
            tensors |= stack([patches_of(image)])
        if CANVAS.name in wanted:
            canvas = canvas_of(image, self.limits)
            tensors[CANVAS.name] = canvas.pixels[np.newaxis]
            tensors[CANVAS_SCALE.name] = canvas.scale[np.newaxis]
        return respond(PREPARE, {name: tensors[name] for name in wanted})

    def _prove(self):
        """Raises RepositoryError as long as the encoder computes otherwise here than its source."""
        if self.probe is not None:
            require_same(bls_infer, self.probe)
            self.probe = None
