"""The bench measures real exports, and its report keeps what stands around it."""

from pathlib import Path

from export.bench import measure, place, report
from export.encoders.small import Size
from export.images import patterns

SMALL = Size(hidden=48, layers=1, heads=4, mlp=64)


def test_every_variant_is_measured_on_the_same_images(tmp_path: Path) -> None:
    rows = measure(tmp_path, SMALL, patterns(1), threads=1)
    assert [row.name for row in rows] == ["onnx fp32", "onnx int8", "openvino bf16"]
    for row in rows:
        assert 0 < row.least_ms <= row.median_ms
        assert 0.99 < row.cosine_min <= row.cosine_mean
    assert rows[0].cosine_min > max(row.cosine_min for row in rows[1:])
    section = report(rows, SMALL, images=6, threads=1, machine="a machine")
    assert f"| onnx int8 | {rows[1].median_ms:.0f} |" in section
    assert "6 sample screens, one at a time, 1 threads, a machine." in section


def test_a_report_replaces_its_own_section_only(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    place("first", path)
    path.write_text(path.read_text() + "\n## Something else\n")
    place("second \\1", path)
    text = path.read_text()
    assert text.startswith("# Benchmarks\n")
    assert "first" not in text
    assert text.count("second \\1") == 1
    assert text.endswith("\n## Something else\n")
