"""Screens and galleries written by hand: lines of text, embeddings of one's own choosing."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.index import flat_index
from vislex.gallery.items import Item, Items
from vislex.gallery.recipe import Recipe
from vislex.ocr.lines import Line
from vislex.screens.calibration import uncalibrated
from vislex.screens.classify import Classification, match
from vislex.screens.gallery import Gallery, assemble
from vislex.screens.options import DEFAULT_OPTIONS, Options
from vislex.text.units import ScreenText, screen_text

DIM = 16
Texts = Sequence[str]


def lines_of(texts: Texts) -> tuple[Line, ...]:
    """Lines one below the other, 40 px apart."""
    return tuple(
        Line(text, 0.99, ((0, y), (200, y), (200, y + 20), (0, y + 20)))
        for y, text in zip(range(0, 40 * len(texts), 40), texts, strict=True)
    )


def text_of(texts: Texts) -> ScreenText:
    return screen_text(lines_of(texts))


def direction(number: int, wobble: float = 0.0, seed: int = 0) -> NDArray[np.float32]:
    """A unit vector for label `number`, moved a little for one of its images."""
    vector = np.random.default_rng(1000 + number).normal(size=DIM)
    vector += wobble * np.random.default_rng(seed).normal(size=DIM)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def gallery_of(
    labels: Mapping[str, Sequence[Texts]],
    vectors: Mapping[str, NDArray[np.float32]] | None = None,
    order: Sequence[int] | None = None,
) -> Gallery:
    """An uncalibrated gallery; `vectors` (n, DIM) per label, `order` permutes the images."""
    items, rows = [], []
    for number, (label, screens) in enumerate(sorted(labels.items())):
        for i, texts in enumerate(screens):
            items.append(Item.of(f"{label}/{i:02}.png", label, lines_of(texts)))
            own = vectors[label][i] if vectors else direction(number, 0.2, 31 * number + i)
            rows.append(own)
    places = list(range(len(items))) if order is None else list(order)
    index = flat_index(np.stack([rows[i] for i in places]))
    recipe = Recipe("e", DIM, 256, "r", 960)
    return assemble("v000001", Items.of(items[i] for i in places), index, uncalibrated(), recipe)


def ask(
    gallery: Gallery, texts: Texts, vector: NDArray[np.float32], options: Options = DEFAULT_OPTIONS
) -> Classification:
    return match(vector[np.newaxis], [lines_of(texts)], [options], gallery)[0]


def bank(brand: str, *more: str) -> list[str]:
    """A loan page of one brand: what all such apps say, and where the brand stands."""
    return [
        f"{brand}借款", "可用额度（元）", "12,000.00", "年化利率7.2%", "立即借款", "还款计划",
        "借款记录", f"关于{brand}", f"{brand}将严格保护您的信息", *more,
    ]  # fmt: skip


def shop(brand: str, *more: str) -> list[str]:
    """A page in English, of one brand."""
    return [
        f"{brand} Wallet", "Available balance", "$ 120.00", "Send money", "Recent activity",
        "Help centre", f"About {brand}", f"Terms of {brand}", *more,
    ]  # fmt: skip


BRANDS = ("海棠银行", "鹭栖借", "砚田金服", "芦笙生活", "澜溪小贷", "拾栗钱包")
CITIES = (
    "青屿市云溪区",
    "柏川市月桥区",
    "澄山市禾岚区",
    "望汐市竹里区",
    "锦平市萧兰区",
    "荻浦市沙鸥区",
)
EXTRAS = (
    ("提额进行中", "去看看"), ("邀请好友", "优惠券"), ("公积金额度", "提前还款"),
    ("账单分期", "自动扣款"), ("零钱通", "余额宝"), ("商城", "会员中心"),
)  # fmt: skip


def loan_screens(count: int = 6) -> dict[str, list[list[str]]]:
    """Six brands whose pages differ in the brand and two lines; each image has its own city."""
    return {
        f"label{i}": [bank(brand, *extras, CITIES[(i + j) % 6]) for j in range(count)]
        for i, (brand, extras) in enumerate(zip(BRANDS, EXTRAS, strict=True))
    }
