"""Fit to all pairs, and how much more of them would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from tools.tone.pairs import Masker, Numbers, Pairs, read_pairs
from tools.tone.train import STEPS, Fit, ciede2000, curve, train

__all__ = ["STEPS", "bundled_masks", "fit", "joined", "learning_curve"]

FOLDS = 4
SHARES = (0.125, 0.25, 0.5, 1.0)


def joined(folders: Sequence[Path], masker: Masker | None) -> Pairs:
    """All pairs of several folders."""
    parts = [read_pairs(folder, masker) for folder in folders]
    names = Pairs.__dataclass_fields__
    return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fit(pairs: Pairs, steps: int) -> Fit:
    """The numbers that ship."""
    return train(pairs, seed=0, steps=steps)


def learning_curve(pairs: Pairs, steps: int) -> Iterator[str]:
    """Mean difference on heads left out, for growing numbers of the other heads."""
    heads = np.random.default_rng(0).permutation(np.unique(pairs.head))
    fold_of = {head: index % FOLDS for index, head in enumerate(heads)}
    fold = np.array([fold_of[head] for head in pairs.head])
    for share in SHARES:
        found, counts = [], []
        for number in range(FOLDS):
            others = [head for head in heads if fold_of[head] != number]
            kept = others[: max(1, round(share * len(others)))]
            fitted = train(pairs.of(np.isin(pairs.head, kept)), seed=number, steps=steps)
            found.append(differences(fitted, pairs.of(pairs.plain & (fold == number))))
            counts.append(len(kept))
        each = np.concatenate(found)
        yield (
            f"{round(np.mean(counts))} heads: {each.mean():.2f} dE00, median "
            f"{np.median(each):.2f}, one in ten above {np.quantile(each, 0.9):.2f}"
        )


def differences(fitted: Fit, pairs: Pairs) -> Numbers:
    """Mean difference of the dyed pixels of every pair, float32 (n,)."""
    lab = curve(fitted.placements(pairs.seen), torch.from_numpy(pairs.tone))
    return np.asarray(ciede2000(lab, torch.from_numpy(pairs.truth)).mean(dim=1), np.float32)


def bundled_masks() -> Masker:
    """The bundled network's masks, which the method sees in a pipeline."""
    from hairopt.stages.segment import load_network

    return load_network(
        runtime="onnxruntime", model="hairnet", precision="float32", input_size=None, threads=1
    )
