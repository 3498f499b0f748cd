"""A build that is killed, resumed or spread over shards gives the bytes of one that was not."""

import json
import os
import random
import signal
import time
from pathlib import Path
from threading import RLock

import faiss
import numpy as np
import pytest
from PIL import Image
from tqdm import tqdm

from index_builder.build import Built, build_gallery, merge_shards
from index_builder.ingest.journal import Chunk, Journal, Unreadable, read_journal
from index_builder.ingest.pipeline import Shard
from index_builder.ingest.work import build_shard, work_of
from tests.images import encoded
from tests.unit.index_builder.test_build import RECIPE, colour_infer
from vislex.contract.images import SIGLIP2
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import GalleryBusy, InvalidInput
from vislex.gallery.items import Item
from vislex.gallery.lock import locked
from vislex.gallery.versions import all_versions, current_version
from vislex.images.observe import Models
from vislex.screens.storage import open_gallery

IMAGES = 60  # 8 chunks


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    chance = random.Random(1)
    for label in ("blue", "green", "red"):
        (root / label).mkdir(parents=True)
        for i in range(IMAGES // 3):
            colour = tuple(chance.randrange(256) for _ in range(3))
            picture = encoded(Image.new("RGB", (32, 48), colour))
            (root / label / f"{i:02}.png").write_bytes(picture)
    (root / "red" / "07.png").write_bytes(b"no image")
    return root


def build(images: Path, gallery: Path, infer=colour_infer) -> Built:  # type: ignore[no-untyped-def]
    return build_gallery(images, gallery, models=Models(infer, (), RECIPE.dim), recipe=RECIPE)


@pytest.fixture
def expected(images: Path, tmp_path: Path) -> dict[str, bytes]:
    build(images, tmp_path / "uninterrupted")
    return live_files(tmp_path / "uninterrupted")


def live_files(root: Path) -> dict[str, bytes]:
    """Files of the live version. One may lie beside it: killed before it was made live."""
    if not (root / "CURRENT").exists():
        return {}
    return {path.name: path.read_bytes() for path in (root / current_version(root)).iterdir()}


def counted(log: Path, pause_s: float):  # type: ignore[no-untyped-def]
    """An encoder that notes how many images it was given, and takes its time."""

    def infer(model: ModelSpec, inputs: Tensors) -> Tensors:
        if model is SIGLIP2:
            time.sleep(pause_s)
            with log.open("a") as file:
                file.write(f"{len(inputs['pixel_values'])}\n")
        return colour_infer(model, inputs)

    return infer


def killed_build(images: Path, root: Path, log: Path, after_s: float) -> bool:
    """Whether the kill came before the build was done."""
    child = os.fork()
    if child == 0:
        try:
            faiss.omp_set_num_threads(1)  # threads of the parent's are gone in a forked child
            tqdm.set_lock(RLock())  # its own is shared with the parent: killed, it would keep it
            signal.alarm(300)
            build(images, root, counted(log, 0.01))
        finally:
            os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_build_killed_again_and_again_ends_the_same_and_does_no_work_twice(
    images: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    log, root, chance = tmp_path / "log", tmp_path / "gallery", random.Random(3)
    kills, after_s = 0, 0.05
    while killed_build(images, root, log, chance.uniform(0.0, after_s)):
        kills += 1
        after_s *= 1.1  # so that on a busy machine too one build comes to its end
        assert live_files(root) in ({}, expected)
    assert live_files(root) == expected
    assert kills > 3
    in_flight = 8 * (os.cpu_count() or 1)
    assert sum(map(int, log.read_text().split())) <= IMAGES + kills * in_flight


def test_work_that_was_done_is_not_done_again(images: Path, tmp_path: Path) -> None:
    log, root = tmp_path / "log", tmp_path / "gallery"
    models = Models(counted(log, 0), (), RECIPE.dim)
    build_shard(images, work_of(root, "build"), models, RECIPE, Shard())
    build(images, root, counted(log, 0))
    assert sum(map(int, log.read_text().split())) == IMAGES - 1  # one is no image
    assert not work_of(root, "build").exists()


@pytest.mark.parametrize("shards", [1, 3])
def test_shards_merge_into_the_same_gallery(
    images: Path, tmp_path: Path, expected: dict[str, bytes], shards: int
) -> None:
    root, folder = tmp_path / "gallery", tmp_path / "work"
    models = Models(colour_infer, (), RECIPE.dim)
    done = [build_shard(images, folder, models, RECIPE, Shard(i, shards)) for i in range(shards)]
    assert sum(done) == IMAGES
    with locked(root) as lock:
        built = merge_shards(lock, folder, shards, "flat")
    assert (built.images, [one.id for one in built.unreadable]) == (IMAGES - 1, ["red/07.png"])
    assert live_files(root) == expected


def test_shards_that_do_not_fit_or_are_missing_are_refused(images: Path, tmp_path: Path) -> None:
    root, folder = tmp_path / "gallery", tmp_path / "work"
    models = Models(colour_infer, (), RECIPE.dim)
    build_shard(images, folder, models, RECIPE, Shard(0, 2))
    with locked(root) as lock, pytest.raises(InvalidInput, match="shard-1-of-2"):
        merge_shards(lock, folder, 2, "flat")
    (images / "red" / "00.png").unlink()
    build_shard(images, folder, models, RECIPE, Shard(1, 2))
    with locked(root) as lock, pytest.raises(InvalidInput, match="other images or models"):
        merge_shards(lock, folder, 2, "flat")
    assert all_versions(root) == []


def test_another_writer_of_the_gallery_is_refused(images: Path, tmp_path: Path) -> None:
    with locked(tmp_path / "gallery"), pytest.raises(GalleryBusy, match="is being written by pid"):
        build(images, tmp_path / "gallery")


CHUNKS = [
    Chunk(
        number,
        (Item(f"a/{number}.png", "a", '[["额度",0.5,[0,0,1,0,1,1,0,1]]]'.encode(), "f" * 64),),
        np.full((1, 3), number, np.float32),
        (Unreadable(f"a/{number}.txt", "a", "no image", ""),),
    )
    for number in range(5)
]


def chunks_in(path: Path) -> list[int]:
    journal = Journal(path, {"of": 1})
    found = list(journal.chunks())
    journal.close()
    for one in found:
        assert (one.items, one.unreadable) == (
            CHUNKS[one.number].items,
            CHUNKS[one.number].unreadable,
        )
        np.testing.assert_array_equal(one.vectors, CHUNKS[one.number].vectors)
    return [one.number for one in found]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "a.journal"
    written = Journal(path, {"of": 1})
    for chunk in reversed(CHUNKS):
        written.add(chunk)
    written.close()
    return path


def test_a_journal_gives_back_what_was_added_in_order(journal: Path) -> None:
    assert chunks_in(journal) == [0, 1, 2, 3, 4]
    assert read_journal(journal) == {"of": 1}


def test_a_journal_cut_anywhere_keeps_its_whole_records_and_can_go_on(journal: Path) -> None:
    whole = journal.read_bytes()
    lengths = set()
    for end in range(0, len(whole), 7):
        journal.write_bytes(whole[:end])
        left = chunks_in(journal)
        assert left == list(range(5 - len(left), 5))  # the last were added first
        lengths.add(len(left))
        again = Journal(journal, {"of": 1})
        again.add(CHUNKS[0])
        again.close()
        assert 0 in chunks_in(journal)
    assert lengths == {0, 1, 2, 3, 4}


def test_a_flipped_bit_ends_a_journal_there(journal: Path) -> None:
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 4
    journal.write_bytes(data)
    assert len(chunks_in(journal)) < 5


def test_a_journal_of_other_work_is_begun_anew(journal: Path) -> None:
    other = Journal(journal, {"of": 2})
    assert len(other) == 0
    with pytest.raises(GalleryBusy, match="another process"):
        Journal(journal, {"of": 2})
    other.close()
    assert read_journal(journal) == {"of": 2}


def test_the_listing_and_metadata_of_a_manifest_are_kept(images: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "images.jsonl"
    rows = [
        {"path": f"images/{label}/{i:02}.png", "label": label, "phone": f"p{i}"}
        for label in ("blue", "red")
        for i in range(3)
    ]
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    build(manifest, tmp_path / "gallery")
    gallery = open_gallery(tmp_path / "gallery", RECIPE)
    assert list(gallery.items.ids) == [row["path"] for row in rows]
    assert gallery.items[4].metadata == {"phone": "p1"}
    assert len(gallery.items[4].sha256) == 64
