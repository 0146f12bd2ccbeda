"""What a run tells of the expected IoU of one variant on photos without masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from hairopt.certainty.expectation import Expectation
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.sources import source_means
from hairopt.measure.case_scorer import Scored
from hairopt.measure.lane import Lane
from hairopt.measure.run_model import ExpectedQuality, MetricSummary

_Z95 = 1.96


def expected_quality(
    lane: Lane, scored: Sequence[Scored], summary: MetricSummary | None
) -> ExpectedQuality | None:
    """The expected IoU over the photos, and how many of them are in doubt; None with truth.

    Args:
        lane: the variant.
        scored: its answers.
        summary: of the expected IoU, with an interval that knows only which photos there are.
    """
    by_case = {one.case: one for one in scored if one.expected is not None}
    if summary is None or not by_case:
        return None
    told = [(one.expected, one.source) for one in by_case.values() if one.expected is not None]
    doubts = [expected.doubt for expected, _ in told]
    known = lane.expectation if isinstance(lane.expectation, Expectation) else None
    reasons = dict.fromkeys(one.reason for one, _ in told if one.doubt == "unknown")
    return ExpectedQuality(
        expected_iou=summary.model_copy(update={"ci95": _interval(by_case.values(), known)}),
        n_unsure=doubts.count("unsure"),
        n_empty=doubts.count("empty"),
        n_unknown=doubts.count("unknown"),
        reason="; ".join(reasons),
        held_out=known.held_out if known else None,
        calibrated_on=known.dataset.get("name", "") if known else "",
    )


def _interval(scored: Iterable[Scored], known: Expectation | None) -> tuple[float, float] | None:
    """The 95 % interval of the mean: the choice of photos, the error of each, and the bias.

    The bias is that of the calibration as far as its own photos tell; others may differ more.
    """
    whole = [one for one in scored if one.expected is not None and one.expected.iou is not None]
    found = [one.expected for one in whole if one.expected is not None]
    if known is None or len({one.source for one in whole}) < FEWEST_IMAGES:
        return None
    halves = [((one.high or 0.0) - (one.low or 0.0)) / 2 for one in found]
    columns: list[list[float | None]] = [[one.iou for one in found], [*halves]]
    means, _ = source_means(columns, [one.source for one in whole])
    n = means.shape[1]
    variance = float(means[0].var(ddof=1) + np.mean((means[1] / _Z95) ** 2)) / n
    reach = _Z95 * float(np.sqrt(variance + known.map.bias_se**2))
    mean = float(means[0].mean())
    return max(0.0, mean - reach), min(1.0, mean + reach)
