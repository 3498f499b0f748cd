"""vislex: which known screen does a screenshot show, or none of them?

The core every other folder calls. `contract`, `errors` and `config` stand at the bottom; `image`,
`siglip`, `ocr`, `gallery`, `fusion` and `openset` build on them; `classify` is the whole request.
"""

__version__ = "0.1.0"
