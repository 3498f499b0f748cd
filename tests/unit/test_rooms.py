"""Every import in the tree points the way that docs/architecture.md says."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.rooms import (
    PROJECT,
    Import,
    Summary,
    is_module,
    missing_imports,
    module_of,
    read_imports,
    read_order,
    room_of,
    rooms_of,
    summary,
    upward,
)
from vislex.contract.spec import ModelSpec

ORDER = read_order()
PACKAGES = ("vislex", "index_builder", "export", "training")
TABLES = ("vislex.contract.models", "vislex.serving.galleries")  # where pipelines are named
# Package -> those of the tree that it may import.
BELOW = {
    "vislex": set(),
    "client": set(),
    "export": {"vislex"},
    "index_builder": {"vislex", "vislex_client"},
}


def test_the_order_is_written_down_for_every_package() -> None:
    assert tuple(ORDER) == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down(package: str) -> None:
    wrong = [f"{i.module} imports {i.imported}: {why}" for i, why in upward(
        list(read_imports(package)), ORDER[package]
    )]  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_a_floor_and_every_floor_is_there(package: str) -> None:
    assert {room for floor in ORDER[package] for room in floor} == rooms_of(package)


@pytest.mark.parametrize("package", BELOW)
def test_a_package_imports_those_below_it(package: str) -> None:
    others = {"vislex", "vislex_client", *PACKAGES, "loadtest", "samples", "tests"}
    allowed = BELOW[package] | {package, "vislex_client" if package == "client" else package}
    for path in (PROJECT / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in others - allowed:
            lines = [f"from {name}", f"import {name}"]
            hits = [
                line for line in text.splitlines()
                if any(line.strip().startswith((start + ".", start + " ")) for start in lines)
            ]  # fmt: skip
            assert not hits, (str(path), hits)


def models_of_pipelines() -> dict[str, set[str]]:
    """Pipeline -> the names of its models; its contract has one with a canary."""
    found = {}
    for path in (PROJECT / "vislex" / "contract").glob("*.py"):
        module = import_module(f"vislex.contract.{path.stem}")
        models = [value for value in vars(module).values() if isinstance(value, ModelSpec)]
        if any(model.canary for model in models):
            found[path.stem] = {model.name for model in models}
    return found


def test_shared_rooms_know_no_pipeline() -> None:
    """Only a pipeline's own files, and two tables, import it or spell the names of its models."""
    pipelines = models_of_pipelines()
    assert {"classify", "match"} <= pipelines["screens"]
    known = []
    for name, models in pipelines.items():
        own = (f"vislex.{name}", f"vislex.contract.{name}", f"vislex.triton.{name}")
        known += [
            f"{each.module} imports {each.imported}" for each in read_imports("vislex")
            if each.imported.startswith(own)
            and not each.module.startswith(own) and each.module not in TABLES
        ]  # fmt: skip
        for path in (PROJECT / "vislex").rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            words = {node.value for node in nodes if isinstance(node, ast.Constant)}
            if not module_of(path, PROJECT).startswith(own):
                known += [f"{path.name} spells {model}" for model in models if model in words]
    assert not known, "\n".join(known)


def test_an_import_against_the_order_is_named() -> None:
    floors = [["errors"], ["ocr", "images"], ["screens"]]
    found = [
        Import("vislex.ocr.lines", "vislex.screens.gallery"),
        Import("vislex.images.decode", "vislex.ocr"),
        Import("vislex.screens.gallery", "vislex.ocr.lines"),
        Import("vislex.attic.old", "vislex.errors"),
    ]
    assert [why for _, why in upward(found, floors)] == [
        "ocr is not above screens",
        "images is not above ocr",
        "attic stands on no floor of docs/architecture.md",
    ]


def test_imports_inside_functions_and_of_modules_by_package_are_seen(tmp_path: Path) -> None:
    (tmp_path / "p/low").mkdir(parents=True)
    (tmp_path / "p/high").mkdir()
    for name in ("p", "p/low", "p/high"):
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "p/high/b.py").touch()
    (tmp_path / "p/low/a.py").write_text("def f():\n    from p.high import b\n    return b\n")
    found = set(read_imports("p", tmp_path))
    assert found == {Import("p.low.a", "p.high.b")}
    assert room_of("p.high.b") == "high"


def test_what_is_imported_is_there() -> None:
    """Adapters and backends are not type-checked, so an old path in one would fail a user."""
    files = [
        path for path in PROJECT.rglob("*.py")
        if path.relative_to(PROJECT).parts[0] not in {".venv", "build", "dist"}
        and "new_pipeline" not in path.parts  # is at home in a copy of the tree
    ]  # fmt: skip
    missing = [words for path in files for words in missing_imports(path)]
    assert not missing, "\n".join(missing)


def test_what_docs_name_is_there() -> None:
    """Modules by dotted name and files by path, in README and docs."""
    pages = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), PROJECT / "client/README.md"]
    roots = "|".join(PACKAGES)
    file = re.compile(rf"`((?:{roots}|loadtest|samples|tests|client)/[\w/.-]+)`")
    module = re.compile(rf"`((?:{roots})(?:\.\w+)+)`")
    wrong = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        wrong += [
            f"{page.name}: {path}"
            for path in file.findall(text)
            if "NAME" not in path and not (PROJECT / path).exists()
        ]
        wrong += [f"{page.name}: {name}" for name in module.findall(text) if not is_there(name)]
    assert not wrong, "\n".join(wrong)


def is_there(name: str) -> bool:
    """Whether a dotted name is a module, or a name inside of one."""
    if name.endswith(".svc"):  # a host in a cluster
        return True
    parents = [name.rsplit(".", up)[0] for up in range(3) if name.count(".") > up]
    return any(is_module(parent) for parent in parents)


def test_a_package_in_figures(tmp_path: Path) -> None:
    """d imports c; c and b import each other; b imports a: three levels, four links."""
    (tmp_path / "p").mkdir()
    for room, imported in (("a", ()), ("b", ("a", "c")), ("c", ("b",)), ("d", ("c",))):
        text = "".join(f"import p.{name}\n" for name in imported)
        (tmp_path / "p" / f"{room}.py").write_text(text)
    found = summary("p", [["a"], ["b"], ["c"], ["d"]], tmp_path)
    assert found == Summary("p", rooms=4, levels=3, links=4, circular=2, upward=1)
    assert summary("p", [["a"], ["x"], ["y"]], tmp_path).upward is None  # of another layout
