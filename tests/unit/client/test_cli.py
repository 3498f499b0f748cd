"""`vislex-client` as a person and as a script meet it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from vislex_client.cli import main
from vislex_client.table import table

from tests.unit.client.stand_in import (
    IMAGE,
    StandIn,
    answer,
    image_of,
    outputs_of,
    response,
    served,
    texts,
)

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def url(server: StandIn) -> Iterator[str]:
    with served(server) as url:
        yield url


@pytest.fixture
def screens(server: StandIn, tmp_path: Path) -> list[str]:
    """Three files; the server refuses the second."""

    def infer(request: Any, context: Any) -> Any:
        if image_of(request) == b"torn":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "InvalidImage: torn PNG")
        if request.model_name != "classify":
            return response(outputs_of(request.model_name))
        return response({**answer(), "LABEL": texts(image_of(request)[:1].decode())})

    server.infer = infer
    contents = {"a.png": b"A", "b.png": b"torn", "支付宝.png": b"C"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [str(tmp_path / name) for name in contents]


def exit_code(arguments: list[str]) -> object:
    try:
        return main(arguments)
    except SystemExit as done:  # of argparse
        return done.code


def test_answers_are_a_table_and_errors_go_to_stderr(
    url: str, screens: list[str], capsys: Captured
) -> None:
    assert main(["classify", "--url", url, *screens]) == 1
    out, err = capsys.readouterr()
    rows = [line.split() for line in out.splitlines()]
    why = ["ahead", "of", "the", "next", "label"]
    assert rows == [
        ["FILE", "LABEL", "DECISION", "CONFIDENCE", "REASON"],
        [screens[0], "A", "known", "0.750", *why],
        [screens[2], "C", "known", "0.750", *why],
    ]
    assert err.startswith(f"vislex-client: error: {screens[1]}: InvalidImage: torn PNG")


def test_json_is_one_object_a_file_errors_included(
    url: str, screens: list[str], tmp_path: Path, capsys: Captured
) -> None:
    missing = str(tmp_path / "missing.png")
    assert main(["classify", "--json", "--url", url, missing, *screens]) == 1
    out, err = capsys.readouterr()
    items = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [item["file"] for item in items] == [missing, *screens]
    assert [item.get("error") for item in items] == ["InvalidImage", None, "InvalidImage", None]
    assert missing in items[0]["message"]
    assert items[1]["candidates"][0]["label"] == "微信"


@pytest.mark.parametrize("command", ["classify", "read", "embed"])
def test_a_dash_reads_standard_input(
    server: StandIn,
    url: str,
    screens: list[str],
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Z\xff piped")))
    files = [screens[0], "-", screens[2]]
    assert main([command, "--json", "--url", url, "--concurrency", "1", *files]) == 0
    items = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["file"] for item in items] == files
    assert [image_of(request) for request in server.requests] == [b"A", b"Z\xff piped", b"C"]


def test_an_empty_standard_input_is_an_error_of_its_own(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["classify", "--url", url, "-"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("vislex-client: error: -: standard input is empty (0 bytes)")


def test_standard_input_is_read_once(server: StandIn, url: str, capsys: Captured) -> None:
    assert main(["classify", "--url", url, "-", "-"]) == 2
    assert "- is given more than once" in capsys.readouterr().err
    assert server.requests == []


def test_all_answered_is_0_and_options_reach_the_server(
    server: StandIn, url: str, screens: list[str]
) -> None:
    options = ["--alpha", "0.25", "--top-k", "9", "--no-read"]
    assert main(["classify", "--url", url, screens[0], *options]) == 0
    sent = server.requests[0].parameters
    assert sent["alpha"].double_param == 0.25
    assert sent["top_k"].int64_param == 9
    assert sent["read"].WhichOneof("parameter_choice") == "bool_param"
    assert not sent["read"].bool_param


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--alpha", "2"], "alpha is 2.0; expected"),
        (["--top-k", "0"], "top_k is 0; expected"),
        (["--top-k", "many"], "invalid int value"),
        (["--timeout-seconds", "0"], "timeout_s is 0.0; expected"),
        (["--timeout", "0"], "timeout_s is 0.0; expected"),  # the old spelling
        (["--url", "http://host:8001"], "expected HOST:PORT without a scheme"),
        (["--colour"], "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_2_and_says_what_was_expected(
    arguments: list[str], says: str, capsys: Captured
) -> None:
    assert exit_code(["classify", "screen.png", *arguments]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("json_lines", [[], ["--json"]])
@pytest.mark.parametrize("command", ["health", "classify"])
def test_no_server_is_3_and_one_line(
    command: str, json_lines: list[str], screens: list[str], capsys: Captured
) -> None:
    with served(StandIn()) as url:
        pass  # gone again
    files = screens if command == "classify" else []
    assert main([command, "--url", url, *json_lines, *files]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert url in err
    assert err.count("\n") == 1


def test_a_server_that_is_not_ready_is_3_and_is_sent_nothing(
    server: StandIn, url: str, screens: list[str], capsys: Captured
) -> None:
    server.model_ready = False
    assert main(["classify", "--url", url, *screens]) == 3
    assert "classify is not ready" in capsys.readouterr().err
    assert not server.requests
    assert main(["health", "--url", url, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["model_ready"] is False


def test_health_is_that_of_the_model_asked_about(url: str, capsys: Captured) -> None:
    assert main(["health", "--url", url, "--model", "read"]) == 0
    assert main(["health", "--url", url, "--model", "nobody"]) == 3
    capsys.readouterr()


def test_health_of_a_ready_server(url: str, capsys: Captured) -> None:
    assert main(["health", "--url", url]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert rows["url"] == url
    assert rows["server_version"] == "2.51.0"


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "classify screen.png"),
        (["classify"], "vislex-client classify samples/queries/ayh_amount/*.webp --top-k 10"),
        (["health"], "vislex-client health --url localhost:8001"),
    ],
)
def test_help_shows_examples_and_exit_codes(
    command: list[str], example: str, capsys: Captured
) -> None:
    assert exit_code([*command, "--help"]) == 0
    out = capsys.readouterr().out
    assert example in out
    assert "3  the server cannot be reached" in out


def test_the_module_runs_where_the_terminal_knows_only_ascii(url: str, tmp_path: Path) -> None:
    screen = tmp_path / "s.png"
    screen.write_bytes(IMAGE)
    done = subprocess.run(
        [sys.executable, "-m", "vislex_client", "classify", "--json", "--url", url, str(screen)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["label"] == "微信"


def test_columns_line_up_as_a_terminal_shows_them() -> None:
    assert table([("app", "score"), ("微信", "1"), ("cafe\u0301", "2"), ("a\tb\x1b", "3")]) == [
        "app   score",
        "微信  1",
        "cafe\u0301  2",
        "a\ufffdb\ufffd  3",
    ]


def test_read_and_embed_are_tables_or_json(url: str, screens: list[str], capsys: Captured) -> None:
    assert main(["read", "--url", url, screens[0]]) == 0
    assert [row.split() for row in capsys.readouterr().out.splitlines()] == [
        ["FILE", "X", "Y", "SCORE", "TEXT"],
        [screens[0], "10", "20", "0.990", "通讯录"],
    ]
    assert main(["read", "--json", "--url", url, screens[0]]) == 0
    (line,) = json.loads(capsys.readouterr().out)["lines"]
    assert (line["text"], line["quad"][1]) == ("通讯录", [110.5, 20])
    assert main(["embed", "--url", url, screens[0]]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [
        screens[0], "2", "0.6000", "0.8000", "...",
    ]  # fmt: skip
    assert main(["embed", "--json", "--url", url, screens[0]]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": screens[0], "embedding": [0.6, 0.8]}


def test_a_screen_without_text_is_said_to_have_none(
    server: StandIn, url: str, screens: list[str], capsys: Captured
) -> None:
    server.infer = lambda request, context: response({"LINES": texts("[]")})
    assert main(["read", "--url", url, screens[0]]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [screens[0], "(no", "text)"]


def test_text_that_was_not_read_is_said_to_be_there(
    server: StandIn, url: str, screens: list[str], capsys: Captured
) -> None:
    partial = {"LINES": texts("[]"), "READING": texts("partial")}
    server.infer = lambda request, context: response(partial)
    assert main(["read", "--url", url, screens[0]]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("(some text could not be read)")
    assert main(["read", "--json", "--url", url, screens[0]]) == 0
    assert json.loads(capsys.readouterr().out)["reading"] == "partial"


def test_galleries_are_shown_with_their_versions(url: str, capsys: Captured) -> None:
    assert main(["gallery", "--url", url]) == 0
    cells = [re.split("  +", row) for row in capsys.readouterr().out.splitlines()]
    assert [row[:3] for row in cells[1:]] == [
        ["apps (default)", "v000007", "live"],
        ["apps (default)", "v000006", "kept"],
        ["apps (default)", "v000008", "refused"],
    ]
    assert cells[1][3:] == ["176", "22", "2026-11-20T09:58:01+00:00"]
    assert cells[3][-1] == "GalleryCorrupt: a checksum"  # last, as it may be long
    assert main(["gallery", "apps", "--json", "--url", url]) == 0
    assert json.loads(capsys.readouterr().out)["galleries"][0]["loaded"][1]["images"] == 170


def test_address_and_token_come_from_the_environment_or_a_file(
    server: StandIn,
    url: str,
    screens: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VISLEX_URL", url)
    assert main(["classify", screens[0]]) == 0
    monkeypatch.setenv("VISLEX_TOKEN", "from-environment")
    assert main(["classify", screens[0]]) == 0
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert main(["classify", "--token-file", str(file), screens[0]]) == 0
    sent = [headers.get("authorization") for headers in server.headers]
    assert sent == [None, "Bearer from-environment", "Bearer from-file"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["classify", "--token-file", "none", "a.png"], "cannot read the token file 'none'"),
        (["classify", "--tls-cert", "none", "a.png"], "only one of cert and key"),
        (["classify", "--tls-ca", "none", "a.png"], "cannot read the file 'none' given as ca"),
        (["classify", "--concurrency", "0", "a.png"], "concurrency is 0; expected"),
        (["classify", "--attempts", "0", "a.png"], "attempts is 0; expected"),
        (["classify", "--gallery", "", "a.png"], "gallery is ''; expected"),
        (["watch", "--every-seconds", "0", "."], "every is 0.0; expected"),
        (["watch", "--count", "0", "."], "count is 0; expected"),
    ],
)
def test_more_wrong_usage_is_2(arguments: list[str], says: str, capsys: Captured) -> None:
    assert exit_code(arguments) == 2
    assert says in capsys.readouterr().err


def test_no_access_is_3_and_no_file_is_sent(
    server: StandIn, url: str, screens: list[str], capsys: Captured
) -> None:
    server.denied = True
    assert main(["classify", "--url", url, *screens]) == 3
    assert "no token" in capsys.readouterr().err
    assert not server.requests


def test_an_interrupt_is_130_and_cancels_what_is_under_way(
    server: StandIn, url: str, screens: list[str]
) -> None:
    arrived, cancelled = server.hold()
    asking = subprocess.Popen(
        [sys.executable, "-m", "vislex_client", "classify", "--url", url, *screens],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert arrived.wait(120)
        asking.send_signal(signal.SIGINT)
        assert cancelled.wait(120)
        out, err = asking.communicate(timeout=120)
        assert (asking.returncode, out, err) == (130, b"", b"vislex-client: interrupted\n")
    finally:
        asking.kill()
        asking.wait()
