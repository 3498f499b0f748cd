import io

import numpy as np
import pytest
from PIL import Image

from tests.images import BAD, ODD, encoded, quarters
from vislex.errors import InvalidImage
from vislex.images.decode import decode_image
from vislex.images.limits import Limits

LIMITS = Limits()


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_the_very_pixels(file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(Image.fromarray(quarters()), file_format, **options)
    np.testing.assert_array_equal(decode_image(data, LIMITS), quarters())


@pytest.mark.parametrize("name", ["rotated_by_exif", "palette", "animated"])
def test_odd_images_show_what_a_viewer_shows(name: str) -> None:
    np.testing.assert_array_equal(decode_image(ODD[name](), LIMITS), quarters())


def test_cmyk_shows_its_colours() -> None:
    found = decode_image(ODD["cmyk"](), LIMITS).astype(int)
    assert np.abs(found - quarters().astype(int))[8:40, 8:24].max() < 8  # red, away from edges


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    found = decode_image(ODD["sixteen_bit"](), LIMITS)
    assert set(np.unique(found[:48])) == {0x80}
    assert set(np.unique(found[48:])) == {255}


def test_transparent_pixels_are_white() -> None:
    assert (decode_image(ODD["transparent"](), LIMITS) == 255).all()


@pytest.mark.parametrize(
    ("name", "shape"), [("one_pixel", (1, 1, 3)), ("20000_by_10", (10, 20_000, 3))]
)
def test_extreme_sizes_decode(name: str, shape: tuple[int, ...]) -> None:
    assert decode_image(ODD[name](), LIMITS).shape == shape


@pytest.mark.parametrize("name", BAD)
def test_bad_images_are_refused_with_a_reason(name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(InvalidImage, match=words):
        decode_image(make(), LIMITS)


def test_each_limit_holds_at_its_edge() -> None:
    data = encoded(Image.new("RGB", (40, 30)))
    decode_image(data, Limits(max_bytes=len(data), max_pixels=1200, max_side_px=40))
    for limits in (
        Limits(max_bytes=len(data) - 1),
        Limits(max_pixels=1199),
        Limits(max_side_px=39),
    ):
        with pytest.raises(InvalidImage, match="at most"):
            decode_image(data, limits)


def scans(count: int) -> bytes:
    """A progressive JPEG with `count` scans: the last one again and again."""
    whole = encoded(Image.fromarray(quarters()), "JPEG", progressive=True)
    last, end = whole.rindex(b"\xff\xda"), len(whole) - 2
    return whole[:end] + whole[last:end] * (count - whole.count(b"\xff\xda")) + whole[end:]


def test_scans_of_a_jpeg_are_limited() -> None:
    assert decode_image(scans(LIMITS.max_scans), LIMITS).shape == (96, 64, 3)
    with pytest.raises(InvalidImage, match="65 scans; at most 64"):
        decode_image(scans(LIMITS.max_scans + 1), LIMITS)


def test_decoding_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it is decoded, a millisecond later it is not; the clock is the test's."""
    data = encoded(Image.fromarray(quarters()))
    now = iter([100.0])
    monkeypatch.setattr("vislex.images.decode.time.monotonic", lambda: next(now, 100.25))
    assert decode_image(data, Limits(max_decode_ms=250)).shape == (96, 64, 3)
    now = iter([100.0])
    with pytest.raises(InvalidImage, match="at most 249 ms"):
        decode_image(data, Limits(max_decode_ms=249))


def test_formats_can_be_narrowed() -> None:
    only_jpeg = Limits(formats=("JPEG",))
    pixels = Image.fromarray(quarters())
    assert decode_image(encoded(pixels, "JPEG"), only_jpeg).shape == (96, 64, 3)
    with pytest.raises(InvalidImage, match=r"expected one of JPEG$"):
        decode_image(encoded(pixels, "PNG"), only_jpeg)


def test_of_an_animation_only_the_first_frame_is_decoded() -> None:
    """The second frame is torn, and nobody notices."""
    noise = np.random.default_rng(0).integers(0, 256, (96, 64, 3), np.uint8)
    second = [Image.fromarray(noise)]
    data = encoded(Image.fromarray(quarters()), "GIF", save_all=True, append_images=second)
    torn = data[:-1000]
    with Image.open(io.BytesIO(torn)) as image, pytest.raises(OSError, match="truncated"):
        image.seek(1)
        image.load()
    np.testing.assert_array_equal(decode_image(torn, LIMITS), decode_image(data, LIMITS))


@pytest.mark.parametrize("seed", range(40))
def test_mutated_images_decode_or_are_refused(seed: int) -> None:
    random = np.random.default_rng(seed)
    kind = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")[seed % 6]
    data = bytearray(encoded(Image.fromarray(quarters()), kind))
    for position in random.integers(0, len(data), 12):
        data[position] = random.integers(256)
    try:
        assert decode_image(bytes(data), LIMITS).ndim == 3
    except InvalidImage as refusal:
        assert str(refusal)
