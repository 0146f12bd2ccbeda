"""Reference bounds for ``redye_de00``: the ideal recolour, and the noise of the true pictures."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.measure.case_scorer import Scored
from hairopt.measure.run_model import RedyeBounds


def redye_bounds(scored: Sequence[Scored], seed: int) -> RedyeBounds | None:
    """The means over the cases with true dyed pictures; None if there are none.

    Args:
        scored: all answers of a run; a case counts once, for any number of variants.
        seed: seed of the bootstrap.
    """
    from hairopt.metrics.summary import summarize

    cases = list({one.case: one for one in scored if one.redye_floor_de00 is not None}.values())
    floor = summarize(
        [one.redye_floor_de00 for one in cases], [one.source for one in cases], seed=seed
    )
    if floor.mean is None:
        return None
    noise = [one.redye_noise_de00 for one in cases if one.redye_noise_de00 is not None]
    return RedyeBounds(
        floor_de00=floor.mean,
        floor_ci95=floor.ci95,
        n=floor.n,
        noise_de00=sum(noise) / len(noise) if noise else None,
        n_noise=len(noise),
    )
