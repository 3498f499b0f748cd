from dataclasses import asdict

import pytest

from vislex.contract.models import OPTIONS
from vislex.errors import InvalidOption
from vislex.images.limits import Limits
from vislex.screens.options import Options


def test_limits_come_from_the_environment() -> None:
    assert Limits.from_env({}) == Limits()
    assert Limits.from_env({"VISLEX_MAX_BYTES": "5", "OTHER": "x"}).max_bytes == 5


def test_formats_come_from_the_environment() -> None:
    assert Limits.from_env({"VISLEX_FORMATS": "png, JPEG"}).formats == ("PNG", "JPEG")
    with pytest.raises(InvalidOption, match=r"VISLEX_FORMATS .* PPM is unknown; expected some of"):
        Limits.from_env({"VISLEX_FORMATS": "PNG,PPM"})


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_no_count_is_named(text: str) -> None:
    with pytest.raises(InvalidOption, match="VISLEX_MAX_PIXELS"):
        Limits.from_env({"VISLEX_MAX_PIXELS": text})


def test_options_have_the_defaults_of_the_study() -> None:
    expected = Options(0.6, 5, read=True, ranking="both", decide=True, gallery="")
    assert Options.from_parameters({"another_service": 1}) == expected
    assert Options() == expected
    assert {name: option.default for name, option in OPTIONS.items()} == asdict(expected)


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, "0.25", 0.5])
def test_alpha_takes_0_to_1(value: object) -> None:
    assert Options.from_parameters({"alpha": value}).alpha == float(str(value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", -0.01), ("alpha", 1.01), ("alpha", "nan"), ("alpha", "much"), ("alpha", None),
        ("top_k", 0), ("top_k", -5), ("top_k", 1_000_000), ("top_k", 101), ("top_k", 2.5),
        ("top_k", "five"), ("top_k", "²"), ("read", "perhaps"), ("read", 2),
        ("decide", "never"), ("ranking", "best"), ("ranking", 1), ("gallery", 1),
        ("gallery_version", 7), ("gallery_version", "7"), ("gallery_version", "v7"),
        ("gallery_version", "v000007 "), ("gallery_version", None),
    ],
)  # fmt: skip
def test_options_out_of_range_are_named(name: str, value: object) -> None:
    with pytest.raises(InvalidOption, match=f"^{name} is .*expected"):
        Options.from_parameters({name: value})


@pytest.mark.parametrize(
    ("value", "read"), [(True, True), ("off", False), (0, False), ("True", True)]
)
def test_read_takes_words_and_bools(value: object, read: bool) -> None:
    assert Options.from_parameters({"read": value}).read is read


def test_a_gallery_and_a_version_of_it_can_be_asked() -> None:
    found = Options.from_parameters({"gallery": "apps", "gallery_version": "v000012"})
    assert (found.gallery, found.gallery_version) == ("apps", "v000012")
    assert Options.from_parameters({"gallery": "", "gallery_version": ""}) == Options()
