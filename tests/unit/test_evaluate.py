"""From a folder of queries to answers made by hand, and the files an evaluation leaves."""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from index_builder.evaluate import evaluate, judge
from index_builder.images import LabelledImage
from index_builder.judged import Judged
from index_builder.judged import Line as AnyLine
from index_builder.metrics import Metrics
from index_builder.table import columns, format_table
from vislex.classify import Candidate, Classification
from vislex.errors import InvalidImage, InvalidInput, ModelFailed
from vislex.ocr.lines import Line
from vislex.openset import Decision


def save_image(path: Path, size: tuple[int, int] = (90, 200), colour: str = "teal") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def line(text: str) -> Line:
    return Line(text, 0.9, ((0, 0), (9, 0), (9, 9), (0, 9)))


def answer(
    label: str,
    *candidates: Candidate,
    score: float = 0.8,
    decision: Decision = "known",
    reason: str = "as it stands",
    text: str = "余额 100",
) -> Classification:
    lines = (line(text),) if text else ()
    return Classification(label, score, decision, reason, candidates, lines, "v000001")


def run_evaluation(
    folder: Path,
    classify: Callable[[bytes], Classification],
    labels: Sequence[str] = ("a", "b"),
    images: Path | None = None,
) -> tuple[list[Judged], Metrics]:
    return evaluate(
        folder / "q",
        folder / "out",
        classify,
        lambda lines: "b",
        labels=labels,
        images=images,
        facts={"Encoder": "sample"},
        progress=False,
    )


def test_a_label_the_gallery_does_not_know_is_refused(tmp_path: Path) -> None:
    save_image(tmp_path / "q/wechat_typo/1.png")
    with pytest.raises(InvalidInput, match="does not know wechat_typo; expected one of alipay, we"):
        run_evaluation(tmp_path, lambda _: answer("alipay"), labels=["wechat", "alipay"])
    assert not (tmp_path / "out").exists()


def test_evaluation_judges_every_query_and_writes_three_files(tmp_path: Path) -> None:
    sizes = {"q/a/1.png": (50, 100), "q/a/2.png": (60, 100), "q/other/3.png": (70, 100)}
    files = {save_image(tmp_path / name, size).read_bytes(): name for name, size in sizes.items()}
    (tmp_path / "q/b").mkdir()
    (tmp_path / "q/b/torn.png").write_bytes(b"torn")
    answers = {
        "q/a/1.png": answer("a", Candidate("a/x.png", "a", 0.7, 0.9, 0.8),
                            Candidate("b/x.png", "b", 0.9, 0.1, 0.6)),
        "q/a/2.png": answer("a", Candidate("a/x.png", "a", 0.9, 0.9, 0.9)),
        "q/other/3.png": answer("a", decision="other"),
    }  # fmt: skip

    def classify(image: bytes) -> Classification:
        if image == b"torn":
            raise InvalidImage("4 bytes are not an image")
        return answers[files[image]]

    run, metrics = run_evaluation(tmp_path, classify)
    assert [(one.path, one.visual_label, one.text_label, one.error) for one in run] == [
        ("a/1.png", "b", "b", ""),
        ("a/2.png", "a", "b", ""),
        ("b/torn.png", "", "", "4 bytes are not an image"),
        ("other/3.png", "", "b", ""),
    ]
    assert metrics.visual_only_accuracy == 1 / 2
    assert metrics.closed_set_accuracy == 1.0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "metrics.json",
        "metrics_per_class.csv",
        "report.html",
    ]
    written = json.loads((tmp_path / "out/metrics.json").read_text(encoding="utf-8"))
    assert written["closed_set_accuracy"] == 1.0
    assert [one["path"] for one in written["failed"]] == ["b/torn.png"]


def test_a_run_in_which_every_query_is_refused_is_an_error(tmp_path: Path) -> None:
    save_image(tmp_path / "q/a/1.png")

    def refuse(_: bytes) -> Classification:
        raise InvalidImage("too large")

    with pytest.raises(InvalidInput, match=r"no query could be answered.*a/1\.png: too large"):
        run_evaluation(tmp_path, refuse)


def test_a_failing_model_ends_the_run_and_names_the_query(tmp_path: Path) -> None:
    save_image(tmp_path / "q/a/1.png")

    def fail(_: bytes) -> Classification:
        raise ModelFailed("siglip2 is gone")

    with pytest.raises(ModelFailed) as caught:
        run_evaluation(tmp_path, fail)
    assert caught.value.__notes__ == ["while evaluating a/1.png"]
    with pytest.raises(ModelFailed, match=r"a/1\.png scored nan; expected a finite number"):
        run_evaluation(tmp_path, lambda _: answer("a", score=float("nan")))


def test_an_unreadable_file_is_an_error_of_its_query_alone(tmp_path: Path) -> None:
    there = LabelledImage("a/1.png", "a", save_image(tmp_path / "a/1.png"))
    gone = LabelledImage("a/2.png", "a", tmp_path / "a/2.png")
    run = judge([gone, there], lambda _: answer("a"), lambda _: "a", progress=False)
    assert run[0].error == "cannot be read: No such file or directory"
    assert run[1].right


def test_a_lost_connection_is_not_taken_for_an_unreadable_file(tmp_path: Path) -> None:
    query = LabelledImage("a/1.png", "a", save_image(tmp_path / "a/1.png"))

    def lose(_: bytes) -> Classification:
        raise ConnectionResetError("the server went away")

    with pytest.raises(ConnectionResetError):
        judge([query], lose, lambda _: "a", progress=False)


def test_workers_ask_at_once_and_keep_the_order(tmp_path: Path) -> None:
    names = [f"a/{i}.png" for i in range(6)]
    queries = [
        LabelledImage(n, "a", save_image(tmp_path / n, (10 + i, 9))) for i, n in enumerate(names)
    ]
    meet = threading.Barrier(3, timeout=30)  # passes only when three are in flight together

    def classify(_: bytes) -> Classification:
        meet.wait()
        return answer("a")

    run = judge(queries, classify, lambda _: "a", workers=3, progress=False)
    assert [one.path for one in run] == names


def test_text_alone_says_nothing_where_nothing_was_read(tmp_path: Path) -> None:
    query = LabelledImage("a/1.png", "a", save_image(tmp_path / "a/1.png"))

    def label_of(lines: Sequence[AnyLine]) -> str:
        return pytest.fail("asked about no text")

    (one,) = judge([query], lambda _: answer("a", text=""), label_of, progress=False)
    assert one.text_label == ""


def test_table_aligns_wide_characters(tmp_path: Path) -> None:
    run = [
        Judged("支付宝/1.png", "支付宝", answer("支付宝")),
        Judged("wx/long_name.png", "wx", answer("支付宝")),
        Judged("wx/\x1b[31m.png", "wx", None, error="not\nan image"),
    ]
    header, *rows, _, count = format_table(run).split("\n")
    places = [columns(line[: line.rindex("as it stands")]) for line in rows[:2]]
    assert places == [header.index("reason")] * 2
    assert [row[0] for row in rows] == ["✓", "✗", "!"]
    assert rows[2].endswith("not an image")
    assert "\x1b" not in rows[2]
    assert count == "1 of 3 right, 1 failed"


def test_columns_of_wide_narrow_and_combining_characters() -> None:
    assert columns("abc") == 3
    assert columns("支付") == 4
    assert columns("ＡＢ") == 4  # fullwidth letters
    assert columns("e\u0301") == 1
