"""Name of a gallery -> which versions are loaded. Logic: vislex.live.snapshot, in `match`."""

from pathlib import Path

from vislex.contract.galleries import GALLERY, GALLERY_NAME
from vislex.contract.screens import MATCH_STATUS
from vislex.gallery.recipe import read_recipe
from vislex.triton.requests import answer_each, inputs_of, respond
from vislex.triton.status import ask_status


class TritonPythonModel:
    def initialize(self, args):
        self.dim = read_recipe(Path(args["model_repository"]).parent).dim

    def execute(self, requests):
        return answer_each(requests, self._answer)

    def _answer(self, request):
        name = inputs_of(request, GALLERY)[GALLERY_NAME.name][0, 0].decode(errors="replace")
        return respond(GALLERY, ask_status(MATCH_STATUS, self.dim, name, request.trace()))
