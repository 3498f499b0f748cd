"""What screens are built of. Each block draws itself at height `y` (dp) and answers how tall it is.

A block's layout comes from `pen.shape`, its lasting texts and marks from `pen.words`, its data from
`pen.data`; how often it asks `shape` and `words` never depends on `data`.
"""

from collections.abc import Callable

from training.drawing.block_cards import article, chart, form, hero, promo
from training.drawing.block_lists import chat, feed, grid, rows, tiles
from training.drawing.block_media import board, player, streets
from training.drawing.pen import Pen

Block = Callable[[Pen, float], float]

BLOCKS: tuple[Block, ...] = (
    hero, rows, rows, feed, feed, grid, tiles, chat, chart, form, player, streets, promo, board,
    article,
)  # fmt: skip
