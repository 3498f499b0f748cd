import numpy as np
import pytest
from PIL import Image

from tests.images import BAD, ODD, encoded, quarters
from vislex.config import Limits
from vislex.errors import InvalidImage
from vislex.image import decode_image

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
