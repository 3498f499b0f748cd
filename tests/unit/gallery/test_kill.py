"""A writer killed at any point: the gallery is never torn, and no publish is lost.

A forked child publishes one version after the other and says on a pipe when each is done; the
parent kills it with SIGKILL at random. Then the gallery must open whole, at the last version that
was said to be done or the one after it, hold what was written as that version, and take the next
writer at once.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import faiss

from tests.unit.gallery.tiny import RECIPE, tiny_gallery
from vislex.gallery.lock import locked
from vislex.gallery.versions import all_versions, point_at, published_before, remove_version
from vislex.screens.storage import open_gallery, publish_gallery

KILLS = int(os.environ.get("VISLEX_KILLS", "60"))  # `make test-faults` asks for more
SPAN = 3  # kills come within so many times what a publish takes on this machine now
KEPT = 4


def publish_forever(root: Path, done: "Say") -> None:
    """Each version is built from its own number, by which it is known again."""
    while True:
        with locked(root, wait_s=60) as lock:
            versions = all_versions(root)
            done(publish_gallery(lock, tiny_gallery(newest(root) + 1)))
            for name in versions[: -KEPT + 1]:
                remove_version(lock, name)


def roll_back_and_forth(root: Path, done: "Say") -> None:
    while True:
        for name in all_versions(root)[-2:]:
            with locked(root, wait_s=60) as lock:
                point_at(lock, name)
            done(name)


Say = Callable[[str], None]


def forked(work: Callable[[Say], None]) -> tuple[int, int]:
    """Runs `work` in a child; its process id, and a pipe of what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            faiss.omp_set_num_threads(1)  # threads of the parent's are gone in a forked child
            signal.alarm(300)
            said = os.fdopen(writer, "w")
            work(lambda word: print(word, file=said, flush=True))
        finally:
            os._exit(0)
    os.close(writer)
    return child, reader


def killed(work: Callable[[Path, Say], None], root: Path, after_s: float) -> str:
    """Runs `work` in a child that is killed; returns what it last said, '' for nothing."""
    child, reader = forked(lambda say: work(root, say))
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        words = said.read().split()
    assert os.WIFSIGNALED(status), "the child ended by itself"
    assert os.WTERMSIG(status) == signal.SIGKILL
    return words[-1] if words else ""


def killed_at(step: int, root: Path) -> bool:
    """Publishes in a child that kills itself before its `step`-th call to the file system.

    False where the publish was done before.
    """

    def work(say: Say) -> None:
        left = step

        def count(event: str, _: object) -> None:
            nonlocal left
            if event.startswith(("open", "os.", "shutil.", "tempfile.", "fcntl.")):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        draft = tiny_gallery(newest(root) + 1)
        sys.addaudithook(count)
        with locked(root) as lock:
            publish_gallery(lock, draft)

    child, reader = forked(work)
    _, status = os.waitpid(child, 0)
    os.close(reader)
    assert not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return os.WIFSIGNALED(status)


def newest(root: Path) -> int:
    return max((int(name[1:]) for name in all_versions(root)), default=0)


def seconds_of_a_publish(root: Path) -> float:
    began = time.monotonic()
    publish(root, 1)
    return time.monotonic() - began


def publish(root: Path, seed: int) -> str:
    with locked(root) as lock:
        return publish_gallery(lock, tiny_gallery(seed))


def check_whole(root: Path) -> str:
    gallery = open_gallery(root, RECIPE)
    assert gallery.source == str(int(gallery.version[1:]))
    assert list(gallery.items) == list(tiny_gallery(int(gallery.source)).items)
    return gallery.version


def test_a_killed_publish_leaves_a_whole_gallery_and_loses_none(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    longest_s = SPAN * seconds_of_a_publish(tmp_path)
    promised = 1
    said = 0
    for _ in range(KILLS):
        word = killed(publish_forever, tmp_path, chance.uniform(0.0, longest_s))
        said += bool(word)
        longest_s *= 0.95 if word else 1.1  # a busy machine slows down: kill on both sides of it
        promised = max(promised, int(word[1:])) if word else promised
        live = int(check_whole(tmp_path)[1:])
        assert live >= promised, f"v{promised:06d} was said to be published and is not live"
        promised = live
        for name in all_versions(tmp_path):
            open_gallery(tmp_path, RECIPE, name)  # no version is half there
    assert said > KILLS / 10  # or the kills all came before the first publish
    with locked(tmp_path) as lock:  # at once: a dead writer holds nothing
        publish_gallery(lock, tiny_gallery(1))
    left = {path.name for path in tmp_path.iterdir()} - set(all_versions(tmp_path))
    assert left <= {".lock", "CURRENT", ".CURRENT", "PUBLISHED", ".PUBLISHED"}


def test_a_killed_rollback_leaves_one_or_the_other(tmp_path: Path) -> None:
    chance = random.Random(7)
    for seed in (1, 2):
        publish(tmp_path, seed)
    longest_s = seconds_of_a_publish(tmp_path / "other")
    for _ in range(KILLS // 10):
        killed(roll_back_and_forth, tmp_path, chance.uniform(0.0, longest_s))
        live = check_whole(tmp_path)
        assert live in ("v000001", "v000002")
        assert set(published_before(tmp_path)) <= {"v000001"} - {live}


def test_a_publish_killed_before_each_of_its_steps_is_done_or_never_was(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    step, live, was_live = 1, 1, {1}
    while killed_at(step, tmp_path):
        now = int(check_whole(tmp_path)[1:])
        assert now in (live, newest(tmp_path))
        was_live.add(now)
        assert {int(name[1:]) for name in published_before(tmp_path)} <= was_live - {now}
        for name in all_versions(tmp_path):
            open_gallery(tmp_path, RECIPE, name)
        live, step = now, step + 1
    assert step > 20  # a publish has that many steps
    assert int(check_whole(tmp_path)[1:]) == newest(tmp_path) > live
