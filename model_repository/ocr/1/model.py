"""Canvas -> text lines, over this server's `ocr_det`, `ocr_rec`. Logic: vislex.ocr.read_pages."""

from functools import partial
from pathlib import Path

from vislex.contract.images import CANVAS, CANVAS_SCALE, LINES, OCR, READ_OPTION
from vislex.ocr import Page, read_pages
from vislex.ocr.canvas import Canvas
from vislex.ocr.characters import read_characters
from vislex.ocr.lines import encode_failure, encode_page
from vislex.triton.bls import bls_infer
from vislex.triton.metrics import measured
from vislex.triton.requests import answer_batch, inputs_of, option_of, respond


class TritonPythonModel:
    def initialize(self, args):
        self.characters = read_characters(Path(args["model_repository"]).parent)

    def execute(self, requests):
        with measured(OCR, requests):
            return answer_batch(requests, self._unpack, self._answer, self._failed)

    def _unpack(self, request):
        """The canvas (None where the request asked not to read), and the request's trace."""
        tensors = inputs_of(request, OCR)
        canvas = Canvas(tensors[CANVAS.name][0], tensors[CANVAS_SCALE.name][0])
        return (canvas if option_of(request, READ_OPTION) else None), request.trace()

    def _answer(self, items):
        canvases, traces = zip(*items, strict=True)
        infer = partial(bls_infer, trace=traces[0])  # a batch is one call: its first one's child
        wanted = [canvas for canvas in canvases if canvas is not None]
        read = iter(read_pages(wanted, infer, self.characters))
        pages = [Page(off=True) if canvas is None else next(read) for canvas in canvases]
        return [respond(OCR, {LINES.name: [[encode_page(page)]]}) for page in pages]

    def _failed(self, error):
        """An answer that `match` turns into the error; see encode_failure."""
        return respond(OCR, {LINES.name: [[encode_failure(error)]]})
