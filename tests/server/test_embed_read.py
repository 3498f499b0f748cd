"""`embed` and `read` on the real server, through both clients, answer what the core answers."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as triton
from PIL import Image
from vislex_client import AsyncClient, Classification, Client, InvalidImage, InvalidOption
from vislex_client import VislexError as ClientError

from tests.conftest import Served
from tests.images import SAMPLES
from vislex.contract.images import LINES, READ_ANSWER
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.prepare import embed, prepare
from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.ocr.lines import encode_failure
from vislex.screens.gallery import Gallery

SCREEN = SAMPLES / "queries" / "ayh_amount" / "00.webp"


@pytest.fixture
def client(served: Served) -> Client:
    return Client(served.server.grpc_url, timeout_s=300)


def test_an_embedding_is_the_cores(client: Client, infer: Infer) -> None:
    found = client.embed(SCREEN)
    expected = embed([prepare(SCREEN.read_bytes(), DEFAULT_LIMITS)], infer)[0]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_lines_are_the_cores(client: Client, infer: Infer, characters: tuple[str, ...]) -> None:
    canvas = prepare(SCREEN.read_bytes(), DEFAULT_LIMITS).canvas
    expected = read_text([canvas], infer, characters)[0]
    found = client.read(SCREEN)
    assert [line.text for line in found] == [line.text for line in expected]
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine.quad, theirs.quad, atol=0.051)  # tenths of a px travel


def test_what_is_no_image_is_refused_by_both(client: Client) -> None:
    for ask in (client.embed, client.read):
        with pytest.raises(InvalidImage, match="not an image file"):
            ask(b"not an image")


def test_a_failed_read_is_an_error_and_not_an_empty_screen(served: Served) -> None:
    lines = triton.InferInput(LINES.name, [1, 1], "BYTES")
    lines.set_data_from_numpy(np.array([[encode_failure(RuntimeError("boom"))]], object))
    server = triton.InferenceServerClient(served.server.grpc_url)
    with server, pytest.raises(Exception, match="ModelFailed: boom") as caught:
        server.infer(READ_ANSWER.name, [lines])
    assert "UNAVAILABLE" in str(caught.value)


def test_pixels_in_memory_get_the_answer_of_their_file(client: Client, tmp_path: Path) -> None:
    with Image.open(SCREEN) as opened:
        pixels = np.asarray(opened.convert("RGB"))
        opened.convert("RGB").save(tmp_path / "screen.png")
        file = client.classify(tmp_path / "screen.png")
        assert client.classify(pixels) == client.classify(opened) == file


def test_the_asynchronous_client_answers_the_same(served: Served, client: Client) -> None:
    async def ask() -> tuple[Classification | ClientError, ...]:
        async with AsyncClient(served.server.grpc_url, timeout_s=300) as client:
            assert (await client.health()).serving
            np.testing.assert_allclose(await client.embed(SCREEN), embedded, atol=1e-5)
            assert await client.read(SCREEN) == lines
            images: list[Path | bytes] = [SCREEN, b"not an image", SCREEN]
            return tuple([item async for item in client.classify_many(images)])

    embedded, lines = client.embed(SCREEN), client.read(SCREEN)
    first, bad, last = asyncio.run(ask())
    assert isinstance(first, Classification)
    assert first == last == client.classify(SCREEN)
    assert type(bad) is InvalidImage


def test_the_galleries_are_those_that_are_loaded(client: Client, gallery: Gallery) -> None:
    said = client.gallery()
    (only,) = said.galleries
    assert (only.name, only.version, only.refused) == (said.default, gallery.version, None)
    (loaded,) = only.loaded
    assert (loaded.images, loaded.labels) == (len(gallery.items), len(gallery.labels))
    assert client.gallery(only.name) == said
    with pytest.raises(InvalidOption, match="expected one of"):
        client.gallery("none")
    answer = client.classify(SCREEN, gallery=only.name, gallery_version=only.version)
    assert answer.gallery_version == only.version
    with pytest.raises(InvalidOption, match="is not loaded; expected one of"):
        client.classify(SCREEN, gallery_version="v999999")
