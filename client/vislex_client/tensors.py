"""The names on the wire: the models, their tensors and the request parameters.

A copy, so that this package needs nothing from the server's; vislex's tests hold the two together.
"""

from __future__ import annotations

CLASSIFY = "classify"  # IMAGE -> OUTPUTS
EMBED = "embed"  # IMAGE -> EMBEDDING
READ = "read"  # IMAGE -> LINES
GALLERIES = "gallery"  # GALLERY_NAME -> STATUS

IMAGE = "IMAGE"  # (1, 1) bytes: one encoded image file

GALLERY_NAME = "GALLERY"  # (1, 1) bytes: a gallery's name, or empty for every one
STATUS = "STATUS"  # (1, 1) bytes: JSON, see docs/protocol.md
EMBEDDING = "EMBEDDING"  # (1, dim) float32, L2-normalised

LABEL = "LABEL"  # (1, 1) bytes, UTF-8, like every bytes output
DECISION = "DECISION"  # (1, 1) bytes: "known" or "other"
CONFIDENCE = "CONFIDENCE"  # (1, 1) float32, 0 to 1
REASON = "REASON"  # (1, 1) bytes
SCORE = "SCORE"  # (1, 1) float32
CANDIDATE_IDS = "CANDIDATE_IDS"  # (1, k) bytes, best first, and so are the four below
CANDIDATE_LABELS = "CANDIDATE_LABELS"  # (1, k) bytes
CANDIDATE_VISUAL = "CANDIDATE_VISUAL"  # (1, k) float32
CANDIDATE_TEXT = "CANDIDATE_TEXT"  # (1, k) float32
CANDIDATE_FUSED = "CANDIDATE_FUSED"  # (1, k) float32
GALLERY_VERSION = "GALLERY_VERSION"  # (1, 1) bytes
READING = "READING"  # (1, 1) bytes: one of READINGS; servers of before it do not send it
LINES = "LINES"  # (1, 1) bytes: JSON, [[text, score, [x0, y0, x1, y1, x2, y2, x3, y3]], ...]

OUTPUTS = (
    LABEL, DECISION, CONFIDENCE, REASON, SCORE, CANDIDATE_IDS, CANDIDATE_LABELS,
    CANDIDATE_VISUAL, CANDIDATE_TEXT, CANDIDATE_FUSED, GALLERY_VERSION, LINES, READING,
)  # fmt: skip

DECISIONS = ("known", "other")
READINGS = ("full", "partial", "off")

ALPHA = "alpha"  # double parameter
TOP_K = "top_k"  # int64 parameter
READ_TEXT = "read"  # bool parameter
RANKING = "ranking"  # string parameter, one of RANKINGS
DECIDE = "decide"  # bool parameter
GALLERY = "gallery"  # string parameter: the name of one of the server's galleries
PINNED_VERSION = "gallery_version"  # string parameter: a version of it that is still loaded

RANKINGS = ("both", "study")
