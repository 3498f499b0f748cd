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

from index_builder.evaluation.evaluate import Evaluation
from index_builder.evaluation.judged import Judged
from index_builder.evaluation.leave_out import LeaveClassOut, LeftOut
from index_builder.evaluation.metrics import summarise
from index_builder.evaluation.per_class import per_class
from index_builder.evaluation.variants import Comparison, Variant
from index_builder.html.markup import Markup, markup
from index_builder.html.thumbnails import MAX_HEIGHT_PX, WIDTH_PX, thumbnail
from index_builder.report.confusion import MAX_LABELS, confusion_tables
from index_builder.report.view import GalleryView
from index_builder.report.write import write_report
from tests.unit.index_builder.outcomes import answer, judged
from vislex.screens.classify import Candidate

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
    run: Sequence[Judged],
    folder: Path,
    gallery: GalleryView | None = None,
    facts: str = "sample",
    comparison: Comparison | None = None,
) -> str:
    write_report(
        folder / "report.html",
        Evaluation(
            folder, run, summarise(run, seconds=1.0), per_class(run), comparison or Comparison()
        ),
        gallery or GalleryView(()),
        {"Encoder": facts},
    )
    return (folder / "report.html").read_text(encoding="utf-8")


def variant(name: str, accuracy: float, auroc: float | None = None) -> Variant:
    return Variant(name, 0.6, 5, "both", False, accuracy, auroc, None, accuracy)


def test_report_shows_the_wrong_first_and_everything_inside_one_file(tmp_path: Path) -> None:
    save_image(tmp_path / "a/1.png")
    save_image(tmp_path / "gallery/a/x.jpg")
    best = Candidate("a/x.jpg", "a", 0.71, 0.42, 0.634)
    run = [
        Judged("a/1.png", "a", answer("a", best)),
        Judged("a/torn.png", "a", None, error="not an image"),
        Judged("a/2.png", "微信", answer("a", Candidate("a/gone.jpg", "a", 0.6, 0.5, 0.56))),
    ]
    page = report_of(run, tmp_path, GalleryView((), tmp_path / "gallery"))
    found = Elements(page)
    assert found.cards() == ["card wrong", "card failed", "card right"]
    sources = [attrs["src"] or "" for tag, attrs in found.tags if tag == "img"]
    assert len(sources) == 2  # the query and the best match that exist
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    links = [attrs["href"] or "" for _, attrs in found.tags if "href" in attrs]
    assert links == ["#query-1", "#query-2"]  # the rows of the bad cases, to their cards
    assert {attrs.get("id") for tag, attrs in found.tags if tag == "article"} == {
        f"query-{number}" for number in range(3)
    }
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
    gallery = GalleryView([HOSTILE], lines={HOSTILE: [HOSTILE]}, terms={HOSTILE: frozenset()})
    left_out = LeftOut(HOSTILE, 1, None, None, None, HOSTILE)
    compared = Comparison(
        (variant(HOSTILE, 0.5),),
        (variant(HOSTILE, 0.5),),
        (variant(HOSTILE, 0.5),),
        LeaveClassOut(0, 1, None, None, None, None, None, None, (left_out,)),
    )
    page = report_of(run, tmp_path, gallery, facts=HOSTILE, comparison=compared)
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
    page = report_of(run, tmp_path, GalleryView((), tmp_path / "gallery"))
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
    kinds = [
        (attrs["data-kinds"] or "").split() for _, attrs in found.tags if "data-kinds" in attrs
    ]
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


def test_report_marks_the_best_of_each_figure_of_an_ablation(tmp_path: Path) -> None:
    rows = (variant("visual only", 0.5), variant("text only", 0.9, 0.8), variant("fused", 0.9, 0.7))
    page = report_of([Judged("1.png", "a", answer("a"))], tmp_path, comparison=Comparison(rows))
    cells = re.findall('<td class="(best)?">(.*?)</td>', page)
    assert cells[:12] == [
        *(("", "50.0 %"), ("", "–"), ("", "–"), ("", "50.0 %")),
        *(("best", "90.0 %"), ("best", "0.800"), ("", "–"), ("best", "90.0 %")),
        *(("best", "90.0 %"), ("", "0.700"), ("", "–"), ("best", "90.0 %")),
    ]


def test_report_says_why_nothing_was_compared(tmp_path: Path) -> None:
    page = report_of([Judged("1.png", "a", answer("a"))], tmp_path)
    assert "Left out: comparing options needs what the models saw of each query" in page
    assert "Leave one class out" not in page


