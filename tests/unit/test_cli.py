"""Every program at the command line: light help, versions, examples, errors and exit codes."""

import argparse
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import vislex_client
import vislex_client.cli
from vislex_client.arguments import arguments_parser

import export.__main__
import index_builder.__main__
import training.__main__
import vislex
import vislex.__main__
from loadtest import bench, gallery, gateway, gpu, load, ocr, soak
from samples import demo, generate
from tests.images import SAMPLES
from vislex.cli import Command, guard, run, with_commands
from vislex.errors import GalleryBusy, GalleryMissing, InvalidOption
from vislex.gallery.lock import locked

PROJECT = SAMPLES.parent
MODULES = {  # program -> what `python -m` runs
    "vislex": "vislex",
    "vislex-index": "index_builder",
    "vislex-export": "export",
    "vislex-client": "vislex_client",
    "python -m training": "training",
}
VERSIONS = dict.fromkeys(MODULES, vislex.__version__) | {"vislex-client": vislex_client.__version__}
TABLES = {
    program.PROG: program.COMMANDS
    for program in (vislex.__main__, index_builder.__main__, export.__main__, training.__main__)
}
CLIENT = ("classify", "embed", "read", "health", "gallery", "watch")
ALONE = (bench, gallery, gateway, gpu, load, ocr, soak, demo, generate)  # without commands
HEAVY = ("numpy", "faiss", "onnxruntime", "cv2", "grpc", "torch", "transformers", "PIL", "openvino")
# Otherwise argparse itself meets the pipe, and says nothing.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
Captured = pytest.CaptureFixture[str]


def scripts() -> dict[str, str]:
    """What both distributions install: program -> module:function."""
    files = (PROJECT / "pyproject.toml", PROJECT / "client" / "pyproject.toml")
    found: dict[str, str] = {}
    for file in files:
        found |= tomllib.loads(file.read_text(encoding="utf-8"))["project"]["scripts"]
    return found


def test_every_program_but_the_one_of_a_checkout_is_installed() -> None:
    assert [*scripts(), "python -m training"] == list(MODULES)


@pytest.mark.parametrize("program", scripts())
def test_a_script_is_the_module_that_python_runs(program: str) -> None:
    module, _, function = scripts()[program].partition(":")
    main = getattr(import_module(module), function)
    assert main is import_module(f"{MODULES[program]}.__main__").main


@pytest.mark.parametrize("flag", ["--help", "--version"])
@pytest.mark.parametrize("program", MODULES)
def test_help_and_version_import_no_heavy_package(program: str, flag: str) -> None:
    code = (
        "import sys\n"
        f"from {MODULES[program]}.__main__ import main\n"
        f"try: main([{flag!r}])\n"
        f"finally: print('heavy', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "heavy []"


@pytest.mark.parametrize("program", MODULES)
def test_the_version_is_the_distributions(program: str) -> None:
    done = python("-m", MODULES[program], "--version")
    assert done.stdout == f"{program} {VERSIONS[program]}\n"


def python(
    *words: str, stdout: int = subprocess.PIPE, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=PROJECT, stdout=stdout, stderr=subprocess.PIPE, text=True,
        check=False, env=env,
    )  # fmt: skip


def words_of_example(text: str, program: str) -> list[str]:
    """What follows the program's name in the last line; checks that the samples it names exist."""
    heading, line = text.rstrip().splitlines()[-2:]
    assert heading == "Example:"
    words, name = shlex.split(line), program.split()
    assert words[: len(name)] == name
    for word in words[len(name) :]:
        if word.startswith("samples"):
            assert list(PROJECT.glob(word)), f"{word} is not there"
    return words[len(name) :]


@pytest.mark.parametrize(
    ("program", "command"), [(prog, name) for prog, table in TABLES.items() for name in table]
)
def test_the_example_of_each_command_parses(program: str, command: str, capsys: Captured) -> None:
    parser = with_commands(program, None, TABLES[program], extra="export")
    with pytest.raises(SystemExit):
        parser([command]).parse_args([command, "--help"])
    words = words_of_example(capsys.readouterr().out, program)
    assert words[0] == command
    assert callable(parser(words).parse_args(words).run)


@pytest.mark.parametrize("command", CLIENT)
def test_the_example_of_each_command_of_the_client_parses(command: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        arguments_parser().parse_args([command, "--help"])
    words = words_of_example(capsys.readouterr().out, "vislex-client")
    assert words[0] == command
    assert callable(arguments_parser().parse_args(words).run)


@pytest.mark.parametrize("module", ALONE)
def test_the_examples_of_programs_without_commands_parse(module: object) -> None:
    parser = module._parser()  # type: ignore[attr-defined]
    name = module.__name__  # type: ignore[attr-defined]
    words = words_of_example(parser.format_help(), f"python -m {name}")
    parser.parse_known_args(words)  # `load` hands what it does not know on to Locust


PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    **{
        f"{prog} {name}": lambda prog=prog, name=name: command_parser(  # type: ignore[misc]
            with_commands(prog, None, TABLES[prog], extra="export")([name]), name
        )
        for prog, table in TABLES.items()
        for name in table
    },
    **{
        f"vislex-client {name}": lambda name=name: command_parser(arguments_parser(), name)  # type: ignore[misc]
        for name in CLIENT
    },
    **{module.__name__: module._parser for module in ALONE},
}


def command_parser(parser: argparse.ArgumentParser, name: str) -> argparse.ArgumentParser:
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    found: argparse.ArgumentParser = commands.choices[name]
    return found


def test_a_flag_is_the_same_in_every_program() -> None:
    told: dict[str, dict[str, str]] = {}  # flag -> what it takes -> a program
    for program, parser in PARSERS.items():
        for action in parser()._actions:
            if action.option_strings and action.help != argparse.SUPPRESS:
                flag, takes = action.option_strings[-1], str(action.metavar or "")
                told.setdefault(flag, {}).setdefault(takes, program)
                assert takes or action.type is not Path, f"{program} {flag}: a folder or a file?"
                if takes == "S":
                    assert flag.endswith("seconds"), f"{program} {flag}"
    differ = {flag: sorted(takes) for flag, takes in told.items() if len(takes) > 1}
    assert differ.pop("--gallery") == ["DIR", "NAME", "[NAME=]DIR"]  # on disk, served, both
    assert differ.pop("--out") == ["DIR", "FILE"]  # whatever the command writes
    for flag in ("--concurrency", "--lookup"):
        assert differ.pop(flag) == ["N", "N,N"]  # loadtest.bench measures several
    assert differ == {}


@pytest.mark.parametrize("word", ["-1", "nan", "inf", "soon"])
def test_a_time_is_a_number_of_seconds(word: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as refused:
        index_builder.__main__.main(["rollback", "--gallery", "g", f"--wait-seconds={word}"])
    assert refused.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("program", MODULES)
def test_a_reader_that_has_gone_is_no_error(program: str) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = python("-m", MODULES[program], "--help", stdout=write, env=BUFFERED)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("program", MODULES)
def test_wrong_usage_is_2(program: str) -> None:
    done = python("-m", MODULES[program], "--colour")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"{program}: error: ")


# A core, and the client's own copy of its behaviour: whatever the work does, the same comes out.
Case = Callable[[BaseException], int]


def fail_in_core(error: BaseException) -> int:
    def work() -> None:
        raise error

    return guard("vislex-client", work)


def fail_in_client(error: BaseException) -> int:
    def health(client: object, arguments: object) -> int:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vislex_client.commands, "health", health)
        return vislex_client.cli.main(["health"])


