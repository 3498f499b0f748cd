"""Name, dtype and dims of every tensor of every served model: the only place they are spelled.

`dims` are those of one item, without the batch axis; -1 varies from request to request. Tests hold
every `config.pbtxt` and the client's own copy of the names to this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

DType = Literal["bytes", "float32", "int32", "uint8"]
Tensors = Mapping[str, NDArray[Any]]  # tensor name -> array with a leading batch axis

MAX_NUM_PATCHES = 256  # NaFlex patches per image; the published SigLIP2 default
PATCH_VALUES = 768  # 16 * 16 pixels of 3 channels
CROP_HEIGHT_PX = 48  # the height PP-OCR recognisers were trained at


@dataclass(frozen=True)
class TensorSpec:
    """One tensor of one item: `dims` without the batch axis, -1 where it varies."""

    name: str
    dtype: DType
    dims: tuple[int, ...]


@dataclass(frozen=True)
class ModelSpec:
    """One served model: what it takes and what it answers."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


IMAGE = TensorSpec("IMAGE", "bytes", (1,))  # one encoded image file
PIXEL_VALUES = TensorSpec("pixel_values", "float32", (MAX_NUM_PATCHES, PATCH_VALUES))
PIXEL_MASK = TensorSpec("pixel_attention_mask", "int32", (MAX_NUM_PATCHES,))
SPATIAL_SHAPES = TensorSpec("spatial_shapes", "int32", (2,))  # rows, columns of patches
EMBEDDING = TensorSpec("EMBEDDING", "float32", (-1,))  # L2-normalised; its width is the encoder's

CANVAS = TensorSpec("CANVAS", "uint8", (-1, -1, 3))  # RGB; ocr_det wants multiples of 32
CANVAS_SCALE = TensorSpec("CANVAS_SCALE", "float32", (2,))  # canvas px * scale = image px, (x, y)
TEXT_MAP = TensorSpec("TEXT_MAP", "float32", (-1, -1))  # probability that a canvas pixel is text
CROPS = TensorSpec("CROPS", "uint8", (CROP_HEIGHT_PX, -1, 3))  # RGB, padded on the right
CROP_WIDTH = TensorSpec("CROP_WIDTH", "int32", (1,))  # px of a crop that are not padding
CHARACTER = TensorSpec("CHARACTER", "int32", (-1,))  # best class of each time step, 0 is blank
CHARACTER_SCORE = TensorSpec("CHARACTER_SCORE", "float32", (-1,))  # its probability
LINES = TensorSpec("LINES", "bytes", (1,))  # JSON, see vislex.ocr.lines

LABEL = TensorSpec("LABEL", "bytes", (1,))  # nearest known label, whatever the decision
DECISION = TensorSpec("DECISION", "bytes", (1,))  # "known" or "other"
REASON = TensorSpec("REASON", "bytes", (1,))  # why, in a few words
CONFIDENCE = TensorSpec("CONFIDENCE", "float32", (1,))  # 0..1, that the image shows LABEL
SCORE = TensorSpec("SCORE", "float32", (1,))  # fused score of the label's best candidate
CANDIDATE_IDS = TensorSpec("CANDIDATE_IDS", "bytes", (-1,))  # gallery image ids, best fused first
CANDIDATE_LABELS = TensorSpec("CANDIDATE_LABELS", "bytes", (-1,))
CANDIDATE_VISUAL = TensorSpec("CANDIDATE_VISUAL", "float32", (-1,))
CANDIDATE_TEXT = TensorSpec("CANDIDATE_TEXT", "float32", (-1,))
CANDIDATE_FUSED = TensorSpec("CANDIDATE_FUSED", "float32", (-1,))
GALLERY_VERSION = TensorSpec("GALLERY_VERSION", "bytes", (1,))
GALLERY_NAME = TensorSpec("GALLERY", "bytes", (1,))  # of a named gallery, or empty for all
GALLERY_STATUS = TensorSpec("STATUS", "bytes", (1,))  # JSON, see vislex.live.snapshot

_ANSWER = (
    LABEL, DECISION, CONFIDENCE, REASON, SCORE, CANDIDATE_IDS, CANDIDATE_LABELS,
    CANDIDATE_VISUAL, CANDIDATE_TEXT, CANDIDATE_FUSED, GALLERY_VERSION, LINES,
)  # fmt: skip

PREPARE = ModelSpec(
    "prepare", (IMAGE,), (PIXEL_VALUES, PIXEL_MASK, SPATIAL_SHAPES, CANVAS, CANVAS_SCALE)
)
SIGLIP2 = ModelSpec("siglip2", (PIXEL_VALUES, PIXEL_MASK, SPATIAL_SHAPES), (EMBEDDING,))
OCR = ModelSpec("ocr", (CANVAS, CANVAS_SCALE), (LINES,))
OCR_DET = ModelSpec("ocr_det", (CANVAS,), (TEXT_MAP,))
OCR_REC = ModelSpec("ocr_rec", (CROPS, CROP_WIDTH), (CHARACTER, CHARACTER_SCORE))
MATCH = ModelSpec("match", (EMBEDDING, LINES), _ANSWER)
# The same model, asked for what it has loaded and nothing else.
MATCH_STATUS = ModelSpec("match", (EMBEDDING, LINES), (GALLERY_STATUS,))
GALLERY = ModelSpec("gallery", (GALLERY_NAME,), (GALLERY_STATUS,))
READ_LINES = ModelSpec("read_lines", (LINES,), (LINES,))  # passes lines on, raises a failure
CLASSIFY = ModelSpec("classify", (IMAGE,), _ANSWER)
EMBED = ModelSpec("embed", (IMAGE,), (EMBEDDING,))
READ = ModelSpec("read", (IMAGE,), (LINES,))

_MATCH = ModelSpec("match", MATCH.inputs, (*MATCH.outputs, *MATCH_STATUS.outputs))

MODELS: Mapping[str, ModelSpec] = {
    model.name: model
    for model in (
        PREPARE, SIGLIP2, OCR, OCR_DET, OCR_REC, _MATCH, READ_LINES, CLASSIFY, EMBED, READ, GALLERY,
    )
}  # fmt: skip
