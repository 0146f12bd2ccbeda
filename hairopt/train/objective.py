"""The loss function of training."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

_SMOOTH_PX = 50.0
"""Limits the effect of single pixels on the Dice term of nearly empty labels."""


def loss(logits: Tensor, label: Tensor) -> Tensor:
    """Binary cross-entropy plus one minus the soft Dice coefficient (Milletari et al. 2016).

    Cross-entropy makes every pixel a calibrated probability; Dice gives small and large heads the
    same weight.

    Args:
        logits: (N, 1, H, W).
        label: (N, 1, H, W) in [0, 1].

    Returns:
        A scalar.
    """
    logits, label = logits.float(), label.float()
    probability = logits.sigmoid()
    axes = (1, 2, 3)
    common = 2 * (probability * label).sum(axes) + _SMOOTH_PX
    both = probability.sum(axes) + label.sum(axes) + _SMOOTH_PX
    entropy = functional.binary_cross_entropy_with_logits(logits, label)
    return entropy + (1 - common / both).mean()
