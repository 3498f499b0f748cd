"""What is on disk: damage of any kind is refused by name, old schemas open, writers take turns."""

import hashlib
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.unit.gallery.tiny import RECIPE, files_of, tiny_gallery
from vislex.errors import GalleryBusy, GalleryCorrupt, GalleryError, GalleryMissing
from vislex.gallery.index import all_vectors
from vislex.gallery.lock import locked
from vislex.gallery.versions import (
    all_versions,
    current_version,
    point_at,
    published_before,
    remove_version,
)
from vislex.screens.soundness import require_sound
from vislex.screens.storage import check_gallery, open_gallery, publish_gallery

GOLDEN = Path(__file__).parent / "golden"
FLIPS = 60  # of each file; every bit of a small one


def publish(root: Path, seed: int = 0, *, live: bool = True) -> str:
    with locked(root) as lock:
        return publish_gallery(lock, tiny_gallery(seed), publish=live)


@pytest.mark.parametrize(
    "name",
    ["manifest.json", "vectors.npy", "items.jsonl", "lines.jsonl", "texts.npz", "calibration.json"],
)
def test_flipped_bits_in_every_file_are_caught(tmp_path: Path, name: str) -> None:
    path = tmp_path / publish(tmp_path) / name
    whole = path.read_bytes()
    chance = random.Random(name)
    places = sorted({0, len(whole) - 1, *chance.sample(range(len(whole)), FLIPS)})
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        for check in (check_gallery, open_gallery):
            with pytest.raises(GalleryError, match=name.replace(".", r"\.")):
                check(tmp_path, RECIPE)
    path.write_bytes(whole)
    open_gallery(tmp_path, RECIPE)


@pytest.mark.parametrize("cut", [0, 1, 100])
@pytest.mark.parametrize("name", ["manifest.json", "vectors.npy", "texts.npz"])
def test_a_file_cut_short_is_caught(tmp_path: Path, name: str, cut: int) -> None:
    path = tmp_path / publish(tmp_path) / name
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(GalleryCorrupt, match=name.replace(".", r"\.")):
        open_gallery(tmp_path, RECIPE)


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe\x00", b"v000001v000001", b"../v000001", b"v1"])
def test_garbage_in_current_is_named(tmp_path: Path, garbage: bytes) -> None:
    publish(tmp_path)
    (tmp_path / "CURRENT").write_bytes(garbage)
    with pytest.raises(GalleryMissing, match="CURRENT"):
        open_gallery(tmp_path, RECIPE)
    assert open_gallery(tmp_path, RECIPE, "v000001").version == "v000001"


def test_any_version_opens_and_is_checked(tmp_path: Path) -> None:
    publish(tmp_path, 1), publish(tmp_path, 2)
    assert open_gallery(tmp_path, RECIPE, "v000001").source == "1"
    assert check_gallery(tmp_path, RECIPE, "v000001")[0] == "v000001"
    for name in ("v000003", "..", ""):
        with pytest.raises(GalleryMissing, match="it has v000001, v000002"):
            open_gallery(tmp_path, RECIPE, name)


