"""Learning from feedback: a picture is what it holds, and the last correction of it counts."""

import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index_builder.edit import joined_with
from index_builder.ingest.feedback import Feedback, by_content, read_feedback
from index_builder.learn import Learned, falls, figures_of, learn
from tests.unit.index_builder.coloured import (
    COLOURS,
    MODELS,
    STRANGE,
    build,
    coloured,
    picture,
    run,
    stand_in,
)
from tests.unit.index_builder.test_build import RECIPE
from vislex.errors import InvalidInput
from vislex.gallery.items import Items
from vislex.gallery.versions import all_versions, current_version
from vislex.rows import Remarks
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery

Row = Mapping[str, object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(coloured(tmp_path / "images"), tmp_path / "a gallery")
    return tmp_path / "a gallery"


@pytest.fixture
def gallery(root: Path) -> Gallery:
    return open_gallery(root, RECIPE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where feedback lies: a green, its copy under another name, and an orange."""
    picture(tmp_path / "wrong.png", COLOURS["green"], 6)
    shutil.copy(tmp_path / "wrong.png", tmp_path / "copy.PNG")
    picture(tmp_path / "stranger.png", STRANGE, 0)
    return tmp_path


def written(folder: Path, *rows: Row) -> Path:
    path = folder / "feedback.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def learned(gallery: Gallery, folder: Path, *rows: Row) -> tuple[Learned, Remarks]:
    remarks = Remarks()
    feedback = read_feedback(written(folder, *rows), remarks)
    return learn(gallery, feedback, MODELS, remarks), remarks


def labels(gallery: Gallery, digest: str) -> list[str]:
    """The labels of one picture in a gallery, `other` where it is known to be."""
    images, others = gallery.items, gallery.others.items
    return [
        label
        for items in (images, others)
        for label, sha in zip(items.labels, items.digests, strict=True)
        if sha == digest
    ]


def digest_of(folder: Path, name: str) -> str:
    (key,) = by_content([Feedback("x", "", str(folder / name), None)], Items.of(()), Remarks())
    return key


def test_feedback_is_learned(gallery: Gallery, folder: Path) -> None:
    found, remarks = learned(
        gallery,
        folder,
        {"image": "wrong.png", "answer": "red", "label": "green"},
        {"image": "stranger.png", "answer": "red", "label": "other"},
        {"id": "blue/3.png", "answer": "blue", "label": "sky"},
    )
    assert (found.added, found.relabelled, found.others, found.removed) == (1, 1, 1, 0)
    assert remarks == Remarks()
    new = [item for item in found.gallery.items if "learned-" in item.id]
    assert [(item.label, item.metadata) for item in new] == [("green", {"answer": "red"})]
    assert "sky" in found.gallery.labels
    assert labels(found.gallery, digest_of(folder, "stranger.png")) == ["other"]
    assert found.after.known >= found.before.known
    said = figures_of(found)
    assert "AUROC of `other`" in said
    assert "right label" in said


def test_what_was_learned_is_not_learned_again(gallery: Gallery, folder: Path) -> None:
    rows: list[Row] = [
        {"image": "wrong.png", "label": "green"}, {"image": "stranger.png", "label": "other"},
    ]  # fmt: skip
    once, _ = learned(gallery, folder, *rows)
    again, _ = learned(once.gallery, folder, *rows)
    assert (again.changed, again.as_before) == (False, 2)
    assert len(again.gallery.items) == 13


def test_repeats_count_once_whatever_the_file_is_called(gallery: Gallery, folder: Path) -> None:
    found, remarks = learned(
        gallery,
        folder,
        *[{"image": name, "label": "map"} for name in ("wrong.png", "copy.PNG")] * 2,
    )
    assert (found.added, remarks) == (1, Remarks())
    assert labels(found.gallery, digest_of(folder, "copy.PNG")) == ["map"]


def test_the_last_of_two_corrections_counts_and_both_lines_are_named(
    gallery: Gallery, folder: Path
) -> None:
    found, remarks = learned(
        gallery,
        folder,
        {"image": "wrong.png", "label": "map"},
        {"image": "stranger.png", "label": "other"},
        {"image": "copy.PNG", "label": "sky"},
    )
    assert labels(found.gallery, digest_of(folder, "wrong.png")) == ["sky"]
    assert remarks.notes == [
        "feedback.jsonl line 1 says 'map' and feedback.jsonl line 3 says 'sky' of the same "
        "picture; the last counts"
    ]


@pytest.mark.parametrize("last", ["shop", "other", "green", "map"])
@pytest.mark.parametrize("first", ["map", "other"])
def test_a_correction_is_corrected(gallery: Gallery, folder: Path, first: str, last: str) -> None:
    once, _ = learned(gallery, folder, {"image": "wrong.png", "label": first})
    twice, _ = learned(once.gallery, folder, {"image": "copy.PNG", "label": last})
    digest = digest_of(folder, "wrong.png")
    assert labels(once.gallery, digest) == [first]
    assert labels(twice.gallery, digest) == [last]
    assert twice.changed == (first != last)


@pytest.mark.parametrize("last", ["green", "other"])
def test_a_gallery_image_is_known_by_its_content(gallery: Gallery, folder: Path, last: str) -> None:
    shutil.copy(folder / "images" / "red" / "2.png", folder / "wrong.png")
    found, _ = learned(gallery, folder, {"image": "wrong.png", "label": last})
    digest = gallery.items[gallery.items.ids.index("red/2.png")].sha256
    assert labels(found.gallery, digest) == [last]
    ids = list(found.gallery.items.ids)
    assert ("red/2.png" in ids) == (last != "other")
    assert len(ids) == (11 if last == "other" else 12)


def test_an_id_and_an_image_may_be_one_picture(gallery: Gallery, folder: Path) -> None:
    shutil.copy(folder / "images" / "red" / "2.png", folder / "wrong.png")
    found, remarks = learned(
        gallery,
        folder,
        {"image": "wrong.png", "label": "green"},
        {"id": "red/2.png", "label": "sky"},
    )
    assert (found.relabelled, found.added) == (1, 0)
    assert found.gallery.items[found.gallery.items.ids.index("red/2.png")].label == "sky"
    assert len(remarks.notes) == 1


def test_a_picture_that_was_learned_under_two_labels_has_one_again(
    gallery: Gallery, folder: Path
) -> None:
    """As the learning of before has left it: an id with the label, twice the same content."""
    once, _ = learned(gallery, folder, {"image": "wrong.png", "label": "map"})
    digest = digest_of(folder, "wrong.png")
    items = [
        replace(item, id=f"map/{item.id}") if item.sha256 == digest else item
        for item in once.gallery.items
    ]
    both = replace(once.gallery, items=Items.of(items))
    (twin,) = (item for item in items if item.sha256 == digest)
    vector = both.index.vectors(np.array([12]))
    copy = replace(twin, id=f"shop/learned-{digest[:16]}.png", label="shop")
    both = joined_with(both, Items.of([copy]), vector)
    assert labels(both, digest) == ["map", "shop"]
    found, _ = learned(both, folder, {"image": "wrong.png", "label": "sky"})
    assert labels(found.gallery, digest) == ["sky"]
    assert found.removed == 1


def test_what_cannot_be_used_is_left_out_and_named(gallery: Gallery, folder: Path) -> None:
    (folder / "torn.png").write_bytes(b"torn")
    found, remarks = learned(
        gallery,
        folder,
        {"image": "none.png", "label": "map"},
        {"image": "none.png", "label": "other"},
        {"image": "torn.png", "label": "map"},
        {"image": "torn.png", "label": "other"},
        {"id": "no/such.png", "label": "map"},
        {"image": 5, "label": "map"},
        {"image": "wrong.png", "id": "red/1.png", "label": "map"},
        {"image": "wrong.png", "label": "a\nb"},
        {"image": "wrong.png", "label": True},
        {"image": "https://", "label": "map"},
        {"image": "wrong.png", "label": 0},
    )
    assert labels(found.gallery, digest_of(folder, "wrong.png")) == ["0"]
    names = [one.name for one in remarks.left_out]
    for number in (1, 2, 4, 5, 6, 7, 8, 9, 10):
        assert any(name.startswith(f"feedback.jsonl line {number}") for name in names), number
    assert all(name.startswith("feedback.jsonl line") for name in names)
    assert not list(folder.glob("gallery/.work/*"))


def test_where_nothing_can_be_used_nothing_is_learned(gallery: Gallery, folder: Path) -> None:
    (folder / "torn.png").write_bytes(b"torn")
    for row in ({"image": "none.png", "label": "map"}, {"image": "torn.png", "label": "map"}):
        with pytest.raises(InvalidInput, match=r"no correction can be used.* line 1, column image"):
            learned(gallery, folder, row)


def test_a_gallery_keeps_an_image(folder: Path) -> None:
    picture(folder / "alone" / "red" / "0.png", COLOURS["red"], 0)
    build(folder / "alone", folder / "small")
    shutil.copy(folder / "alone" / "red" / "0.png", folder / "wrong.png")
    with pytest.raises(InvalidInput, match="at least one must stay"):
        learned(
            open_gallery(folder / "small", RECIPE), folder, {"image": "wrong.png", "label": "other"}
        )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "no row is there"),
        ("\n \n", "no row is there"),
        ("{", "line 1: no JSON"),
        ("5", "line 1: 5; expected"),
        ('{"image": "a.png"}', "line 1: no label"),
        ('{"label": "", "image": "a.png"}', "line 1, column label: empty"),
        ('{"label": "red"}', "neither of image and id"),
        ('{"label": "red", "image": null}', "neither of image and id"),
        ('{"label": "red", "image": "a.png", "id": "b"}', "both of image and id"),
        ('{"label": "other", "id": "red/1.png"}', "`remove red/1.png`"),
        ('{"label": "other", "id": "red/a b.png"}', "`remove 'red/a b.png'`"),
        ('{"label": "Other", "image": "a.png"}', "the label 'Other'"),
        ('{"label": "a\\nb", "image": "a.png"}', r"the label 'a\\nb' holds"),
    ],
)
def test_lines_that_are_no_feedback_are_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "f.jsonl").write_text(line)
    with pytest.raises(InvalidInput, match=words):
        read_feedback(tmp_path / "f.jsonl", Remarks())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "f.jsonl",
            b'\xef\xbb\xbf{"image": "a.png", "label": "red", "answer": "x\xe2\x80\xa8"}\n\n',
        ),
        ("f.jsonl", '{"image": "a.png", "label": " red "}'.encode("utf-16")),
        ("answers.log", b'{"image": "a.png", "label": "red"}\n'),
        ("f.CSV", b"image,label,answer\r\na.png,red,blue\r\n"),
        ("f.csv", "image;label\na.png;red\n".encode("gbk")),
        ("f.tsv", b"image\tlabel\na.png\tred\n"),
    ],
)
def test_feedback_of_any_kind_of_file_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    (found,) = read_feedback(tmp_path / name, Remarks())
    assert (found.label, found.image) == ("red", str(tmp_path / "a.png"))


def test_a_figure_falls_where_it_is_less_or_gone(gallery: Gallery, folder: Path) -> None:
    found, _ = learned(gallery, folder, {"image": "wrong.png", "label": "green"})
    same = replace(found, before=found.after)
    assert falls(same) == []
    assert falls(replace(same, after=replace(same.after, auroc=None))) == [
        f"AUROC of `other` {same.before.auroc:.4f} -> no longer told"
    ]
    less = replace(same.after, closed_set_accuracy=0.5)
    before = replace(same.after, closed_set_accuracy=1.0)
    assert falls(replace(same, before=before, after=less)) == ["right label 1.0000 -> 0.5000"]
    assert falls(replace(same, before=less, after=before)) == []
    nearly = replace(before, closed_set_accuracy=0.99999)
    assert falls(replace(same, before=before, after=nearly)) == []


def test_a_version_whose_figures_fall_is_not_published_by_yes_alone(
    root: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    path = str(written(folder, {"image": "wrong.png", "label": "green"}))
    fell = ["right label 1.0000 -> 0.5000"]
    monkeypatch.setattr("index_builder.commands.learn.falls", lambda _: fell)
    said = run(capsys, root, "learn", path, "--yes", status=3)
    assert "v000002 is ready but not live" in said
    assert f"\n  vislex-index publish v000002 --gallery {shlex.quote(str(root))}\n" in said
    assert "not published: right label 1.0000 -> 0.5000 (--publish-worse publishes it)" in said
    assert current_version(root) == "v000001"
    assert "v000003 is ready but not live" in run(capsys, root, "learn", path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, live in (("", "v000001"), ("n", "v000001"), ("y", "v000006")):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        run(capsys, root, "learn", path, "--yes", status=0 if answer == "y" else 3)
        assert current_version(root) == live
    run(capsys, root, "rollback")
    assert "v000007 published" in run(capsys, root, "learn", path, "--publish-worse")
    assert current_version(root) == "v000007"
    versions = all_versions(root)
    assert "nothing to do" in run(capsys, root, "learn", path, "--yes")
    assert all_versions(root) == versions


def test_a_version_whose_figures_do_not_fall_is_published(
    root: Path, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    path = str(written(folder, {"image": "wrong.png", "label": "green"}))
    monkeypatch.setattr("index_builder.commands.learn.falls", lambda _: [])
    assert "v000002 published" in run(capsys, root, "learn", path, "--yes")
