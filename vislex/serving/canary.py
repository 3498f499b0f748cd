"""The call that proves every stage alive: a small drawn screen with a word on it."""

import io

from PIL import Image, ImageDraw, ImageFont

from vislex.calls import CANARY_ID
from vislex.contract.images import IMAGE
from vislex.contract.screens import CLASSIFY
from vislex.gateway import wire

MODEL = CLASSIFY.name
_SIZE_PX = (360, 320)  # small, and large enough for the detector to find the word
_WORD_PX = 48


def canary_request() -> bytes:
    """A ModelInferRequest that goes through decoding, both branches and the gallery."""
    image = Image.new("RGB", _SIZE_PX, "white")
    font = ImageFont.load_default(_WORD_PX)
    ImageDraw.Draw(image).text((60, 120), "canary", fill="black", font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return wire.image_request(MODEL, IMAGE.name, out.getvalue()) + wire.request_id(CANARY_ID)
