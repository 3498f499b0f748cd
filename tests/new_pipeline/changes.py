"""What a new pipeline changes in files that are there, as steps of CONTRIBUTING number them.

The new files lie in `tree/`, each at its place.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """In `file`, which has `old` once, it becomes `new`."""

    step: int
    file: str
    old: str
    new: str

    def apply(self, tree: Path) -> None:
        path = tree / self.file
        text = path.read_text(encoding="utf-8")
        assert text.count(self.old) == 1, (self.file, self.old)
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


def above(step: int, file: str, line: str, new: str) -> Change:
    """`new` goes above `line`."""
    return Change(step, file, line, new + line)


CLIENT = "client/vislex_client/"
CHANGES = (
    above(
        1, "vislex/contract/models.py",
        "from vislex.contract.galleries import GALLERY\n",
        "from vislex.contract.colours import COLOUR_MODELS\n",
    ),
    Change(
        1, "vislex/contract/models.py",
        "*SCREEN_MODELS)", "*SCREEN_MODELS, *COLOUR_MODELS)",
    ),
    Change(2, "docs/architecture.md", "        live screens\n", "        live screens colours\n"),
    above(
        5, f"{CLIENT}tensors.py", 'EMBED = "embed"',
        'MEAN_COLOUR = "mean_colour"  # IMAGE -> COLOUR\n'
        'COLOUR = "COLOUR"  # (1, 3) float32: red, green, blue\n'
        'SCALE = "scale"  # string parameter, one of SCALES\n'
        'SCALES = ("byte", "unit")\n',
    ),
    above(
        5, f"{CLIENT}results.py", "@dataclass(frozen=True)\nclass Health(",
        "@dataclass(frozen=True)\nclass Colour(_Record):\n"
        '    """A mean colour, each part from 0 to 255, or from 0 to 1."""\n\n'
        "    red: float\n    green: float\n    blue: float\n\n\n",
    ),
    above(
        5, f"{CLIENT}answer.py", "def galleries(",
        "def colour(output: Output) -> Colour:\n"
        "    numbers = _numbers(output, tensors.COLOUR)\n"
        "    if len(numbers) != 3:\n"
        '        raise _unfit(tensors.COLOUR, f"has {len(numbers)} elements", "3")\n'
        "    return Colour(*numbers)\n\n\n",
    ),
    above(5, f"{CLIENT}answer.py", "    Galleries,\n", "    Colour,\n"),
    above(
        5, f"{CLIENT}asks.py", "def embed(",
        "def mean_colour(image: Image, scale: str | None = None, **chosen: Any) -> Ask[Colour]:\n"
        "    parameters: options.Parameters = {}\n"
        "    if scale is not None:\n"
        "        parameters[tensors.SCALE] = options.word(tensors.SCALE, scale)\n"
        "    model, call = tensors.MEAN_COLOUR, _call(**chosen)\n"
        "    return _infer(model, _image(image), parameters, answer.colour, call)\n\n\n",
    ),
    Change(5, f"{CLIENT}asks.py", "import Classification, ", "import Classification, Colour, "),
    above(
        5, f"{CLIENT}client.py", "    def embed(",
        "    def mean_colour(\n"
        "        self, image: Image, scale: str | None = None, **chosen: Unpack[CallOptions]\n"
        "    ) -> Colour:\n"
        '        """The image\'s mean colour; `scale` is "byte" or "unit"."""\n'
        "        return self._ask(asks.mean_colour(image, scale, **chosen), self._scope)\n\n",
    ),
    Change(5, f"{CLIENT}client.py", "import Classification, ", "import Classification, Colour, "),
    above(
        5, f"{CLIENT}aio.py", "    async def embed(",
        "    async def mean_colour(\n"
        "        self, image: Image, scale: str | None = None, **chosen: Unpack[CallOptions]\n"
        "    ) -> Colour:\n"
        '        """As `Client.mean_colour`."""\n'
        "        ask = partial(asks.mean_colour, image, scale, **chosen)\n"
        "        return await self._ask(await asyncio.to_thread(ask))\n\n",
    ),
    Change(5, f"{CLIENT}aio.py", "import Classification, ", "import Classification, Colour, "),
    above(
        5, f"{CLIENT}commands.py", "def embed(",
        "def mean_colour(client: Client, arguments: argparse.Namespace) -> int:\n"
        '    """Prints the mean colour of each file."""\n'
        "    ask = partial(client.mean_colour, scale=arguments.scale)\n"
        "    return _files(client, arguments, tensors.MEAN_COLOUR, ask, show.COLOUR)\n\n\n",
    ),
    above(
        5, f"{CLIENT}arguments.py", "    add(commands.embed,",
        '    words, example = "the mean colours of image files", "--scale unit screen.png"\n'
        "    colours = add(commands.mean_colour, words, example, files)\n"
        '    colours.add_argument("--scale", choices=SCALES, help="0 to 255, or 0 to 1")\n',
    ),
    Change(5, f"{CLIENT}arguments.py", "CLASSIFY, RANKINGS", "CLASSIFY, RANKINGS, SCALES"),
    above(
        5, f"{CLIENT}show.py", 'EMBED = ("FILE"', 'COLOUR = ("FILE", "RED", "GREEN", "BLUE")\n',
    ),
    above(
        5, f"{CLIENT}show.py", '    first = " ".join(',
        "    if isinstance(result, Colour):\n"
        '        return [(file, *(f"{v:g}" for v in (result.red, result.green, result.blue)))]\n',
    ),
    Change(5, f"{CLIENT}show.py", "import Classification, ", "import Classification, Colour, "),
    above(
        6, "tests/unit/test_contract_client.py", "    gallery = (tensors.GALLERIES,",
        "    colours = (tensors.MEAN_COLOUR, {tensors.IMAGE}, {tensors.COLOUR})\n"
        "    assert names(MEAN_COLOUR) == colours\n"
        "    assert SCALE_OPTION.name == tensors.SCALE\n"
        "    assert SCALE_OPTION.choices == tensors.SCALES\n",
    ),
    above(
        6, "tests/unit/test_contract_client.py", "from vislex.contract.spec import ModelSpec\n",
        "from vislex.contract.colours import MEAN_COLOUR, SCALE_OPTION\n",
    ),
    above(
        7, "docs/architecture.md", "      screens/       the pipeline:",
        "      colours/       the pipeline: which colour has an image on average?\n",
    ),
)  # fmt: skip
