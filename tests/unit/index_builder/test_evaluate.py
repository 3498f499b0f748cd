"""From a folder of queries to answers made by hand, and the files an evaluation leaves."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from vislex_client import DeadlineExceeded, Unavailable

from index_builder.evaluation.classifiers import Ask
from index_builder.evaluation.evaluate import evaluate, judge
from index_builder.evaluation.judged import Answer, Judged, require_answers
from index_builder.evaluation.metrics import Metrics
from index_builder.evaluation.terminal import columns, format_table
from index_builder.evaluation.variants import Comparison
from index_builder.ingest.images import LabelledImage
from index_builder.report.view import GalleryView
from index_builder.report.write import write_evaluation
from tests.unit.index_builder.outcomes import answer
from vislex.errors import InvalidImage, InvalidInput, ModelFailed, ServerError
from vislex.images.observe import Observed
from vislex.ocr.lines import Page
from vislex.screens.classify import Candidate


def save_image(path: Path, size: tuple[int, int] = (90, 200), colour: str = "teal") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def run_evaluation(
    folder: Path, ask: Ask, labels: Sequence[str] = ("a", "b")
) -> tuple[list[Judged], Metrics]:
    done = evaluate(folder / "q", ask, labels, progress=False)
    write_evaluation(folder / "out", done, GalleryView(labels), {"Encoder": "sample"})
    return list(done.judged), done.metrics


def test_a_label_the_gallery_does_not_know_is_refused(tmp_path: Path) -> None:
    save_image(tmp_path / "q/wechat_typo/1.png")
    with pytest.raises(InvalidInput, match="does not know wechat_typo; expected one of alipay, we"):
        run_evaluation(tmp_path, lambda _: Answer(answer("alipay")), labels=["wechat", "alipay"])
    assert not (tmp_path / "out").exists()


def test_evaluation_judges_every_query_and_writes_three_files(tmp_path: Path) -> None:
    sizes = {"q/a/1.png": (50, 100), "q/a/2.png": (60, 100), "q/other/3.png": (70, 100)}
    files = {save_image(tmp_path / name, size).read_bytes(): name for name, size in sizes.items()}
    (tmp_path / "q/b").mkdir()
    (tmp_path / "q/b/torn.png").write_bytes(b"torn")
    answers = {
        "q/a/1.png": Answer(answer("a", Candidate("a/x.png", "a", 0.7, 0.9, 0.8)), "b", "b"),
        "q/a/2.png": Answer(answer("a", Candidate("a/x.png", "a", 0.9, 0.9, 0.9)), "a", "b"),
        "q/other/3.png": Answer(answer("a", decision="other"), "", "b"),
    }

    def ask(image: bytes) -> Answer:
        if image == b"torn":
            raise InvalidImage("4 bytes are not an image")
        return answers[files[image]]

    run, metrics = run_evaluation(tmp_path, ask)
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

    def refuse(_: bytes) -> Answer:
        raise InvalidImage("too large")

    with pytest.raises(InvalidInput, match=r"no query could be answered.*a/1\.png: too large"):
        run_evaluation(tmp_path, refuse)


def test_a_failing_model_ends_the_run_and_names_the_query(tmp_path: Path) -> None:
    save_image(tmp_path / "q/a/1.png")

    def fail(_: bytes) -> Answer:
        raise ModelFailed("siglip2 is gone")

    with pytest.raises(ModelFailed) as caught:
        run_evaluation(tmp_path, fail)
    assert caught.value.__notes__ == ["while evaluating a/1.png"]
    with pytest.raises(ModelFailed, match=r"a/1\.png scored nan; expected a finite number"):
        run_evaluation(tmp_path, lambda _: Answer(answer("a", score=float("nan"))))
    with pytest.raises(ModelFailed, match=r"a/1\.png has confidence 1\.5; expected 0 to 1"):
        run_evaluation(tmp_path, lambda _: Answer(answer("a", confidence=1.5)))


def test_what_a_server_does_not_answer_is_listed_and_the_rest_is_kept(tmp_path: Path) -> None:
    sizes = {"a/1.png": (50, 100), "a/2.png": (60, 100), "b/3.png": (70, 100)}
    files = {save_image(tmp_path / "q" / n, size).read_bytes(): n for n, size in sizes.items()}

    def ask(image: bytes) -> Answer:
        if files[image] == "a/2.png":
            raise DeadlineExceeded("no answer (host:1, DEADLINE_EXCEEDED after 60.00 s)")
        return Answer(answer(files[image][0]))

    def sight(image: bytes) -> str:
        if files[image] == "b/3.png":
            raise Unavailable("gone")
        return "a"

    done = evaluate(tmp_path / "q", ask, ["a", "b"], sight=sight, progress=False)
    write_evaluation(tmp_path / "out", done, GalleryView(["a", "b"]), {})
    run, metrics = done.judged, done.metrics
    assert [one.path for one in metrics.failed] == ["a/2.png"]
    assert (metrics.closed_set_accuracy, metrics.answered_known) == (1.0, 2)
    assert metrics.visual_only_accuracy == 1.0  # of the one that was answered
    written = json.loads((tmp_path / "out/metrics.json").read_text(encoding="utf-8"))
    assert "no answer (host:1" in written["failed"][0]["error"]
    assert (tmp_path / "out/report.html").is_file()
    with pytest.raises(ServerError) as caught:
        require_answers(run, "the server at host:1")
    assert str(caught.value).splitlines() == [
        "the server at host:1 did not answer 2 of 3 images; the figures are those of the others. "
        "Try again when the server works:",
        "  a/2.png: no answer (host:1, DEADLINE_EXCEEDED after 60.00 s)",
        "  b/3.png: gone",
    ]
    require_answers([one for one in run if not one.error], "the server at host:1")


def test_an_unreadable_file_is_an_error_of_its_query_alone(tmp_path: Path) -> None:
    there = LabelledImage("a/1.png", "a", save_image(tmp_path / "a/1.png"))
    gone = LabelledImage("a/2.png", "a", tmp_path / "a/2.png")
    run = judge([gone, there], lambda _: Answer(answer("a")), progress=False)
    assert run[0].error == "cannot be read: No such file or directory"
    assert run[1].right


def test_a_lost_connection_is_not_taken_for_an_unreadable_file(tmp_path: Path) -> None:
    query = LabelledImage("a/1.png", "a", save_image(tmp_path / "a/1.png"))

    def lose(_: bytes) -> Answer:
        raise ConnectionResetError("the server went away")

    with pytest.raises(ConnectionResetError):
        judge([query], lose, progress=False)


def test_workers_ask_at_once_and_keep_the_order(tmp_path: Path) -> None:
    names = [f"a/{i}.png" for i in range(6)]
    queries = [
        LabelledImage(n, "a", save_image(tmp_path / n, (10 + i, 9))) for i, n in enumerate(names)
    ]
    meet = threading.Barrier(3, timeout=120)  # passes only when three are in flight together

    def ask(_: bytes) -> Answer:
        meet.wait()
        return Answer(answer("a"))

    run = judge(queries, ask, workers=3, progress=False)
    assert [one.path for one in run] == names


def test_what_was_observed_is_compared_under_other_options(tmp_path: Path) -> None:
    save_image(tmp_path / "q/a/1.png")
    seen = Observed(np.ones(3, np.float32), Page())
    compared: list[Judged] = []

    def compare(run: Sequence[Judged]) -> Comparison:
        compared.extend(run)
        return Comparison()

    evaluate(
        tmp_path / "q",
        lambda _: Answer(answer("a"), observed=seen),
        ["a"],
        compare=compare,
        progress=False,
    )
    assert [one.observed for one in compared] == [seen]


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
