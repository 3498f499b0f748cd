"""Embedding and lines -> label, decision and evidence. Logic: vislex.classify.match."""

import os
from pathlib import Path

import numpy as np

from vislex.classify import match
from vislex.config import gallery_from_env
from vislex.contract import EMBEDDING, LINES, MATCH
from vislex.infer.triton import answer_batch, answer_tensors, inputs_of, options_of, respond
from vislex.ocr.lines import decode_lines
from vislex.recipe import read_recipe
from vislex.storage import open_gallery


class TritonPythonModel:
    def initialize(self, args):
        recipe = read_recipe(Path(args["model_repository"]).parent)
        self.gallery = open_gallery(gallery_from_env(os.environ), recipe)

    def execute(self, requests):
        return answer_batch(requests, self._unpack, self._answer)

    def _unpack(self, request):
        tensors = inputs_of(request, MATCH)
        lines = decode_lines(tensors[LINES.name][0, 0])
        return tensors[EMBEDDING.name][0], lines, options_of(request)

    def _answer(self, queries):
        embeddings, lines, options = zip(*queries, strict=True)
        found = match(np.stack(embeddings), lines, options, self.gallery)
        return [respond(MATCH, answer_tensors(answer)) for answer in found]
