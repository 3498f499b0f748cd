"""RapidOCR at our settings, its stages one by one, and the sample screens it is asked about."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidocr_onnxruntime import RapidOCR

from tests.images import SAMPLES
from vislex.ocr.canvas import MAX_SIDE_PX


@cache
def reference() -> Any:
    """One canvas for both models, no angle classifier."""
    return RapidOCR(
        max_side_len=MAX_SIDE_PX, det_limit_type="min", det_limit_side_len=32, use_cls=False,
        intra_op_num_threads=1,  # its threads spin while they wait, and take the cores from others
    )  # fmt: skip


def sample_images(count: int) -> list[Path]:
    """That many of the sample screens, spread over all of them."""
    entries = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))["images"]
    paths = sorted(SAMPLES / entry["path"] for entry in entries)
    return paths[:: max(1, len(paths) // count)][:count]


def open_sample(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB"))


def in_bgr(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(pixels[..., ::-1])


def reference_map(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The detector's map (H, W) of (H, W, 3) RGB pixels."""
    prepared = reference().text_det.get_preprocess(max(pixels.shape))(in_bgr(pixels))
    return np.asarray(reference().text_det.infer(prepared)[0][0, 0])


def reference_quads(text_map: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """The quads (n, 4, 2) it finds on an image (height, width) by its map (H, W)."""
    boxes, _ = reference().text_det.postprocess_op(text_map[None, None], size)
    return np.asarray(reference().text_det.filter_tag_det_res(boxes, size), np.float32)


def reference_crops(
    pixels: NDArray[np.uint8], quads: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """What its recogniser is given for each quad: BGR planes (3, 48, w), padded to one width."""
    crops = reference().get_crop_img_list(in_bgr(pixels), list(quads))
    widest = max(crop.shape[1] / crop.shape[0] for crop in crops)
    return [reference().text_rec.resize_norm_img(crop, widest + 1) for crop in crops]


def reference_lines(image: NDArray[np.uint8]) -> list[tuple[NDArray[np.float32], str]]:
    """What it reads on (h, w, 3) RGB: quads (4, 2) in px of the image, and their texts."""
    rows, _ = reference()(in_bgr(image), use_cls=False)
    return [(np.asarray(row[0], np.float32), row[1]) for row in rows or []]
