"""Comparisons with a known truth, and the verdicts of the default rules on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hairopt.gate.judged import BOUNDARY_METRIC, MASK_METRIC
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import default_rules
from hairopt.gate.verdict import Verdict, overall
from tools.verdicts.photos import Array, pairs

SLICES = ("straight", "wavy", "curly", "coily")

Draw = Callable[[int, int], PairedCases]
"""Number of photos and seed -> one comparison."""


@dataclass(frozen=True)
class Scene:
    """One row of the table: a true change, and comparisons with it."""

    title: str
    draw: Draw


def retrained(drop: float, noise: float = 0.04) -> Draw:
    """A baseline as segmenters score (mean IoU 0.83, long tail), a candidate with a true drop.

    The noise is that of a retrained or requantised network: every photo moves a little.
    """

    def draw(photos: int, seed: int) -> PairedCases:
        rng = np.random.default_rng(seed)
        iou = np.clip(rng.beta(6, 1.2, photos), 0.3, 0.99)
        after = np.clip(iou * (1 - drop) + rng.normal(0, noise, photos), 0, 1)
        edge = np.clip(0.75 * iou * (1 - drop) + rng.normal(0, noise, photos), 0, 1)
        return _cases(iou, after, 0.75 * iou, edge)

    return draw


def failing(share: float, left: float = 0.0) -> Draw:
    """As ``retrained(0)``, but each photo fails with a chance: ``left`` of its IoU is left."""

    def draw(photos: int, seed: int) -> PairedCases:
        cases = retrained(0.0)(photos, seed)
        hit = np.random.default_rng([seed, 1]).random(photos) < share
        return _with(cases, lambda values: np.where(hit, left * values, values))

    return draw


def bad_slice(drop: float) -> Draw:
    """As ``retrained(0)``, but every photo of one of four hair types loses a share of its IoU."""

    def draw(photos: int, seed: int) -> PairedCases:
        cases = retrained(0.0)(photos, seed)
        hit = np.arange(photos) % len(SLICES) == 2
        return _with(cases, lambda values: np.where(hit, (1 - drop) * values, values))

    return draw


def another_network(candidate: str, drop: float) -> Draw:
    """Measured pairs of two networks, scaled to a true drop: heavy tails on both sides."""

    def draw(photos: int, seed: int) -> PairedCases:
        found = pairs(candidate, drop)
        drawn = np.random.default_rng(seed).integers(len(found["iou"]), size=photos)
        iou, edge = found["iou"][drawn], found["boundary_iou"][drawn]
        return _cases(iou[:, 0], np.clip(iou[:, 1], 0, 1), edge[:, 0], np.clip(edge[:, 1], 0, 1))

    return draw


SCENES = (
    *(Scene(f"{drop:.1%} of every photo", retrained(drop)) for drop in
      (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.055, 0.07, 0.10)),
    Scene("1 photo in 50 fails", failing(0.02)),
    Scene("1 photo in 20 fails", failing(0.05)),
    Scene("1 photo in 10 fails", failing(0.10)),
    Scene("1 photo in 10 loses a third", failing(0.10, left=2 / 3)),
    Scene("one hair type of four loses 15 %", bad_slice(0.15)),
    Scene("int8, measured, no mean drop", another_network("int8", 0.0)),
    Scene("another network, measured, no mean drop", another_network("mediapipe", 0.0)),
    Scene("another network, measured, 10 % mean drop", another_network("mediapipe", 0.10)),
)  # fmt: skip


def rates(draw: Draw, photos: int, trials: int, first_seed: int = 0) -> dict[Verdict, float]:
    """Share of each verdict of the default rules over seeded trials."""
    verdicts = [
        overall(default_rules(draw(photos, seed), GateLimits()))
        for seed in range(first_seed, first_seed + trials)
    ]
    return {verdict: verdicts.count(verdict) / trials for verdict in Verdict}


def _cases(iou: Array, after: Array, edge: Array, edge_after: Array) -> PairedCases:
    names = [f"image-{index}" for index in range(iou.size)]
    return PairedCases(
        names,
        names,
        {MASK_METRIC: iou.tolist(), BOUNDARY_METRIC: edge.tolist()},
        {MASK_METRIC: after.tolist(), BOUNDARY_METRIC: edge_after.tolist()},
        [{"hair_type": SLICES[index % len(SLICES)]} for index in range(iou.size)],
    )


def _with(cases: PairedCases, change: Callable[[Array], Array]) -> PairedCases:
    candidate = {
        metric: change(np.array(values, np.float64)).tolist()
        for metric, values in cases.candidate.items()
    }
    return PairedCases(cases.names, cases.sources, cases.baseline, candidate, cases.tags)
