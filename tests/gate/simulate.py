"""Simulated comparisons with a known truth, for the gate's error rates."""

import numpy as np

from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import default_rules
from hairopt.gate.verdict import Verdict, overall

SLICES = ("straight", "wavy", "curly", "coily")


def comparison(drop: float, seed: int, images: int = 50, noise: float = 0.04) -> PairedCases:
    """A baseline as segmenters score (mean IoU 0.83, long tail), a candidate with a true drop.

    The noise is that of a retrained or requantised network: every image moves a little.
    """
    rng = np.random.default_rng(seed)
    iou = np.clip(rng.beta(6, 1.2, images), 0.3, 0.99)
    boundary = 0.75 * iou
    moved = [
        np.clip(score * (1 - drop) + rng.normal(0, noise, images), 0, 1)
        for score in (iou, boundary)
    ]
    names = [f"image-{index}" for index in range(images)]
    return PairedCases(
        names,
        names,
        {"alpha_iou": list(iou), "alpha_boundary_iou": list(boundary)},
        {"alpha_iou": list(moved[0]), "alpha_boundary_iou": list(moved[1])},
        [{"hair_type": SLICES[index % 4]} for index in range(images)],
    )


def rates(drop: float, trials: int, images: int = 50) -> dict[Verdict, float]:
    """Share of each verdict of the default rule over seeded trials."""
    verdicts = [
        overall(default_rules(comparison(drop, seed, images), GateLimits()))
        for seed in range(trials)
    ]
    return {verdict: verdicts.count(verdict) / trials for verdict in Verdict}
