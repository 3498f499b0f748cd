"""Embedding and lines -> label, decision and evidence. Logic: vislex.screens.classify.match."""

import os
from pathlib import Path

from vislex.contract import EMBEDDING, LINES, MATCH
from vislex.gallery.recipe import read_recipe
from vislex.live.galleries import Galleries, Query, match_each
from vislex.live.settings import NamedGalleries
from vislex.ocr.lines import decode_lines
from vislex.triton.metrics import count_decisions, measured
from vislex.triton.requests import (
    answer_batch,
    answer_tensors,
    facts,
    inputs_of,
    is_canary,
    note,
    options_of,
    respond,
)
from vislex.triton.status import TritonReport, status_response, wants_status


class TritonPythonModel:
    def initialize(self, args):
        recipe = read_recipe(Path(args["model_repository"]).parent)
        self.galleries = Galleries(NamedGalleries.from_env(os.environ), recipe, TritonReport())

    def execute(self, requests):
        view = self.galleries.view()  # one for all: a swap while they are answered changes nothing
        with measured(MATCH, requests):
            return answer_batch(requests, lambda request: _unpack(request, view), _answer)

    def finalize(self):
        self.galleries.close()


def _unpack(request, view):
    """A request and its query, or the view itself where its status is asked for."""
    if wants_status(request):
        return request, view
    tensors, options = inputs_of(request, MATCH), options_of(request)
    lines = decode_lines(tensors[LINES.name][0, 0])
    # The gateway asks whether the server lives: one gallery that cannot be served ends no other.
    chosen = view.any() if is_canary(request) else view.choose(options)
    return request, Query(tensors[EMBEDDING.name][0], lines, options, *chosen)


def _answer(asked):
    queries = [(request, one) for request, one in asked if isinstance(one, Query)]
    answers = match_each([query for _, query in queries])
    for (request, query), answer in zip(queries, answers, strict=True):
        if not is_canary(request):
            count_decisions([answer], query.name)
        note(request, MATCH, gallery=query.name, **facts(answer))
    found = (respond(MATCH, answer_tensors(answer)) for answer in answers)
    return [next(found) if isinstance(one, Query) else status_response(one) for _, one in asked]
