"""What `serve` takes, and what it refuses before anything is started."""

import argparse
import json
import os
from pathlib import Path

import pytest

from vislex.contract.galleries import GALLERY_STATUS
from vislex.contract.models import MODELS
from vislex.errors import InvalidOption, RepositoryError
from vislex.gallery.recipe import RECIPE_FILE, Recipe
from vislex.serving.arguments import add_flags, settings_of
from vislex.serving.galleries import OPENERS, check_galleries
from vislex.serving.ports import Ports
from vislex.serving.settings import Settings


def repository(folder: Path, queue: int) -> Path:
    (folder / "match").mkdir()
    (folder / "match" / "config.pbtxt").write_text(
        'backend: "python"\nmax_batch_size: 32\n'
        f"dynamic_batching {{ default_queue_policy {{ max_queue_size: {queue} }} }}\n"
    )
    (folder / "classify").mkdir()
    (folder / "classify" / "config.pbtxt").write_text('# the entry\nplatform: "ensemble"\n')
    return folder


def test_no_more_calls_than_any_queue_has_places(tmp_path: Path) -> None:
    folder = repository(tmp_path, 16)
    assert Settings(folder, {}, max_in_flight=15).slots() == 15
    with pytest.raises(InvalidOption, match="16; expected less than 16, the queue size of match"):
        Settings(folder, {}, max_in_flight=16).slots()


def test_the_default_fits_the_smallest_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(96)))
    assert Settings(repository(tmp_path, 64), {}).slots() == 63


@pytest.mark.parametrize(("cores", "calls"), [(1, 8), (2, 8), (4, 16), (48, 192), (96, 192)])
def test_calls_follow_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, calls: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)))
    assert Settings(repository(tmp_path, 256), {}).slots() == calls


def test_the_parts_of_an_ensemble_cannot_be_called(tmp_path: Path) -> None:
    folder = repository(tmp_path, 256)
    (folder / "gallery").mkdir()
    (folder / "gallery" / "config.pbtxt").write_text('backend: "python"\nmax_batch_size: 8\n')
    (folder / "unknown").mkdir()
    (folder / "unknown" / "config.pbtxt").write_text('platform: "ensemble"\n')
    accepted = Settings(folder, {}).accepted()
    assert set(accepted) == {"classify", "gallery"}
    assert {o.name: o.kind for o in accepted["classify"].model.options}["top_k"] == "int64"
    assert accepted["gallery"].model.options == ()
    assert {model.most_items for model in accepted.values()} == {1}
    opened = Settings(folder, {}, open_models=True).accepted()
    assert set(opened) == {"classify", "gallery", "match"}
    assert opened["match"].most_items == 32
    assert Settings(folder, {}).model_names() == {"classify", "gallery", "match", "unknown"}


def test_a_server_needs_a_model_that_shows_whether_it_lives(tmp_path: Path) -> None:
    assert Settings(repository(tmp_path, 256), {}).canary_models() == ("classify",)
    (tmp_path / "classify" / "config.pbtxt").unlink()
    with pytest.raises(RepositoryError, match="alive; expected classify"):
        Settings(tmp_path, {}).canary_models()


def test_galleries_are_given_where_a_model_needs_them(tmp_path: Path) -> None:
    folder = repository(tmp_path, 256)
    recipe = Recipe("e", 8, 256, "r", 960)
    (folder / RECIPE_FILE).write_text(json.dumps(recipe.to_json()))
    with pytest.raises(InvalidOption, match=r"--gallery is missing; the model match of .* needs"):
        check_galleries(Settings(folder, {}))
    (folder / "match" / "config.pbtxt").unlink()
    assert check_galleries(Settings(folder, {})) == "no galleries"
    with pytest.raises(InvalidOption, match="--gallery is given, and no model of"):
        check_galleries(Settings(folder, {"default": tmp_path / "gallery"}))


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.galleries])
def test_a_model_with_galleries_has_a_way_to_open_them(name: str) -> None:
    assert name in OPENERS
    assert GALLERY_STATUS in MODELS[name].outputs


@pytest.mark.parametrize(
    ("flag", "word"),
    [
        ("--max-in-flight", "0"), ("--max-in-flight", "many"), ("--trace-rate", "-1"),
        ("--otlp", "http://[::1]:4318/v1/traces"), ("--otlp", "collector:4318"),
        ("--otlp", "http://collector:99999/v1/traces"), ("--max-seconds", "-1"),
        ("--drain-seconds", "nan"), ("--grace-seconds", "soon"),
    ],
)  # fmt: skip
def test_flags_are_checked(flag: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(flag, word)
    assert flag in capsys.readouterr().err


def test_a_collector_without_a_scheme_is_told_the_form(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--otlp", "collector:4318")
    words = "'collector:4318' is not a URL; expected one such as http://collector:4318/v1/traces"
    assert words in capsys.readouterr().err
    url = "http://collector:4318/v1/traces"
    assert settings_of(parsed("--otlp", url)).collector() == "collector"


@pytest.mark.parametrize("name", ["grpc", "http", "metrics"])
@pytest.mark.parametrize("port", ["-1", "65536", "70000"])
def test_a_port_that_there_cannot_be_is_a_usage_error(name: str, port: str) -> None:
    with pytest.raises(InvalidOption, match=f"^--{name}-port is {port}; expected 0 to 65535$"):
        settings_of(parsed(f"--{name}-port", port))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--grpc-port", "19001", "--http-port", "19001"],
         "the gRPC and the HTTP port are both 19001; expected different ones"),
        (["--metrics-port", "8001"],
         "the gRPC and the metrics port are both 8001; expected different ones"),
    ],
)  # fmt: skip
def test_one_port_for_two_is_a_usage_error(flags: list[str], words: str) -> None:
    with pytest.raises(InvalidOption, match=f"^{words}$"):
        settings_of(parsed(*flags))


def test_any_free_port_may_be_asked_for_several_times() -> None:
    settings = settings_of(parsed("--grpc-port", "0", "--http-port", "0", "--metrics-port", "0"))
    assert settings.ports == Ports(0, 0, 0)


def parsed(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return parser.parse_args(["--repository", "r", "--gallery", "g", *flags])


def test_help_names_the_address_of_all_networks() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    words = " ".join(parser.format_help().split())
    assert "0.0.0.0 for all of IPv4, :: for all (default: 127.0.0.1)" in words
