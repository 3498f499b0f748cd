"""Tensors and models that every pipeline over images shares: decoded, embedded, read."""

from vislex.contract.spec import ModelSpec, OptionSpec, TensorSpec

MAX_NUM_PATCHES = 256  # NaFlex patches per image; the published SigLIP2 default
PATCH_VALUES = 768  # 16 * 16 pixels of 3 channels
CROP_HEIGHT_PX = 48  # the height PP-OCR recognisers were trained at

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
READING = TensorSpec("READING", "bytes", (1,))  # "full", "partial" or "off": was all text read

READ_OPTION = OptionSpec("read", True, "true or false")  # False: skip OCR, no text counts

PREPARE = ModelSpec(
    "prepare",
    (IMAGE,),
    (PIXEL_VALUES, PIXEL_MASK, SPATIAL_SHAPES, CANVAS, CANVAS_SCALE),
    notes=True,
)
SIGLIP2 = ModelSpec("siglip2", (PIXEL_VALUES, PIXEL_MASK, SPATIAL_SHAPES), (EMBEDDING,))
OCR = ModelSpec("ocr", (CANVAS, CANVAS_SCALE), (LINES,), (READ_OPTION,), notes=True)
OCR_DET = ModelSpec("ocr_det", (CANVAS,), (TEXT_MAP,))
OCR_REC = ModelSpec("ocr_rec", (CROPS, CROP_WIDTH), (CHARACTER, CHARACTER_SCORE))
READ_ANSWER = ModelSpec("read_answer", (LINES,), (LINES, READING))  # passes on, raises a failure
EMBED = ModelSpec("embed", (IMAGE,), (EMBEDDING,), public=True)
READ = ModelSpec("read", (IMAGE,), (LINES, READING), public=True)

IMAGE_MODELS = (PREPARE, SIGLIP2, OCR, OCR_DET, OCR_REC, READ_ANSWER, EMBED, READ)
