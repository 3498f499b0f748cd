"""The HTML report: what it shows, and what it does not let in."""

import base64
import hashlib
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from index_builder.judged import Judged
from index_builder.markup import Markup, markup
from index_builder.metrics import per_class, summarise
from index_builder.report import write_report
from index_builder.thumbnails import MAX_HEIGHT_PX, WIDTH_PX, thumbnail
from vislex.classify import Candidate, Classification
from vislex.ocr.lines import Line
from vislex.openset import Decision

HOSTILE = '</script><img src=x onerror="alert(1)">'


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and its text outside styles and scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._raw = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.words.append(data)

    def cards(self) -> list[str]:
        """The class of every query's card, in order."""
        return [attrs["class"] or "" for tag, attrs in self.tags if tag == "article"]


def save_image(path: Path, size: tuple[int, int] = (90, 200), colour: str = "teal") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def report_of(
    run: Sequence[Judged], folder: Path, images: Path | None = None, facts: str = "sample"
) -> str:
    write_report(
        folder / "report.html",
        run,
        summarise(run, seconds=1.0),
        rows=per_class(run),
        queries=folder,
        images=images,
        facts={"Encoder": facts},
    )
    return (folder / "report.html").read_text(encoding="utf-8")


def line(text: str) -> Line:
    return Line(text, 0.9, ((0, 0), (9, 0), (9, 9), (0, 9)))


def answer(
    label: str,
    *candidates: Candidate,
    score: float = 0.8,
    decision: Decision = "known",
    reason: str = "as it stands",
    text: str = "余额 100",
) -> Classification:
    lines = (line(text),) if text else ()
    return Classification(label, score, decision, reason, candidates, lines, "v000001")


def test_report_shows_the_wrong_first_and_everything_inside_one_file(tmp_path: Path) -> None:
    save_image(tmp_path / "a/1.png")
    save_image(tmp_path / "gallery/a/x.jpg")
    best = Candidate("a/x.jpg", "a", 0.71, 0.42, 0.634)
    run = [
        Judged("a/1.png", "a", answer("a", best)),
        Judged("a/torn.png", "a", None, error="not an image"),
        Judged("a/2.png", "微信", answer("a", Candidate("a/gone.jpg", "a", 0.6, 0.5, 0.56))),
    ]
    page = report_of(run, tmp_path, images=tmp_path / "gallery")
    found = Elements(page)
    assert found.cards() == ["card wrong", "card failed", "card right"]
    sources = [attrs["src"] or "" for tag, attrs in found.tags if tag == "img"]
    assert len(sources) == 2  # the query and the best match that exist
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not [tag for tag, attrs in found.tags if tag == "link" or "href" in attrs]
    text = " ".join(found.words)
    for shown in ("微信 → a", "a/gone.jpg", "0.710", "0.420", "0.634", "余额 100", "as it stands"):
        assert shown in text


def test_report_escapes_whatever_a_query_or_gallery_says(tmp_path: Path) -> None:
    best = Candidate(HOSTILE, HOSTILE, 0.5, 0.5, 0.5)
    hostile = answer(HOSTILE, best, reason=HOSTILE, text=HOSTILE)
    run = [
        Judged(f"{HOSTILE}.png", HOSTILE, hostile, visual_label=HOSTILE, text_label=HOSTILE),
        Judged("torn.png", "b", hostile),
        Judged("torn.png", HOSTILE, None, error=HOSTILE),
    ]
    page = report_of(run, tmp_path, facts=HOSTILE)
    found = Elements(page)
    assert not [tag for tag, _ in found.tags if tag == "img"]
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not re.search(r"onerror=[\"']", page)
    assert " ".join(found.words).count(HOSTILE) > 10  # as text, for the reader to see


def test_report_lets_no_script_run_but_its_own(tmp_path: Path) -> None:
    page = report_of([Judged("1.png", "a", answer("a"))], tmp_path)
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [
        attrs["content"] or ""
        for tag, attrs in Elements(page).tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_report_takes_no_best_match_from_outside_the_gallery(tmp_path: Path) -> None:
    save_image(tmp_path / "secret.png")
    (tmp_path / "gallery").mkdir()
    run = [Judged("1.png", "a", answer("a", Candidate("../secret.png", "a", 0.6, 0.5, 0.56)))]
    page = report_of(run, tmp_path, images=tmp_path / "gallery")
    assert "data:image" not in page
    assert "../secret.png" in page


def test_report_filters_name_the_queries_they_show(tmp_path: Path) -> None:
    run = [
        Judged("1.png", "a", answer("a")),
        Judged("2.png", "b", answer("a")),
        Judged("3.png", "other", answer("a")),
        Judged("4.png", "a", answer("a", decision="other")),
    ]
    found = Elements(report_of(run, tmp_path))
    kinds = [(attrs["data-kinds"] or "").split() for tag, attrs in found.tags if tag == "article"]
    assert sorted(kinds) == [
        ["all", "right"],
        ["all", "wrong"],
        ["all", "wrong", "other"],
        ["all", "wrong", "other"],
    ]
    buttons = [attrs["data-kind"] for tag, attrs in found.tags if tag == "button"]
    assert buttons == ["all", "wrong", "other"]
    assert [
        word for word in found.words if re.fullmatch(r"(All|Wrong|Other|Failed) \d+", word)
    ] == [
        "All 4",
        "Wrong 3",
        "Other 2",
    ]


def test_markup_escapes_values_and_keeps_markup() -> None:
    bold = markup("<b>{name}</b>", name="<i> & \"'")
    assert bold == "<b>&lt;i&gt; &amp; &quot;&#x27;</b>"
    assert markup("<p>{inner}</p>", inner=bold) == f"<p>{bold}</p>"
    assert isinstance(Markup.join_all([bold, bold]), Markup)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK", "1"])
def test_thumbnails_fit_and_keep_their_shape(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("1.tiff" if mode == "CMYK" else "1.png")
    Image.new(mode, (1080, 2400)).save(path)
    source = thumbnail(path) or ""
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
        assert image.size == (WIDTH_PX, round(WIDTH_PX * 2400 / 1080))
    Image.new(mode, (100, 5000)).save(path)
    source = thumbnail(path) or ""
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
        assert image.height == MAX_HEIGHT_PX


def test_no_thumbnail_of_what_is_not_an_image(tmp_path: Path) -> None:
    torn = save_image(tmp_path / "torn.png", (300, 300))
    torn.write_bytes(torn.read_bytes()[:60])
    assert thumbnail(torn) is None
    assert thumbnail(tmp_path / "missing.png") is None
    assert thumbnail(tmp_path) is None
