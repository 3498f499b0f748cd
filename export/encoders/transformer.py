"""The SigLIP encoder written out in operations that every exporter and runtime knows.

It reads the weights of transformers' own modules (`layers[i].self_attn.q_proj`, ...), which are
named alike in SigLIP, SigLIP2 and both their towers. Matrix products run in the dtype of their
weights; the residual stream, every LayerNorm and the result stay float32, so a half-precision
export cannot overflow where activations add up. Shapes: b images or texts, n tokens, d channels.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

# Added to the score of a token that must not be seen. It vanishes in a float32 softmax (e^-30000
# is 0) and, unlike float32's minimum, is a number in float16.
MASKED = -30000.0


def additive_mask(seen: Tensor) -> Tensor:  # (b, n), 1 where seen -> (b, 1, 1, n) float32
    """0 for a token that is seen, MASKED for one that is not."""
    return ((1.0 - seen.to(torch.float32)) * MASKED)[:, None, None, :]


def encode(layers: Iterable[Any], hidden: Tensor, mask: Tensor | None) -> Tensor:
    """(b, n, d) float32 through every pre-norm layer."""
    for layer in layers:
        hidden = hidden + _attend(layer.self_attn, layer.layer_norm1(hidden), mask)
        hidden = hidden + _mlp(layer.mlp, layer.layer_norm2(hidden))
    return hidden


def probe_query(head: Any) -> Tensor:
    """The pooling head's only query, (heads, 1, d / heads): it depends on weights alone.

    Computed once per export, in float32, with the 1 / sqrt(d / heads) of attention in it.
    """
    attention = head.attention
    size = attention.embed_dim
    weight, bias = attention.in_proj_weight[:size], attention.in_proj_bias[:size]
    with torch.no_grad():
        query = torch.nn.functional.linear(head.probe[0].float(), weight.float(), bias.float())
        scale = (size // attention.num_heads) ** -0.5
        return query.detach().view(attention.num_heads, 1, -1) * float(scale)


def pool(head: Any, query: Tensor, hidden: Tensor, mask: Tensor | None) -> Tensor:
    """(b, n, d) -> (b, d): attention from the probe to every token, then the head's MLP.

    `torch.nn.MultiheadAttention` does the same, but its trace fixes n.
    """
    attention = head.attention
    size = attention.embed_dim
    weight, bias = attention.in_proj_weight[size:], attention.in_proj_bias[size:]
    projected = torch.nn.functional.linear(cast(hidden, weight.dtype), weight, bias)
    keys, values = projected[..., :size], projected[..., size:]
    heads = attention.num_heads
    seen = _weigh(cast(query, weight.dtype), _split(keys, heads), _split(values, heads), mask)
    pooled = project(attention.out_proj, seen)
    return (pooled + _mlp(head.mlp, head.layernorm(pooled)))[:, 0]


def normalise(embedding: Tensor) -> Tensor:  # (b, d) -> (b, d), length 1
    """L2-normalised. A zero vector, which no real image gives, stays 0."""
    norm = embedding.square().sum(dim=-1, keepdim=True).sqrt()
    return embedding / norm.clamp(min=1e-12)


def project(module: Any, values: Tensor) -> Tensor:
    """`module`, a Linear or a Conv2d, in the dtype of its weights, answered in float32."""
    return cast(module(cast(values, module.weight.dtype)), torch.float32)


def cast(values: Tensor, dtype: torch.dtype) -> Tensor:
    """A cast only where one is needed, so that a float32 graph carries none."""
    return values if values.dtype == dtype else values.to(dtype)


def _attend(attention: Any, hidden: Tensor, mask: Tensor | None) -> Tensor:
    hidden = cast(hidden, attention.q_proj.weight.dtype)
    heads = attention.num_heads
    queries = _split(attention.q_proj(hidden), heads)
    keys = _split(attention.k_proj(hidden), heads)
    values = _split(attention.v_proj(hidden), heads)
    # scaled before the product, where float16 has room
    seen = _weigh(queries * attention.head_dim**-0.5, keys, values, mask)
    return project(attention.out_proj, seen)


def _weigh(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Scaled queries against keys, softmax, values: (b, heads, n, d / heads) -> (b, n, d)."""
    scores = queries @ keys.transpose(-1, -2)
    if mask is not None:
        scores = scores + cast(mask, scores.dtype)
    seen = (scores.softmax(dim=-1) @ values).transpose(1, 2)
    return seen.reshape(seen.shape[0], seen.shape[1], -1)


def _split(values: Tensor, heads: int) -> Tensor:  # (b, n, d) -> (b, heads, n, d / heads)
    return values.view(values.shape[0], values.shape[1], heads, -1).transpose(1, 2)


def _mlp(mlp: Any, hidden: Tensor) -> Tensor:
    hidden = mlp.activation_fn(mlp.fc1(cast(hidden, mlp.fc1.weight.dtype)))
    return project(mlp.fc2, hidden)
