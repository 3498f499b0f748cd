import csv
import datetime
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from index_builder.ingest.sources import Source, digest_of_listing, read_bytes, read_sources
from tests.web import Quiet, serving
from vislex.errors import InvalidInput
from vislex.rows import Remarks

ROWS = [
    {"path": "a/1.png", "label": "loan", "id": "one", "phone": "x"},
    {"path": "https://host/2.png", "label": "商城", "id": "", "phone": ""},
]


def written(folder: Path, suffix: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / f"images{suffix}"
    if suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        pyarrow = pytest.importorskip("pyarrow", reason="the `manifests` extra is not installed")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_every_kind_of_manifest_says_the_same(tmp_path: Path, suffix: str) -> None:
    found = list(read_sources(written(tmp_path, suffix, ROWS)))
    assert found == [
        Source("one", "loan", str(tmp_path / "a/1.png"), {"phone": "x"}),
        Source("https://host/2.png", "商城", "https://host/2.png", {}),
    ]


def test_columns_that_json_cannot_hold_are_kept_as_text(tmp_path: Path) -> None:
    day = datetime.date(2026, 11, 20)
    rows = [{"path": "a", "label": "b", "day": day, "share": float("nan"), "count": 3}]
    (found,) = read_sources(written(tmp_path, ".parquet", rows))
    assert found.metadata == {"day": "2026-11-20", "share": "nan", "count": 3}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"path": "a.png", "label": ""}], "line 1, column label: empty"),
        ([{"path": "", "label": ""}], "a value in path and in label"),
        ([{"file": "a.png"}], "a value in path"),
        ([{"path": "a", "label": "b"}, {"path": "a", "label": "c"}], "'a' comes twice"),
    ],
)
def test_rows_that_say_too_little_are_named(
    tmp_path: Path, rows: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        list(read_sources(written(tmp_path, ".jsonl", rows)))


def test_rows_that_cannot_be_used_hold_up_no_other(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"path,label\na.png,a, b\nb.png,b\nc.png,\n")
    remarks = Remarks()
    assert [one.id for one in read_sources(path, remarks)] == ["b.png"]
    assert [one.name for one in remarks.left_out] == ["m.csv line 2", "m.csv line 4, column label"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", "", "no row is there"),
        ("a.jsonl", "{", "line 1: no JSON"),
        ("a.jsonl", "[1]", r"expected \{"),
        ("a.txt", "", "neither a folder nor a manifest"),
    ],
)
def test_files_that_are_no_manifest_are_named(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=words):
        list(read_sources(tmp_path / name))


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no file"):
        list(read_sources(tmp_path / "none.csv"))


def test_a_listing_is_known_again_until_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"1")
    first = digest_of_listing(read_sources(tmp_path))
    assert first == digest_of_listing(read_sources(tmp_path))
    assert first[1] == 1
    (tmp_path / "a" / "1.png").write_bytes(b"12")
    assert digest_of_listing(read_sources(tmp_path))[0] != first[0]


def test_urls_are_opened_by_fsspec() -> None:
    fsspec = pytest.importorskip("fsspec", reason="the `manifests` extra is not installed")
    with fsspec.open("memory://bucket/1.png", "wb") as file:
        file.write(b"content")
    assert read_bytes("memory://bucket/1.png") == b"content"
    with pytest.raises(OSError, match="none"):
        read_bytes("memory://bucket/none.png")


class _OneImage(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/1.png": 200, "/torn.png": 500}.get(self.path, 404)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"content" if status == 200 else b"no")


@pytest.fixture
def shop() -> Iterator[str]:
    with serving(_OneImage) as url:
        yield url


def test_http_is_opened_too_and_its_refusals_are_of_one_image(shop: str) -> None:
    pytest.importorskip("aiohttp", reason="the `manifests` extra is not installed")
    assert read_bytes(f"{shop}/1.png") == b"content"
    for name in ("none.png", "torn.png"):  # one has a Python error of its own, the other aiohttp's
        with pytest.raises(OSError, match=name):
            read_bytes(f"{shop}/{name}")


def test_a_url_that_nothing_here_opens_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = pytest.importorskip("fsspec.registry")
    with pytest.raises(
        InvalidInput, match=r"nosuch://bucket/1\.png cannot be opened: Protocol not"
    ):
        read_bytes("nosuch://bucket/1.png")
    needs = {"class": "no_such_package.Shop", "err": "Install no_such_package to open shop://"}
    monkeypatch.setitem(registry.known_implementations, "shop", needs)
    with pytest.raises(InvalidInput, match=r"shop://1\.png cannot be opened: Install no_such_pack"):
        read_bytes("shop://1.png")
