"""Encoded image -> mean colour. Logic: vislex.colours.mean."""

import os

from vislex.colours.mean import mean_colour
from vislex.contract.colours import AVERAGE, COLOUR, SCALE_OPTION
from vislex.contract.images import IMAGE
from vislex.images.decode import decode_image
from vislex.images.limits import Limits
from vislex.triton.metrics import measured
from vislex.triton.requests import answer_each, file_fields, inputs_of, note, option_of, respond


class TritonPythonModel:
    def initialize(self, args):
        self.limits = Limits.from_env(os.environ)

    def execute(self, requests):
        with measured(AVERAGE, requests):
            return answer_each(requests, self._answer)

    def _answer(self, request):
        scale = option_of(request, SCALE_OPTION)  # before any work
        data = inputs_of(request, AVERAGE)[IMAGE.name][0, 0]
        note(request, AVERAGE, **file_fields(data))
        colour = mean_colour(decode_image(data, self.limits), scale)
        return respond(AVERAGE, {COLOUR.name: [colour]})
