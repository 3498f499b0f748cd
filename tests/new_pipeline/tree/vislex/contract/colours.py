"""Tensors, options and models of the pipeline that says which colour an image has on average."""

from vislex.contract.images import IMAGE
from vislex.contract.spec import ModelSpec, OptionSpec, TensorSpec

COLOUR = TensorSpec("COLOUR", "float32", (3,))  # red, green, blue

SCALE_OPTION = OptionSpec("scale", "byte", "byte or unit", choices=("byte", "unit"))

AVERAGE = ModelSpec("average", (IMAGE,), (COLOUR,), (SCALE_OPTION,), notes=True)
MEAN_COLOUR = ModelSpec(
    "mean_colour", (IMAGE,), (COLOUR,), (SCALE_OPTION,), public=True, canary=True
)

COLOUR_MODELS = (AVERAGE, MEAN_COLOUR)
