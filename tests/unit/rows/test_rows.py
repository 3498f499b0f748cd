"""One reader of rows: every encoding and kind of file, and what is said of what cannot be read."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from index_builder.ingest.sources import read_sources
from vislex.errors import InvalidInput
from vislex.rows import Column, Remarks, label, read_rows, text

COLUMNS = (Column("path", text), Column("label", label), Column("id", text, required=False))
CSV = "path,label,phone\r\n银行/0.png,银行,黑\r\n商城/0.png,商城,白\r\n"
ROWS = [("银行/0.png", "银行", "黑"), ("商城/0.png", "商城", "白")]


def read(path: Path, content: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """(path, label) of each row, and what was left out."""
    path.write_bytes(content)
    remarks = Remarks()
    rows = list(read_rows(path, COLUMNS, remarks))
    found = [(row.values["path"], row.values["label"]) for row in rows]
    return found, [str(one) for one in remarks.left_out]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gbk", "gb18030"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", "])
def test_a_table_is_read_as_a_spreadsheet_writes_it(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "M.CSV"
    path.write_bytes(CSV.replace(",", delimiter).encode(encoding))
    remarks = Remarks()
    rows = list(read_rows(path, COLUMNS, remarks))
    assert [(r.values["path"], r.values["label"], r.rest["phone"]) for r in rows] == ROWS
    assert [row.where for row in rows] == ["M.CSV line 2", "M.CSV line 3"]
    guessed = encoding in ("gbk", "gb18030")
    assert [note.endswith("read as GB18030 (GBK)") for note in remarks.notes] == [True] * guessed
    assert remarks.left_out == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_lines_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    lines = '{"path": "a", "label": "银行"}\r\n\r\n{"path": "b\u2028", "label": "x"}\r\n\n'
    found, left = read(tmp_path / "m.JSONL", lines.encode(encoding))
    assert (found, left) == ([("a", "银行"), ("b", "x")], [])  # U+2028 is no end of a line


def test_files_put_together_have_marks_between(tmp_path: Path) -> None:
    one = b'\xef\xbb\xbf{"path": "a", "label": "b"}\n'
    assert read(tmp_path / "m.jsonl", one + one) == ([("a", "b"), ("a", "b")], [])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"sep=;\r\npath;label\r\na;b\r\n", [("a", "b")]),
        (b"path,label,,\na,b,,\n,,,\n\nc,d\n", [("a", "b"), ("c", "d")]),
        (b"Path, LABEL \na,b\n", [("a", "b")]),
        (b'"path","label"\n"a, 1","b"\n', [("a, 1", "b")]),
        (b'path, label\na, "b \n"\n', [("a", "b")]),
        (b"path,label\ra,b\rc,d\r", [("a", "b"), ("c", "d")]),
        (b"\n\npath;label\na;b", [("a", "b")]),
        (b",,\npath,label,\na,b,", [("a", "b")]),
        (b",path,label\n0,a,b\n", [("a", "b")]),
        (b"path,label\na,0\n", [("a", "0")]),
        (b"path,label,note\na,b," + b"x" * 300_000 + b"\n", [("a", "b")]),
    ],
)
def test_tables_of_many_hands(tmp_path: Path, content: bytes, found: list[Any]) -> None:
    assert read(tmp_path / "m.csv", content) == (found, [])


@pytest.mark.parametrize(
    ("row", "left"),
    [
        (b"a,b,c, d", "m.csv line 2: 4 cells; expected 3 (path, label, id)"),
        (b"a", "m.csv line 2, column label: empty; expected a value in label"),
        (b",b", "m.csv line 2, column path: empty"),
        (b"a, ", "m.csv line 2, column label: empty"),
        (b"a,x\0y", r"column label: 'x\x00y' contains a NUL"),
        (b"a\0,x", r"column path: 'a\x00' contains a NUL"),
        (b"a,other", "column label: the label 'other'"),
        (b"a,caf\xe9", r"m.csv line 2, column label: 'caf\udce9', which is not whole characters"),
        (b'a,"b" c', "m.csv line 2: no row: "),
        (b'a,"b\nc"', r"m.csv lines 2 to 3, column label: the label 'b\nc' holds U+000A"),
        (b"a," + b"b" * 5000, "column label: 5000 characters; expected 4096 at most"),
        (b"a," + b"b" * 300, "300 characters; expected 255 at most"),
        (b"a," + b"b" * (1 << 24) + b"b", "m.csv line 2: no row: field larger than"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_named(
    tmp_path: Path, row: bytes, left: str
) -> None:
    content = b"path,label,id\n" + row + b"\ngood,one,\n"
    found, said = read(tmp_path / "m.csv", content)
    assert found == [("good", "one")]
    assert len(said) == 1
    assert left in said[0]


@pytest.mark.parametrize(
    ("row", "left"),
    [
        ("{", "m.jsonl line 1: no JSON"),
        ("[1]", "m.jsonl line 1: [1]; expected {...}"),
        ("[" * 100_000, "m.jsonl line 1: no JSON"),
        ('{"path": "a"}', "m.jsonl line 1: no label; expected a value in label"),
        ('{"path": "a", "lable": "b"}', "m.jsonl line 1: no label; it has 'lable'; expected"),
        ('{"file": "a", "lable": "b"}', "no path and no label; it has 'file', 'lable'; expected"),
        ('{"path": "a", "label": null}', "column label: empty"),
        ('{"path": "a", "label": NaN}', "column label: empty"),
        (
            '{"path": "a", "label": true}',
            "column label: True is not text; expected text or a whole",
        ),
        ('{"path": "a", "label": 1.5}', "column label: 1.5 is not text"),
        ('{"path": "a", "label": ["b"]}', "column label: ['b'] is not text"),
        ('{"path": {}, "label": "b"}', "column path: {} is not text"),
        ('{"path": "a", "label": "b\\ud83d"}', r"column label: 'b\ud83d', which is not whole"),
        ('{"path": "a\\udc00", "label": "b"}', "column path"),
        ('{"path": "a", "label": "b", "note": "\\ud83d"}', "column note"),
        ('{"path": "a", "label": "b", "\\ud83d": 1}', r"column \ud83d"),
        ('{"path": "a", "label": "b", "label": "c"}', "has a name twice"),
        ('{"path": "a", "Label": "b", "label": "c"}', "column label: comes twice"),
        ('{"path": "a", "label": 1' + "0" * 5000 + "}", "no JSON"),
    ],
)
def test_an_object_that_cannot_be_used_is_left_out_and_named(
    tmp_path: Path, row: str, left: str
) -> None:
    good = '{"path": "good", "label": "one"}'
    found, said = read(tmp_path / "m.jsonl", f"{row}\n{good}\n".encode())
    assert found == [("good", "one")]
    assert len(said) == 1
    assert left in said[0]


@pytest.mark.parametrize(("label", "name"), [(0, "0"), (1, "1"), (-3, "-3"), ("0", "0")])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_whole_numbers_are_names_too(tmp_path: Path, suffix: str, label: Any, name: str) -> None:
    path = tmp_path / f"m{suffix}"
    if suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow", reason="the `manifests` extra is not installed")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"path": [7], "label": [label]}), path)
        content = path.read_bytes()
    else:
        content = json.dumps({"path": 7, "label": label}).encode()
    assert read(path, content) == ([("7", name)], [])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.csv", b"", "no row is there; expected rows of path and label"),
        ("m.csv", b"path,label\n", "no row is there"),
        ("m.csv", b"a.png,bank\nb.png,bank\n", "no column path and no column label; found 'a.png'"),
        ("m.csv", b"path,name\na,b\n", "no column label; found 'path', 'name'"),
        ("m.csv", b"path,label,Label\na,b,c\n", "several columns Label, label"),
        ("m.csv", b'path,label\na,"b\nc,d\ne,f\n', "line 2: a quote is opened and never closed"),
        ("m.csv", b"path,label\n,\xff\n", "the first, m.csv line 2"),
        ("m.csv", "path,label\na,b\n".encode("utf-16")[:-1], "cannot be read as utf-16"),
        ("m.csv", "path,label\na,銀行臺灣\n".encode("big5"), "UTF-8, UTF-16, UTF-32 or GB18030"),
        ("m.csv", b"PK\x03\x04\x14\nan archive\n", "no column path"),
        ("m.jsonl", b"", "no row is there"),
        ("m.jsonl", b"\n\n", "no row is there"),
        ("m.jsonl", b"{", "the first, m.jsonl line 1: no JSON"),
        ("m.parquet", b"no such thing", "cannot be read as Parquet"),
        ("m.xlsx", b"PK", "is not a supported kind of file"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow", reason="the `manifests` extra is not installed")
    with pytest.raises(InvalidInput, match=words):
        read(tmp_path / name, content)


def test_a_western_file_is_not_taken_for_a_chinese_one(tmp_path: Path) -> None:
    """Any two bytes may be a Chinese character: é and t of Latin 1 are 閠."""
    content = "path,label\ncafé.png,cafétéria\nb.png,bar\n".encode("latin-1")
    found, left = read(tmp_path / "m.csv", content)
    assert found == [("b.png", "bar")]
    assert [one.partition(":")[0] for one in left] == ["m.csv line 2, column path"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_whatever_the_bytes_are_rows_come_or_a_refusal(tmp_path: Path, suffix: str) -> None:
    """Good files with bytes changed, cut and put in; what is read can be written as UTF-8."""
    chance = random.Random(suffix)
    path = tmp_path / f"m{suffix}"
    whole = [CSV.encode(one) for one in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gbk")]
    if suffix == ".jsonl":
        row = json.dumps({"path": "a", "label": 1, "n": [1.5, None, "\ud83d"]})
        whole = [f"{row}\r\n{row}".encode(one) for one in ("utf-8", "utf-16", "utf-32")]
    elif suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow", reason="the `manifests` extra is not installed")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"path": ["a", None], "label": [b"b", b"\xff"]}), path)
        whole = [path.read_bytes()]
    read_some = 0
    for _ in range(400):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(data))
            piece = bytes(chance.choice(b'\0\n\r",;\t\\{}[]\xff\xfe\xef\xbb') for _ in range(2))
            data[place : place + chance.randrange(3)] = piece[: chance.randrange(3)]
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        try:
            for one in read_sources(path):
                json.dumps([one.id, one.label, one.metadata], ensure_ascii=False).encode()
                read_some += 1
        except InvalidInput as error:
            assert path.name in str(error)
    assert read_some or suffix == ".parquet"
