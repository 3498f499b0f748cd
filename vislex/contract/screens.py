"""Tensors, options and models of the pipeline that says which known screen an image shows."""

from vislex.contract.galleries import (
    GALLERY_OPTION,
    GALLERY_STATUS,
    GALLERY_VERSION,
    GALLERY_VERSION_OPTION,
    status_of,
)
from vislex.contract.images import EMBEDDING, IMAGE, LINES, READ_OPTION, READING
from vislex.contract.spec import ModelSpec, OptionSpec, TensorSpec

MAX_TOP_K = 100

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

# The defaults are those of the source study.
ALPHA_OPTION = OptionSpec("alpha", 0.6, "a number from 0 (text) to 1 (visual)")
TOP_K_OPTION = OptionSpec(
    "top_k", 5, f"a whole number from 1 to {MAX_TOP_K}", low=1, high=MAX_TOP_K
)
RANKING_OPTION = OptionSpec("ranking", "both", "both or study", choices=("both", "study"))
DECIDE_OPTION = OptionSpec("decide", True, "true or false")
SCREEN_OPTIONS = (
    ALPHA_OPTION,
    TOP_K_OPTION,
    READ_OPTION,
    RANKING_OPTION,
    DECIDE_OPTION,
    GALLERY_OPTION,
    GALLERY_VERSION_OPTION,
)

_ANSWER = (
    LABEL, DECISION, CONFIDENCE, REASON, SCORE, CANDIDATE_IDS, CANDIDATE_LABELS,
    CANDIDATE_VISUAL, CANDIDATE_TEXT, CANDIDATE_FUSED, GALLERY_VERSION, LINES, READING,
)  # fmt: skip

# One served model, which is asked for an answer or for what it has loaded and nothing else.
MATCH = ModelSpec("match", (EMBEDDING, LINES), _ANSWER, SCREEN_OPTIONS, notes=True)
MATCH_STATUS = status_of(MATCH)
MATCH_SERVED = ModelSpec(
    "match", MATCH.inputs, (*_ANSWER, GALLERY_STATUS), SCREEN_OPTIONS, notes=True, galleries=True
)
CLASSIFY = ModelSpec("classify", (IMAGE,), _ANSWER, SCREEN_OPTIONS, public=True, canary=True)

SCREEN_MODELS = (MATCH_SERVED, CLASSIFY)
