"""Users over time, moments of arrival, what is sent, and how requests are timed."""

import io
import time
from itertools import islice, pairwise
from pathlib import Path
from threading import Event

import pytest
from PIL import Image

from loadtest.arrivals import Arrivals
from loadtest.drive import closed_loop, open_loop
from loadtest.payloads import Payload, endless, mixed_sizes, read_folder
from loadtest.shapes import SHAPES, Shape, users_at
from tests.images import encoded
from vislex.errors import RepositoryError


@pytest.mark.parametrize(
    ("shape", "users"),
    [
        ("steady", [12, 12, 12, 12, 12]),
        ("steps", [2, 5, 7, 10, 12]),
        ("spike", [3, 3, 12, 3, 3]),
        ("soak", [1, 12, 12, 12, 12]),
    ],
)
def test_users_over_a_shape_of_100_s(shape: Shape, users: list[int]) -> None:
    """Peak 12: steps are fifths (2.4, 4.8, ...) of it, a spike's base a quarter."""
    assert [users_at(shape, second, 12, 100) for second in (0, 20, 50, 70, 90)] == users


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_users_until_its_end_and_then_none(shape: Shape) -> None:
    found = [users_at(shape, tenth / 10, 3, 10) for tenth in range(100)]
    assert all(users is not None and 1 <= users <= 3 for users in found)
    assert max(users or 0 for users in found) == 3
    assert users_at(shape, 10, 3, 10) is None


def test_even_arrivals() -> None:
    assert list(islice(Arrivals(4.0, poisson=False), 4)) == [0, 0.25, 0.5, 0.75]


def test_poisson_arrivals_keep_their_rate_and_bunch() -> None:
    """10,000 gaps of mean 1/8 s: within 5 standard errors of it, and 1 - 1/e of them shorter."""
    moments = list(islice(Arrivals(8.0, seed=3), 10_001))
    gaps = [b - a for a, b in pairwise(moments)]
    assert sum(gaps) / len(gaps) == pytest.approx(1 / 8, rel=0.05)
    assert sum(gap < 1 / 8 for gap in gaps) / len(gaps) == pytest.approx(0.632, abs=0.025)
    assert moments == list(islice(Arrivals(8.0, seed=3), 10_001))


def test_open_loop_counts_from_the_intended_start() -> None:
    """One thread, a server that takes 0.1 s, arrivals every 0.02 s: each waits 0.08 s longer."""
    run = open_loop(lambda _: time.sleep(0.1), [b""] * 4, Arrivals(50.0, False), most_waiting=1)
    for found, least in zip(run.seconds, (0.10, 0.18, 0.26, 0.34), strict=True):
        assert found >= least - 0.001  # a busy machine only adds to it
    assert len(run.seconds) == 4


def test_open_loop_does_not_wait_for_answers() -> None:
    """The first request is answered only once the second has been sent."""
    second = Event()

    def ask(image: bytes) -> None:
        if image == b"second":
            second.set()
        assert second.wait(120)

    assert len(open_loop(ask, [b"first", b"second"], Arrivals(100.0)).seconds) == 2


def test_closed_loop_sends_each_image_once_and_keeps_to_its_clients() -> None:
    sent: list[bytes] = []
    images = [bytes([i]) for i in range(20)]
    run = closed_loop(sent.append, images, 3)
    assert sorted(sent) == images
    assert len(run.seconds) == 20
    assert run.images_per_s == pytest.approx(20 / run.wall_s)


def test_closed_loop_raises_what_a_request_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        closed_loop(lambda _: 1 / 0, [b""], 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(10):
        (tmp_path / f"{i}.png").write_bytes(encoded(Image.new("RGB", (40 + i, 60), "teal")))
    (tmp_path / "notes.txt").write_text("not an image")
    return tmp_path


def test_a_folder_is_read_evenly(folder: Path) -> None:
    assert [one.name for one in read_folder(folder, 5)] == [f"{i}.png" for i in (0, 2, 4, 6, 8)]
    assert len(read_folder(folder)) == 10
    (folder / "empty").mkdir()
    with pytest.raises(RepositoryError, match="no image files"):
        read_folder(folder / "empty")


def test_broken_images_are_mixed_in_at_their_share(folder: Path) -> None:
    """Of 2000 draws at 10 %, 200 with a standard deviation of 13.4: within 5 of them."""
    whole = read_folder(folder)
    drawn = list(islice(endless(whole, seed=1, broken_share=0.1), 2000))
    assert sum(one.broken for one in drawn) == pytest.approx(200, abs=67)
    assert all(one in whole for one in drawn if not one.broken)
    for one in drawn:
        if one.broken:
            with pytest.raises(OSError):  # what Pillow raises for nothing or torn bytes
                Image.open(io.BytesIO(one.data)).load()
    assert drawn == list(islice(endless(whole, seed=1, broken_share=0.1), 2000))


def test_mixed_sizes_are_images_of_many_sizes(folder: Path) -> None:
    drawn = mixed_sizes([Payload("a", encoded(Image.new("RGB", (90, 200), "red")))], 12, seed=5)
    sizes = {Image.open(io.BytesIO(one.data)).size for one in drawn}
    assert len(sizes) == 12
    assert all(64 <= side <= 2400 for size in sizes for side in size)
