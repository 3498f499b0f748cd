"""Name of a gallery -> its loaded versions. Logic: vislex.triton.status, vislex.live.snapshot."""

from pathlib import Path

from vislex.contract.galleries import GALLERY, GALLERY_NAME
from vislex.gallery.recipe import read_recipe
from vislex.triton.requests import answer_each, inputs_of, respond
from vislex.triton.status import ask_status, holder_in


class TritonPythonModel:
    def initialize(self, args):
        repository = Path(args["model_repository"]).parent
        self.holder, self.dim = holder_in(repository), read_recipe(repository).dim

    def execute(self, requests):
        return answer_each(requests, self._answer)

    def _answer(self, request):
        name = inputs_of(request, GALLERY)[GALLERY_NAME.name][0, 0].decode(errors="replace")
        return respond(GALLERY, ask_status(self.holder, self.dim, name, request.trace()))