def test_report_draws_the_curves_it_has_data_for(tmp_path: Path) -> None:
    known = [judged("a", "a", confidence=0.9), judged("a", "b", confidence=0.4)]
    other = judged("other", "a", confidence=0.2)
    sweep = tuple(variant(f"alpha {n}", 0.5, 0.5) for n in range(3))
    for run, comparison, titles in (
        (known, Comparison(), ["Risk and coverage", "Reliability", "Confidence"]),
        (
            [*known, other],
            Comparison(sweep, sweep, sweep),
            ["Known against other", "Risk and coverage", "Reliability", "Confidence", "Alpha",
             "Top k"],
        ),
        ([Judged("torn.png", "a", None, error="torn")], Comparison(), []),
    ):  # fmt: skip
        page = report_of(run, tmp_path, comparison=comparison)
        assert re.findall("<figcaption><b>(.*?)</b>", page) == titles
        assert page.count("<svg") == len(titles)


def test_curves_take_the_colours_of_the_page_and_are_the_same_every_time(tmp_path: Path) -> None:
    run = [judged("a", "a", confidence=0.9), judged("other", "a", confidence=0.2)]
    page = report_of(run, tmp_path)
    drawn = "".join(re.findall("<svg.*?</svg>", page, re.DOTALL))
    assert "var(--tint)" in drawn
    assert "var(--ink)" in drawn
    assert not re.findall("#01010[0-9]|font-family|<style|<metadata", drawn)
    assert report_of(run, tmp_path) == page


def test_report_marks_the_words_that_differ(tmp_path: Path) -> None:
    best = Candidate("a/x.png", "a", 0.7, 0.4, 0.6)
    wrong = Judged("other/1.png", "other", answer("a", best, text="微信钱包 100"))
    gallery = GalleryView(
        ["a"], lines={"a/x.png": ["支付钱包"]}, terms={"a": frozenset({"支付", "付钱", "钱包"})}
    )
    page = report_of([wrong], tmp_path, gallery)
    assert "<span><mark>微信</mark>钱包 100</span>" in page
    assert "<span><mark>支付</mark>钱包</span>" in page
    unmarked = report_of([wrong], tmp_path)  # a gallery that is not at hand says nothing
    assert "<mark>" not in unmarked
    assert "微信钱包 100" in unmarked


def test_bad_cases_begin_with_the_surest_mistakes(tmp_path: Path) -> None:
    run = [
        Judged("right.png", "a", answer("a", confidence=1.0)),
        Judged("unsure.png", "b", answer("a", confidence=0.6)),
        Judged("torn.png", "b", None, error="torn"),
        Judged("sure.png", "b", answer("a", confidence=0.9)),
        Judged("turned_away.png", "a", answer("a", confidence=0.05, decision="other")),
    ]
    page = report_of(run, tmp_path)
    shown = re.findall('<p class="path">(.*?)</p>', page.partition("<h2>All queries")[0])
    assert shown == ["turned_away.png", "sure.png", "unsure.png", "torn.png"]


def test_confusion_matrix_counts_and_colours_by_the_share_of_the_truth() -> None:
    run = [judged("a", "a"), judged("a", "a"), judged("a", "b"), judged("other", "a")]
    table = confusion_tables(run, ["a", "b"])
    cells = re.findall('class="(hit|miss)" style="--share: ([0-9]+)%" title="(.*?)">(.*?)<', table)
    assert cells == [
        ("hit", "52", "a → a", "2"),  # 15 + 55 * 2 / 3
        ("miss", "33", "a → b", "1"),
        ("miss", "70", "other → a", "1"),
    ]


def test_a_large_confusion_matrix_shows_what_is_confused() -> None:
    labels = [f"app{number:03}" for number in range(MAX_LABELS)]
    run = [*(judged(label, label) for label in labels), judged("app007", "app030")]
    table = confusion_tables(run, labels)
    assert f"2 of {MAX_LABELS + 1} labels" in table
    assert re.findall("</i> (.*?)</th>", table) == ["app007", "app030"]


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


def test_it_says_on_which_scale_scores_are_fused(tmp_path: Path) -> None:
    page = report_of([judged("a", "a")], tmp_path)
    words = " ".join("".join(Elements(page).words).split())
    assert "put on the gallery's own scale before alpha weighs them" in words