def test_a_version_that_is_only_prepared_is_not_live_until_it_is_named(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    assert publish(tmp_path, 2, live=False) == "v000002"
    assert current_version(tmp_path) == "v000001"
    with locked(tmp_path) as lock:
        point_at(lock, "v000002")
    assert open_gallery(tmp_path, RECIPE).source == "2"


def test_what_was_live_before_is_recorded(tmp_path: Path) -> None:
    """v000002 is only prepared; v000003 is rolled back from."""
    for seed in (1, 2, 3):
        publish(tmp_path, seed, live=seed != 2)
    assert published_before(tmp_path) == ["v000001"]
    with locked(tmp_path) as lock:
        point_at(lock, "v000001")
    assert published_before(tmp_path) == []
    publish(tmp_path, 4), publish(tmp_path, 5)
    assert published_before(tmp_path) == ["v000004", "v000001"]
    (tmp_path / "CURRENT").write_bytes(b"")
    assert published_before(tmp_path) == ["v000005", "v000004", "v000001"]
    with locked(tmp_path) as lock:
        remove_version(lock, "v000004")
    assert published_before(tmp_path) == ["v000005", "v000001"]
    publish(tmp_path, 6)
    assert published_before(tmp_path) == ["v000005", "v000001"]


@pytest.mark.parametrize("record", [None, b"", b"\xff\xfe", b"../v000001\nv1\n", b"v000007\n"])
def test_without_a_record_nothing_is_known_to_have_been_live(
    tmp_path: Path, record: bytes | None
) -> None:
    publish(tmp_path, 1), publish(tmp_path, 2)
    (tmp_path / "PUBLISHED").unlink()
    if record is not None:
        (tmp_path / "PUBLISHED").write_bytes(record)
    assert published_before(tmp_path) == []
    publish(tmp_path, 3)  # the record begins again, with what is live
    assert published_before(tmp_path) == ["v000002"]


def test_the_number_of_a_version_that_was_live_is_not_given_out_again(tmp_path: Path) -> None:
    publish(tmp_path, 1), publish(tmp_path, 2)
    with locked(tmp_path) as lock:
        remove_version(lock, "v000002")  # the live one, as somebody might by hand
    assert publish(tmp_path, 3, live=False) == "v000003"


def test_a_removed_version_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        publish(tmp_path, seed)
    kept = {n: data for n, data in files_of(tmp_path).items() if not n.startswith("v000002")}
    with locked(tmp_path) as lock:
        remove_version(lock, "v000002")
    assert all_versions(tmp_path) == ["v000001", "v000003"]
    assert files_of(tmp_path) == kept


def test_what_a_dead_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".writing-dead").mkdir(parents=True)
    (tmp_path / ".writing-dead" / "vectors.npy").write_bytes(b"half")
    publish(tmp_path)
    assert not list(tmp_path.glob(".writing-*"))


def test_a_second_writer_is_told_who_is_first(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(
            GalleryBusy, match=rf"pid {os.getpid()} on .* since \d{{4}}-.*; waited 0.1 s$"
        ),
        locked(tmp_path, wait_s=0.1),
    ):
        pass
    with locked(tmp_path):
        pass  # free again


