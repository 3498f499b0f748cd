"""The call that proves all stages of a model alive: a small drawn screen with a word on it."""

import io

from PIL import Image, ImageDraw, ImageFont

from vislex.calls import CANARY_ID
from vislex.contract.models import MODELS
from vislex.gateway import wire

_SIZE_PX = (360, 320)  # small, and large enough for the detector to find the word
_WORD_PX = 48


def canary_request(model: str) -> bytes:
    """A ModelInferRequest to `model`, whose one input is an image: its `canary` is true."""
    (given,) = MODELS[model].inputs
    image = Image.new("RGB", _SIZE_PX, "white")
    font = ImageFont.load_default(_WORD_PX)
    ImageDraw.Draw(image).text((60, 120), "canary", fill="black", font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return wire.image_request(model, given.name, out.getvalue()) + wire.request_id(CANARY_ID)
