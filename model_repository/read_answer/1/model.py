"""Lines or a failure -> lines or an error. Logic: vislex.ocr.lines.decode_page."""

from vislex.contract.images import LINES, READ_ANSWER, READING
from vislex.ocr.lines import decode_page, encode_lines
from vislex.triton.requests import answer_each, inputs_of, respond


class TritonPythonModel:
    def execute(self, requests):
        return answer_each(requests, self._answer)

    def _answer(self, request):
        page = decode_page(inputs_of(request, READ_ANSWER)[LINES.name][0, 0])
        lines, reading = encode_lines(page.lines), page.reading.encode()
        return respond(READ_ANSWER, {LINES.name: [[lines]], READING.name: [[reading]]})