def test_words_cut_by_other_rules_are_cut_again(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("vislex.screens.storage.TOKENIZER_VERSION", 0)
    publish(tmp_path)
    monkeypatch.undo()
    found, expected = open_gallery(tmp_path, RECIPE), tiny_gallery(0)
    assert found.lexicon.vocabulary == expected.lexicon.vocabulary


def test_a_gallery_of_schema_2_still_opens() -> None:
    """Written by the code of before schema 3: three images, one line with a U+2028 in it."""
    gallery = open_gallery(GOLDEN / "gallery-schema-2", RECIPE)
    assert list(gallery.items.ids) == ["loan/0.png", "loan/1.png", "shop/0.jpg"]
    assert list(gallery.items.labels) == ["loan", "loan", "shop"]
    assert [line.text for line in gallery.items[0].lines] == ["海棠借款", "可用额度"]
    assert gallery.items[2].lines[1].text == "余额\u2028"
    assert gallery.items[0].lines[1].quad[0] == (1.0, 40.0)
    np.testing.assert_array_equal(all_vectors(gallery.index), np.eye(8, dtype=np.float32)[:3])
    assert gallery.calibration.shifts == {"loan": -0.5}
    assert gallery.lexicon.vocabulary.labels["海棠"] == 1


def test_a_gallery_of_schema_3_still_opens() -> None:
    """Written by the code of before schema 4: labels as they came then, one of them `other`."""
    gallery = open_gallery(GOLDEN / "gallery-schema-3", RECIPE)
    labels = ["loan", "other", "", " shop\n", "Cafe\u0301", "Caf\u00e9", "a\0b"]
    assert list(gallery.items.labels) == labels
    assert gallery.labels == tuple(sorted(labels))
    assert gallery.items[0].metadata == {"phone": "x"}
    np.testing.assert_array_equal(all_vectors(gallery.index), np.eye(8, dtype=np.float32)[:7])
    assert gallery.calibration.false_reject_rate == 0.05
    assert gallery.calibration.least_confidence is None
    assert len(gallery.others) == 0
    require_sound(gallery)


def test_what_was_not_taught_more_is_written_as_schema_3_still(tmp_path: Path) -> None:
    """So that an earlier vislex can open it; the cut words may be those of newer rules."""
    before = GOLDEN / "gallery-schema-3"
    with locked(tmp_path) as lock:
        name = publish_gallery(lock, open_gallery(before, RECIPE))
    found, expected = files_of(tmp_path), files_of(before)
    assert set(found) == set(expected)
    for file in ("vectors.npy", "items.jsonl", "lines.jsonl", "calibration.json"):
        assert found[f"{name}/{file}"] == expected[f"{name}/{file}"]
    new, old = (json.loads(files[f"{name}/manifest.json"]) for files in (found, expected))
    assert (new["schema"], list(new)) == (3, list(old))


def test_a_gallery_of_schema_4_opens_with_what_it_was_taught() -> None:
    gallery = open_gallery(GOLDEN / "gallery-schema-4", RECIPE)
    assert list(gallery.items.ids) == ["loan/0.png", "loan/1.png", "shop/2.png"]
    assert list(gallery.others.items.ids) == ["other/3.png", "other/4.png"]
    assert [line.text for line in gallery.others.items[0].lines] == ["青柯借款", "可用额度"]
    np.testing.assert_array_equal(gallery.others.vectors, np.eye(8, dtype=np.float32)[3:5])
    assert gallery.calibration.least_confidence == 0.99
    assert gallery.calibration.with_text.threshold == pytest.approx(4.59512)  # log(0.99 / 0.01)


@pytest.mark.parametrize("name", ["others.npy", "others.jsonl", "others-lines.jsonl"])
def test_known_others_are_checked_as_everything_is(tmp_path: Path, name: str) -> None:
    root = tmp_path / "g"
    shutil.copytree(GOLDEN / "gallery-schema-4", root)
    path = root / "v000001" / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(GalleryCorrupt, match=name.replace(".", r"\.")):
        open_gallery(root, RECIPE)
    path.unlink()
    with pytest.raises(GalleryMissing, match=name.replace(".", r"\.")):
        open_gallery(root, RECIPE)


def test_a_newer_schema_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / publish(tmp_path) / "manifest.json"
    path.write_text(path.read_text().replace('"schema": 3', '"schema": 5'))
    with pytest.raises(GalleryCorrupt, match="has schema 5; this vislex reads 2, 3, 4"):
        open_gallery(tmp_path, RECIPE)


def test_a_faiss_file_that_claims_more_than_it_has_is_refused(tmp_path: Path) -> None:
    """Before FAISS reads it: it would believe the count in the header."""
    root = tmp_path / "g"
    version = root / "v000001"
    version.mkdir(parents=True)
    for path in (GOLDEN / "gallery-schema-2" / "v000001").iterdir():
        (version / path.name).write_bytes(path.read_bytes())
    (root / "CURRENT").write_text("v000001\n")
    data = bytearray((version / "vectors.faiss").read_bytes())
    data[8:16] = (1 << 40).to_bytes(8, "little")
    (version / "vectors.faiss").write_bytes(data)
    manifest = json.loads((version / "manifest.json").read_text())
    manifest["files"]["vectors.faiss"]["sha256"] = hashlib.sha256(data).hexdigest()
    (version / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(GalleryCorrupt, match="1099511627776"):
        open_gallery(root, RECIPE)
