"""The rooms of the tree and the imports between them: `python -m tests.rooms [ROOT]`.

A room is what `ls` shows of a package: a folder, or a module beside the folders. The order of the
rooms, lowest first, is written down once, in docs/architecture.md; a room imports from lower ones.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[1]
_HEADING, _INDENT = "## The order of imports", "    "


@dataclass(frozen=True)
class Import:
    """One module that imports another of the tree; names with dots, as Python has them."""

    module: str
    imported: str


@dataclass(frozen=True)
class Summary:
    """A package as a table shows it."""

    package: str
    rooms: int  # what `ls` shows of it
    levels: int  # of the longest way down
    links: int  # pairs of rooms of which one imports the other
    circular: int  # rooms that import each other in a circle
    upward: int | None  # imports against the order; None where the order is of another layout


def read_order(page: Path = PROJECT / "docs" / "architecture.md") -> dict[str, list[list[str]]]:
    """Package -> its floors, lowest first; rooms on one floor do not import each other."""
    block = page.read_text(encoding="utf-8").partition(_HEADING)[2].partition("\n## ")[0]
    lines = [line for line in block.splitlines() if line.startswith(_INDENT)]
    floors: dict[str, list[list[str]]] = {}
    for line in lines:
        name, *rooms = line.split()
        if line.startswith(2 * _INDENT):
            floors[list(floors)[-1]].append([name, *rooms])
        else:
            floors[name] = []
    return floors


def read_imports(package: str, root: Path = PROJECT) -> Iterator[Import]:
    """Every import in the modules of a package of a module of that package, inside functions too.

    Triton's backends are left out: each is a file called `model` that Triton loads by itself.
    """
    paths = [p for p in sorted((root / package).rglob("*.py")) if "backends" not in p.parts]
    names = {module_of(path, root): path for path in paths}
    for name, path in names.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for imported in _named(node, names):
                if imported in names and imported != name:
                    yield Import(name, imported)


def module_of(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """`vislex.ocr.crop` -> `ocr`; "" for the package itself."""
    return [*module.split("."), ""][1]


def upward(
    imports: Iterator[Import] | list[Import], floors: list[list[str]]
) -> Iterator[tuple[Import, str]]:
    """The imports against the order, each with what is wrong; a room without a floor is one."""
    floor = {room: number for number, rooms in enumerate(floors) for room in rooms}
    for each in imports:
        above, below = room_of(each.module), room_of(each.imported)
        if above == below or not above or not below:
            continue
        if above not in floor or below not in floor:
            missing = above if above not in floor else below
            yield each, f"{missing} stands on no floor of docs/architecture.md"
        elif floor[above] <= floor[below]:
            yield each, f"{above} is not above {below}"


def rooms_of(package: str, root: Path = PROJECT) -> set[str]:
    """What `ls` shows of the code of a package: its folders, and the modules beside them."""
    there = (root / package).glob("*")
    return {path.stem for path in there if path.suffix == ".py" or (path / "__init__.py").is_file()
            } - {"__init__"}  # fmt: skip


def summary(package: str, floors: list[list[str]], root: Path = PROJECT) -> Summary:
    """The order is that of another layout, and nothing upward, where it lacks most of the rooms."""
    imports = sorted(set(read_imports(package, root)), key=lambda i: (i.module, i.imported))
    links: dict[str, set[str]] = {}
    for each in imports:
        above, below = room_of(each.module), room_of(each.imported)
        if above != below and above and below:
            links.setdefault(above, set()).add(below)
    count = sum(len(below) for below in links.values())
    rooms = rooms_of(package, root)
    known = rooms & {room for floor in floors for room in floor}
    wrong = sum(1 for _ in upward(imports, floors)) if 2 * len(known) >= len(rooms) else None
    circles = _circles(links)
    circular = sum(1 for circle in circles.values() if len(circle) > 1)
    return Summary(package, len(rooms), _levels(links, circles), count, circular, wrong)


def _circles(links: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """Room -> itself and the rooms that it imports and that import it, directly or not."""
    below = {room: _reached(room, links) for room in links}
    return {
        room: frozenset({room, *(r for r in rooms if room in below.get(r, ()))})
        for room, rooms in below.items()
    }


def _levels(links: Mapping[str, set[str]], circles: Mapping[str, frozenset[str]]) -> int:
    """Rooms on the longest way down; those of a circle count as one."""

    @cache
    def depth(circle: frozenset[str]) -> int:
        below = {room for each in circle for room in links.get(each, ())} - circle
        return 1 + max((depth(circles.get(r, frozenset({r}))) for r in below), default=0)

    return max(map(depth, circles.values()), default=1)


def _reached(room: str, links: Mapping[str, set[str]]) -> set[str]:
    """Every room that `room` imports, itself or through others."""
    reached: set[str] = set()
    left = [room]
    while left:
        new = links.get(left.pop(), set()) - reached
        reached |= new
        left += new
    return reached


def _named(node: ast.AST, names: Mapping[str, Path]) -> list[str]:
    """The modules that an import statement names; a name in a package may be one, too."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name if name in names else node.module for name in inner]
    return []


def is_module(name: str, root: Path = PROJECT) -> bool:
    path = root / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def missing_imports(path: Path, root: Path = PROJECT) -> Iterator[str]:
    """Imports of our own modules in a file that name what is not there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
            continue
        if not (root / node.module.partition(".")[0]).is_dir():
            continue  # a library
        where = f"{path.relative_to(root)}:{node.lineno}"
        if not is_module(node.module, root):
            yield f"{where} imports from {node.module}, which is not there"
            continue
        names = _defined(node.module, root)
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if alias.name not in names and not is_module(inner, root):
                yield f"{where} imports {inner}, which is not there"


@cache
def _defined(module: str, root: Path) -> frozenset[str]:
    """The names that a module defines or imports, at its top or below a condition there."""
    path = root / module.replace(".", "/")
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return frozenset(names)


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT
    columns = ("package", "rooms", "levels", "links", "in circles", "upward")
    print(f"| {' | '.join(columns)} |\n|---|{'---:|' * (len(columns) - 1)}")
    for package, floors in read_order().items():
        if not (root / package).is_dir():
            continue  # of a layout that had it not
        row = summary(package, floors, root)
        wrong = "-" if row.upward is None else row.upward
        numbers = (row.rooms, row.levels, row.links, row.circular, wrong)
        print(f"| `{row.package}` | {' | '.join(map(str, numbers))} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
