"""vislex: which known screen does a screenshot show, or none of them?

The core every other folder calls, from the bottom: `errors`, `cli`, `config`, `timing`, `calls` and
`contract`; `infer` runs models; `ocr`, `images`, `gallery` and `text` know no pipeline; `screens`
is the pipeline, `screens.classify` the whole request. `live`, `triton`, `gateway` and `serving`
make it a server.
"""

__version__ = "0.1.0"
