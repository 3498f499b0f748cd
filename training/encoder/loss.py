"""Supervised contrastive loss at two levels: shots of a screen, and screens of an app.

SupCon (Khosla et al. 2020), the form with the mean outside the logarithm. Embeddings of earlier
batches as further negatives (cross-batch memory, Wang et al. 2020) were tried and stop this tower
from learning: from the start it flees from them all, and the loss never falls.
"""

import torch
from torch import Tensor


def contrast(logits: Tensor, positive: Tensor, candidate: Tensor) -> Tensor:
    """Mean of -log softmax over the candidates, at each anchor's positives: a scalar.

    `logits`: (n, m) float32, anchors against others; `positive`, `candidate`: (n, m) bool, every
    positive a candidate too. An anchor without positives does not count; 0 where none has any.
    """
    log_all = logits.masked_fill(~candidate, -torch.inf).logsumexp(dim=1, keepdim=True)
    each = torch.where(positive, logits - log_all, torch.zeros_like(logits)).sum(dim=1)
    count = positive.sum(dim=1)
    counted = count > 0
    mean = each[counted] / count[counted]
    return -mean.mean() if bool(counted.any()) else logits.sum() * 0.0


def two_level(
    embedding: Tensor, screen: Tensor, app: Tensor, temperature: float, share: float
) -> Tensor:
    """The loss of one batch: a scalar.

    `embedding`: (n, d), length 1. `screen`, `app`: (n,) class numbers. `share` weighs the second
    level, at which another screen of the same app is to be nearer than any other app's; a screen's
    own shots stay out of it.
    """
    logits = embedding @ embedding.T / temperature
    own = torch.eye(len(embedding), dtype=torch.bool, device=embedding.device)
    same_screen, same_app = screen[:, None] == screen, app[:, None] == app
    screens = contrast(logits, same_screen & ~own, ~own)
    apps = contrast(logits, same_app & ~same_screen, ~same_screen)
    return screens + share * apps
