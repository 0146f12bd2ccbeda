"""Paired cases of any metrics, small enough to check on paper."""

from hairopt.gate.pairs import PairedCases


def paired(*, sources=None, tags=None, missing=(), **metrics):
    """Cases named image-0, image-1 ..., of (baseline, candidate) values by metric."""
    count = len(next(iter(metrics.values()))[0])
    names = [f"image-{index}" for index in range(count)]
    return PairedCases(
        names,
        sources or names,
        {name: before for name, (before, _) in metrics.items()},
        {name: after for name, (_, after) in metrics.items()},
        tags or [{} for _ in names],
        frozenset(missing),
    )


def alternating(middle, step, count):
    """Values below and above a middle in turn."""
    return [middle + (step if index % 2 else -step) for index in range(count)]
