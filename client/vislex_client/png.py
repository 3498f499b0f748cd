"""Pixels -> a PNG file, without loss and without Pillow. https://www.w3.org/TR/png-3/"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislex_client.errors import InvalidImage

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels -> grey, RGB, RGBA
_UP = 2  # the filter that stores each byte's difference to the one above: screens repeat downwards
_LEVEL = 1  # zlib's fastest; higher levels take several times longer for a tenth less


def png(pixels: NDArray[Any]) -> bytes:
    """A PNG of uint8 `pixels`: (height, width), (height, width, 1), 3 (RGB) or 4 (RGBA) channels.

    Raises InvalidImage for another dtype or shape.
    """
    shape = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
    if pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] not in _COLOUR_TYPES or 0 in shape:
        raise InvalidImage(
            f"the image is an array of {pixels.dtype} and shape {pixels.shape}; expected uint8 and"
            " (height, width), (height, width, 3) for RGB or (height, width, 4) for RGBA"
        )
    height, width, channels = shape
    rows = pixels.reshape(height, width * channels)
    filtered = np.empty((height, 1 + width * channels), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])  # modulo 256, as the filter wants
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(filtered.data, _LEVEL)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
