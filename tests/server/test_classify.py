"""The whole service through the client: right answers, clear refusals, nobody else's trouble."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from vislex_client import Classification, Client, InvalidRequest, Overloaded
from vislex_client import VislexError as ClientError

from tests.conftest import Served
from tests.images import BAD, ODD, SAMPLES, encoded, top_of
from tests.large_pictures import on_desktop, stretched
from vislex.errors import InvalidInput
from vislex.images.observe import Models
from vislex.infer import Infer
from vislex.screens.classify import Classification as CoreClassification
from vislex.screens.classify import classify
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options

CLIENTS = 64


@pytest.fixture
def client(served: Served) -> Client:
    return Client(served.server.grpc_url, timeout_s=300)


def queries(count: int) -> list[Path]:
    """`count` sample queries spread over the labels, `other` among them."""
    every = sorted((SAMPLES / "queries").glob("*/*"))
    return every[:: len(every) // count][:count]


def patiently(client: Client, data: bytes) -> Classification:
    """Asks again when the server sheds the request, as it should on a machine that is too slow."""
    for _ in range(200):
        try:
            return client.classify(data)
        except Overloaded:
            time.sleep(1)
    pytest.fail("the server shed one request 200 times")


def essence(answer: Classification | CoreClassification) -> tuple[object, ...]:
    """What must be the same: scores to 1e-4, since a batch may round differently."""
    return (
        answer.label,
        answer.decision,
        [line.text for line in answer.lines],
        [c.id for c in answer.candidates],
        [round(c.fused, 3) for c in answer.candidates],
        answer.gallery_version,
    )


def core_essence(
    data: bytes, infer: Infer, characters: tuple[str, ...], gallery: Gallery, options: Options
) -> tuple[object, ...]:
    """The core's answer to one image, in the client's shape."""
    return essence(
        classify([data], Models(infer, characters, gallery.recipe.dim), gallery, options)[0]
    )


@pytest.mark.parametrize("options", [Options(), Options(alpha=1.0, top_k=1), Options(read=False)])
def test_answers_are_the_cores(
    client: Client,
    infer: Infer,
    characters: tuple[str, ...],
    gallery: Gallery,
    options: Options,
) -> None:
    for path in queries(4):
        data = path.read_bytes()
        found = client.classify(data, alpha=options.alpha, top_k=options.top_k, read=options.read)
        assert essence(found) == core_essence(data, infer, characters, gallery, options), path


@pytest.mark.parametrize("name", ODD)
def test_odd_images_are_answered(client: Client, gallery: Gallery, name: str) -> None:
    answer = client.classify(ODD[name]())
    assert answer.label in gallery.labels
    assert answer.decision in ("known", "other")


@pytest.mark.parametrize("name", sorted(set(BAD) - {"empty"}))
def test_bad_images_are_refused_with_the_reason(client: Client, name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(InvalidRequest, match=words):
        client.classify(make())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"alpha": -0.1}, "alpha is -0.1; expected"),
        ({"alpha": 1.5}, "alpha is 1.5; expected"),
        ({"top_k": 0}, "top_k is 0; expected"),
        ({"top_k": 10**6}, "top_k is 1000000; expected"),
    ],
)
def test_bad_options_are_refused_with_the_range(
    client: Client, options: dict[str, float], words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        client.classify(queries(1)[0].read_bytes(), **options)  # type: ignore[arg-type]


def test_64_clients_with_bad_images_among_good_ones(
    client: Client, infer: Infer, characters: tuple[str, ...], gallery: Gallery
) -> None:
    """Every good image gets the core's answer, every bad one its refusal, in whatever batch."""
    good = [top_of(path, 6) for path in queries(8)]
    bad = [BAD[name][0]() for name in ("not_an_image", "truncated_jpeg", "bomb", "float_tiff")]
    expected = [core_essence(data, infer, characters, gallery, Options()) for data in good]

    def one(i: int) -> str:
        if i % 3 == 0:
            try:
                client.classify(bad[i // 3 % len(bad)])
            except InvalidRequest:
                return "refused"
            return "answered what is no image"
        answer = essence(patiently(client, good[i % len(good)]))
        return "right" if answer == expected[i % len(good)] else f"differs: {answer}"

    with ThreadPoolExecutor(CLIENTS) as pool:
        found = Counter(pool.map(one, range(2 * CLIENTS)))
    refused = len(range(0, 2 * CLIENTS, 3))
    assert found == {"refused": refused, "right": 2 * CLIENTS - refused}


def test_errors_are_the_clients_own(client: Client) -> None:
    with pytest.raises(ClientError) as caught:
        client.classify(b"not an image")
    assert not isinstance(caught.value, InvalidInput)
    assert "not an image file" in str(caught.value)


def test_a_long_screenshot_and_a_desktop_are_answered_as_the_core_does(
    client: Client, infer: Infer, characters: tuple[str, ...], gallery: Gallery
) -> None:
    with Image.open(next((SAMPLES / "queries" / "ayh_amount").iterdir())) as image:
        screen = image.convert("RGB")
    for picture in (stretched(screen, 4), on_desktop(screen)):
        found = client.classify(encoded(picture))
        assert (found.label, found.reading) == ("ayh_amount", "full")
        given = core_essence(encoded(picture), infer, characters, gallery, Options())
        assert essence(found) == given


def test_an_answer_says_where_text_was_not_read(client: Client) -> None:
    with Image.open(next((SAMPLES / "queries" / "ayh_amount").iterdir())) as image:
        tiny = image.convert("RGB").resize((180, 320), Image.Resampling.LANCZOS)
    assert client.classify(encoded(tiny)).reading == "partial"
    assert client.classify(encoded(tiny), read=False).reading == "off"
