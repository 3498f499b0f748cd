"""Canvases and crops of ever new shapes must not make a reading process grow."""

import subprocess
import sys
from pathlib import Path

from export.ocr.ppocr import export_ocr

PROJECT = Path(__file__).parents[3]
MAX_GROWTH_MB = 9  # measured 3; with enable_mem_pattern=1 it is 12
# In a process of its own, whose memory nothing else moves: prints MB after the largest canvas and
# 20 others, then after 60 more, each of another shape.
_READS = """
import sys
from pathlib import Path
import cv2
import numpy as np
from vislex.infer.repository import open_infer
from vislex.ocr import read_text
from vislex.ocr.canvas import detector_size, make_canvas
from vislex.ocr.characters import read_characters

repository = Path(sys.argv[1])
infer, characters = open_infer(repository, 1), read_characters(repository)
rng, shapes = np.random.default_rng(0), set()

def read(height, width):
    image = np.full((height, width, 3), 255, np.uint8)
    for y in range(20, height - 10, 60):
        words = "abcdefgh " * int(rng.integers(1, 5))
        cv2.putText(image, words, (5, y), cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.4, 1), (0, 0, 0))
    shapes.add(detector_size(height, width))
    return len(read_text([make_canvas(image)], infer, characters)[0])

def resident_mb():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

lines = read(640, 640)
sizes = [(a, b) for a in range(128, 480, 32) for b in range(96, 480, 32)]
for count, index in enumerate(rng.permutation(len(sizes))[:80]):
    lines += read(*sizes[index])
    if count == 20:
        settled = resident_mb()
print(settled, resident_mb(), len(shapes), lines)
"""


def test_memory_settles_over_many_shapes(tmp_path: Path) -> None:
    export_ocr(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _READS, str(tmp_path)],
        cwd=PROJECT, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    settled, grown, shapes, lines = map(float, done.stdout.split())
    assert shapes == 81
    assert lines > 200
    assert grown - settled < MAX_GROWTH_MB
