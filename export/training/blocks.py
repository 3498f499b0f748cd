"""What screens are built of. Each block draws itself at height `y` (dp) and answers how tall it is.

A block's layout comes from `pen.shape`, its lasting texts and marks from `pen.words`, its data from
`pen.data`; how often it asks `shape` and `words` never depends on `data`.
"""

from collections.abc import Callable

from export.training.block_cards import article, chart, form, hero, promo
from export.training.block_lists import chat, feed, grid, rows, tiles
from export.training.block_media import board, player, streets
from export.training.pen import Pen

Block = Callable[[Pen, float], float]

BLOCKS: tuple[Block, ...] = (
    hero, rows, rows, feed, feed, grid, tiles, chat, chart, form, player, streets, promo, board,
    article,
)  # fmt: skip
