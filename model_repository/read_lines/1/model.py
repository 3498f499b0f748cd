"""Lines or a failure -> lines or an error. Logic: vislex.ocr.lines.decode_lines."""

from vislex.contract.images import LINES, READ_LINES
from vislex.ocr.lines import decode_lines, encode_lines
from vislex.triton.requests import answer_each, inputs_of, respond


class TritonPythonModel:
    def execute(self, requests):
        return answer_each(requests, self._answer)

    def _answer(self, request):
        lines = decode_lines(inputs_of(request, READ_LINES)[LINES.name][0, 0])
        return respond(READ_LINES, {LINES.name: [[encode_lines(lines)]]})
