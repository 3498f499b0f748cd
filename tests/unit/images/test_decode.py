import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.images import BAD, ODD, encoded, quarters
from vislex.errors import InvalidImage
from vislex.images import kinds
from vislex.images.decode import decode_image
from vislex.images.limits import Limits

LIMITS = Limits()
HEIC = Path(__file__).parents[2] / "files" / "quarters.heic"


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


@pytest.mark.parametrize("scale", [1, 257])
def test_grey_of_32_bits_is_taken_by_its_values(scale: int) -> None:
    """None above 255: white is 255; none above 65535: white is that."""
    grey = np.asarray(Image.fromarray(quarters()).convert("L"))
    image = Image.fromarray(grey.astype(np.int32) * scale)
    found = decode_image(encoded(image, "TIFF"), LIMITS)
    np.testing.assert_array_equal(found, np.repeat(grey[:, :, np.newaxis], 3, axis=2))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_bytes_after_the_end_change_nothing(file_format: str) -> None:
    data = encoded(Image.fromarray(quarters()), file_format)
    np.testing.assert_array_equal(
        decode_image(data + b"sent by a careless program" * 9, LIMITS), decode_image(data, LIMITS)
    )


def test_avif_is_read_and_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(np.rot90(quarters()))
    data = encoded(lying, "AVIF", quality=100, subsampling="4:4:4", exif=exif)
    found = decode_image(data, LIMITS)
    assert found.shape == (96, 64, 3)
    assert np.abs(found.astype(int) - quarters()).max() < 4


@pytest.mark.skipif(find_spec("pi_heif") is None, reason="pi-heif, which reads HEIC, is not here")
def test_heic_is_read() -> None:
    """The file was written by libheif and x265, in full colour resolution."""
    found = decode_image(HEIC.read_bytes(), LIMITS)
    assert np.abs(found.astype(int) - quarters()).max() < 4


def test_heic_is_named_with_what_is_accepted_where_it_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinds, "_registered_heif", lambda: False)
    words = r"but HEIC \(671 bytes\), which is read where .*; expected one of JPEG, .*, AVIF$"
    with pytest.raises(InvalidImage, match=words):
        decode_image(HEIC.read_bytes(), LIMITS)
    only = Limits(formats=("PNG",))
    with pytest.raises(InvalidImage, match=r"but HEIC \(671 bytes\); expected one of PNG$"):
        decode_image(HEIC.read_bytes(), only)


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"\xff\x4f\xff\x51", "JPEG 2000"), (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x18ftypheic", "HEIC"), (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"), (b"\0\0\0\x18ftypisom", "a film"),
        (b"%PDF-1.7", "PDF"), (b'<?xml version="1.0"?><svg xmlns="x">', "SVG"),
        (b"<!DOCTYPE html><p>404", "HTML"), (b"8BPS\0\1", "PSD"), (b"PK\x03\x04", "ZIP"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_named(begin: bytes, kind: str) -> None:
    found = kinds.kind_of(begin + bytes(600))
    assert found is not None
    assert kind in found


def test_an_image_turned_by_hand_that_still_carries_its_exif_is_turned_as_viewers_do() -> None:
    """Its EXIF is wrong, which no reader can know: every viewer shows it so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(quarters()), "PNG", exif=exif)  # upright already
    np.testing.assert_array_equal(decode_image(data, LIMITS), np.rot90(quarters(), -1))


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
    kind = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")[seed % 7]
    data = bytearray(encoded(Image.fromarray(quarters()), kind))
    for position in random.integers(0, len(data), 12):
        data[position] = random.integers(256)
    try:
        assert decode_image(bytes(data), LIMITS).ndim == 3
    except InvalidImage as refusal:
        assert str(refusal)
