"""Tensors, options and models that every pipeline with versioned galleries shares."""

from dataclasses import replace

from vislex.contract.spec import ModelSpec, OptionSpec, TensorSpec

GALLERY_VERSION = TensorSpec("GALLERY_VERSION", "bytes", (1,))
GALLERY_NAME = TensorSpec("GALLERY", "bytes", (1,))  # of a named gallery, or empty for all
GALLERY_STATUS = TensorSpec("STATUS", "bytes", (1,))  # JSON, see vislex.live.snapshot

# "": the server's first gallery. Which names there are is the server's to say.
GALLERY_OPTION = OptionSpec("gallery", "", "the name of a gallery", pattern=r"[\s\S]*")
# "": the live version, else one that is still loaded.
GALLERY_VERSION_OPTION = OptionSpec(
    "gallery_version", "", "a version such as v000007", pattern="v[0-9]{6,}"
)

GALLERY = ModelSpec("gallery", (GALLERY_NAME,), (GALLERY_STATUS,), public=True)


def status_of(holder: ModelSpec) -> ModelSpec:
    """`holder`, a model with galleries, as it is asked for their status and nothing else."""
    return replace(holder, outputs=(GALLERY_STATUS,), options=())
