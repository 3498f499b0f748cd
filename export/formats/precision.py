"""Half precision by types: the products of a tower in 16 bits, all else in float32.

The position block, every LayerNorm, the residual stream and the result stay float32 (see
`export.encoders.transformer`), so no engine needs precision flags, and none can put them in 16
bits.
"""

from typing import Any

import torch
from torch import nn

from vislex.errors import RepositoryError

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def cast_products(model: Any, dtype: torch.dtype) -> None:
    """Puts the weights of every matrix product, and the token table, in `dtype`, in place.

    Raises RepositoryError where a weight is beyond what `dtype` can hold.
    """
    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)) or name.endswith("token_embedding"):
            _cast(module, dtype)
        elif isinstance(module, nn.MultiheadAttention):
            _cast(module, dtype, recurse=False)
    broken = [name for name, weight in model.named_parameters() if not weight.isfinite().all()]
    if broken:
        raise RepositoryError(f"{dtype} cannot hold these weights: {', '.join(broken[:5])}")


def _cast(module: nn.Module, dtype: torch.dtype, recurse: bool = True) -> None:
    for weight in module.parameters(recurse=recurse):
        weight.data = weight.data.to(dtype)
