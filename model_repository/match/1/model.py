"""Embedding and lines -> label, decision and evidence. Logic: vislex.screens.classify.match."""

import os
from pathlib import Path

from vislex.contract.images import EMBEDDING, LINES
from vislex.contract.screens import MATCH, MATCH_STATUS
from vislex.gallery.recipe import read_recipe
from vislex.live.galleries import Galleries
from vislex.live.settings import NamedGalleries
from vislex.ocr.lines import decode_page
from vislex.screens.options import Options
from vislex.screens.serve import MatchRequest, ScreenOpener, match_each
from vislex.triton.metrics import measured
from vislex.triton.requests import answer_batch, inputs_of, is_canary, note, parameters_of, respond
from vislex.triton.screens import answer_tensors, count_decision, log_fields
from vislex.triton.status import TritonReport, status_response, wants_status


class TritonPythonModel:
    def initialize(self, args):
        recipe = read_recipe(Path(args["model_repository"]).parent)
        settings = NamedGalleries.from_env(os.environ)
        self.galleries = Galleries(settings, ScreenOpener(recipe, settings.gpu), TritonReport())

    def execute(self, requests):
        view = self.galleries.view()  # one for all: a swap while they are answered changes nothing
        with measured(MATCH, requests):
            return answer_batch(requests, lambda request: _unpack(request, view), _answer)

    def finalize(self):
        self.galleries.close()


def _unpack(request, view):
    """A request and what it asks, or the view itself where its status is asked for."""
    if wants_status(request):
        return request, view
    tensors, options = inputs_of(request, MATCH), Options.from_parameters(parameters_of(request))
    page = decode_page(tensors[LINES.name][0, 0])
    # The gateway asks whether the server lives: one gallery that cannot be served ends no other.
    wanted = (options.gallery, options.gallery_version)
    chosen = view.any() if is_canary(request) else view.choose(*wanted)
    return request, MatchRequest(tensors[EMBEDDING.name][0], page, options, *chosen)


def _answer(items):
    asked = [(request, item) for request, item in items if isinstance(item, MatchRequest)]
    answers = match_each([item for _, item in asked])
    for (request, item), answer in zip(asked, answers, strict=True):
        if not is_canary(request):
            count_decision(answer, item.name)
        note(request, MATCH, **log_fields(answer, item.name))
    responses = (respond(MATCH, answer_tensors(answer)) for answer in answers)
    return [
        next(responses) if isinstance(item, MatchRequest) else status_response(MATCH_STATUS, item)
        for _, item in items
    ]