@pytest.mark.parametrize("fail", [fail_in_core, fail_in_client])
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (FileNotFoundError(2, "No such file", "a.png"), 1, "error: a.png: No such file"),
        (OSError("the disk is full"), 1, "error: the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_errors_are_one_line_and_a_code(
    fail: Case, error: BaseException, code: int, says: str, capsys: Captured
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "dup2", lambda *files: None)  # the output of the tests is still wanted
        assert fail(error) == code
    assert capsys.readouterr().err == (f"vislex-client: {says}\n" if says else "")


@pytest.mark.parametrize("fail", [fail_in_core, fail_in_client])
def test_a_bug_shows_its_traceback(fail: Case) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError())


@pytest.mark.parametrize(
    ("fail", "refused"),
    [(fail_in_core, InvalidOption), (fail_in_client, vislex_client.InvalidOption)],
)
def test_an_option_out_of_range_is_wrong_usage(
    fail: Case, refused: type[Exception], capsys: Captured
) -> None:
    assert fail(refused("alpha is 2; expected 0 to 1")) == 2
    assert capsys.readouterr().err == "vislex-client: error: alpha is 2; expected 0 to 1\n"


def test_advice_ends_the_messages_of_its_class_alone(capsys: Captured) -> None:
    advice = {GalleryBusy: "wait", KeyboardInterrupt: "nothing is lost"}
    for error in (GalleryBusy("busy"), GalleryMissing("missing"), KeyboardInterrupt()):
        guard("p", lambda error=error: fail_with(error), advice=advice)  # type: ignore[misc]
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["p: error: busy; wait", "p: error: missing", "p: interrupted; nothing is lost"]


def fail_with(error: BaseException) -> None:
    raise error


def test_a_gallery_that_is_being_written_names_the_flag_that_waits(
    tmp_path: Path, capsys: Captured
) -> None:
    with locked(tmp_path):
        code = index_builder.__main__.main(["gc", "--keep", "1", "--gallery", str(tmp_path)])
    err = capsys.readouterr().err
    assert code == 1 and err.count("\n") == 1
    assert err.startswith(f"vislex-index: error: gallery {tmp_path} is being written by pid")
    assert err.endswith("; waited 0 s; --wait-seconds S waits longer\n")


@pytest.mark.parametrize(
    ("program", "words", "name"),
    [
        ("vislex-index", ["rollback", "--gallery", "g", "--wait", "5"], "wait_seconds"),
        ("vislex-client", ["watch", "f", "--every", "5"], "every_seconds"),
        ("vislex-client", ["health", "--timeout", "5"], "timeout_seconds"),
    ],
)
def test_an_old_spelling_is_taken_and_not_shown(
    program: str, words: list[str], name: str, capsys: Captured
) -> None:
    def parser() -> argparse.ArgumentParser:
        if program == "vislex-client":
            return arguments_parser()
        return with_commands(program, None, TABLES[program], extra="")(words)

    assert getattr(parser().parse_args(words), name) == 5
    old = next(word for word in words[::-1] if word.startswith("--"))
    with pytest.raises(SystemExit):
        parser().parse_args([words[0], "--help"])
    shown = capsys.readouterr().out
    assert f"{old}-seconds" in shown
    assert f"{old} " not in shown


def test_a_package_that_is_missing_is_named_and_a_module_of_ours_is_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "toy_command.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    table = {"go": Command("toy_command", "", ""), "stay": Command("toy_absent", "", "")}
    make = with_commands("p", None, table, extra="server")
    assert run("p", make, ["go"]) == 1
    said = "p: error: go needs no_such_package (pip install 'vislex[server]')\n"
    assert capsys.readouterr().err == said
    with pytest.raises(ModuleNotFoundError, match="toy_absent"):
        run("p", make, ["stay"])
