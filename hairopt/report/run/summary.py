"""The result of a run in a sentence, which says only what the run proves."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.certainty.expectation import UNSURE_BELOW
from hairopt.evidence.evidence import UNPROVEN
from hairopt.measure.run_model import ExpectedQuality, Ratio, Retention, Run, VariantResult
from hairopt.quantities import number_of
from hairopt.report.matrix import Matrix
from hairopt.report.run.backends import backend_sentences
from hairopt.report.run.changes import ratio_change
from hairopt.report.steps import step_sentences

_GOOD_RETENTION = 0.95
"""Least share of the reference's quality for a variant to be named in the sentence."""


@dataclass(frozen=True)
class _Speed:
    """Speed relative to the reference, with its 95 % interval, and whether a change is proven."""

    factor: float
    low: float
    high: float
    is_proven: bool

    @classmethod
    def of(cls, ratio: Ratio | None) -> _Speed | None:
        change = ratio_change(ratio)
        if ratio is None or change is None or change.ci95 is None:
            return None
        low, high = change.ci95
        return cls(1 / ratio.median, 1 / (1 + high), 1 / (1 + low), change.is_proven)

    @property
    def is_faster(self) -> bool:
        """Whether it is proven to be faster."""
        return self.is_proven and self.factor > 1


def closing_sentence(run: Run, matrix: Matrix) -> str:
    """Name the fastest variant that is proven to be faster and keeps the quality.

    If none keeps it, the sentence names the fastest one and its loss. If none is proven faster, it
    says so.
    """
    if run.protocol.null:
        return _null_sentence(run)
    reference = matrix.reference
    if reference is None:
        return "No variant could be measured; each one is listed with the reason."
    others = [n for n, r in run.variants.items() if r.status == "ok" and n != reference]
    if not others:
        return _single_sentence(run, reference)
    speeds = _speeds(run)
    name = spoken_for(run)
    speed = speeds.get(name or "")
    if name is None or speed is None or not speed.is_faster:
        return _no_faster_sentence(run, speeds, reference)
    return (
        f"{name} is {speed.factor:.2f} times faster ({speed.low:.2f} to {speed.high:.2f}) than "
        f"{reference} on this CPU"
        f"{_quality_clause(run, matrix, name)}."
    )


def spoken_for(run: Run) -> str | None:
    """The variant that the first screen is about; None if no two variants were measured.

    The fastest of those that are proven to be faster and keep the quality; otherwise of those that
    are proven to be faster; otherwise the one that keeps most.
    """
    if run.protocol.null:
        return None
    speeds = _speeds(run)
    faster = {name: speed for name, speed in speeds.items() if speed and speed.is_faster}
    good = {name: speed for name, speed in faster.items() if _keeps_quality(run.variants[name])}
    if faster:
        return max((good or faster).items(), key=lambda item: item[1].factor)[0]
    return max(speeds, key=lambda name: _kept(run.variants[name]) or 0.0, default=None)


def _speeds(run: Run) -> dict[str, _Speed | None]:
    """The speed of every measured variant but the reference."""
    return {
        name: _Speed.of(result.latency_ratio)
        for name, result in run.variants.items()
        if result.status == "ok" and name != run.reference
    }


def verdict_sentences(run: Run) -> list[str]:
    """The verdict sentences on each precision whose float32 variant is in the run."""
    return [result.verdict.sentence for result in run.variants.values() if result.verdict]


def further_sentences(run: Run) -> list[str]:
    """Sentences after the closing one: on precisions, cascades, the exact re-dye, back-ends."""
    redye = filter(None, [redye_sentence(run)])
    further = (*step_sentences(run), *redye, *backend_sentences(run), *expected_sentences(run))
    return [*verdict_sentences(run), *further]


def expected_sentences(run: Run) -> list[str]:
    """What is expected of photos without masks, of each variant; nothing of photos with masks."""
    if run.dataset.is_labelled:
        return []
    found = [
        sentence
        for name, result in run.variants.items()
        if result.expected is not None
        if (sentence := _expected_sentence(name, result.expected))
    ]
    return [
        "The photos have no masks. Agreement compares each answer with that of "
        f"{run.reference or 'the baseline'}; expected IoU comes from a mask's own probabilities.",
        *found,
    ]


def _expected_sentence(name: str, expected: ExpectedQuality) -> str:
    parts = []
    if expected.expected_iou.mean is not None:
        ends = expected.expected_iou.ci95
        between = f" ({ends[0]:.3f} to {ends[1]:.3f})" if ends else ""
        n = number_of(expected.expected_iou.n, "photo")
        parts.append(f"expected IoU {expected.expected_iou.mean:.3f}{between} over {n}")
    for count, what in (
        (expected.n_unsure, f"unsure (below {UNSURE_BELOW:g} expected)"),
        (expected.n_empty, "without hair found"),
        (expected.n_unknown, f"without an expectation: {expected.reason}"),
    ):
        if count:
            parts.append(f"{count} {what}")
    if expected.held_out:
        error = expected.held_out.mae
        parts.append(f"mean error on photos of the calibration held out {error:.3f}")
    return f"{name}: {'; '.join(parts)}." if parts else ""


def redye_sentence(run: Run) -> str:
    """The best variant's difference from truly dyed heads, with the reference values.

    Empty if no case has a true dyed picture, or no variant was scored on one.
    """
    scored = {
        name: summary.mean
        for name, result in run.variants.items()
        if (summary := result.quality.get("redye_de00")) and summary.mean is not None
    }
    if run.redye is None or not scored:
        return ""
    name = min(scored, key=lambda one: scored[one])
    own = run.variants[name].quality.get("ideal_redye_de00")
    floor = run.redye.floor_de00 if own is None or own.mean is None else own.mean
    noise = run.redye.noise_de00
    apart = "" if noise is None else f"; two true pictures of one scene are {noise:.1f} apart"
    return (
        f"Exact re-dye of {number_of(run.redye.n, 'case')}: best mean {scored[name]:.1f} ΔE00 "
        f"({name}); "
        f"its recolour with exact masks {floor:.1f}{apart}."
    )


def _keeps_quality(result: VariantResult) -> bool:
    return (_kept(result) or 0.0) >= _GOOD_RETENTION


def _kept(result: VariantResult) -> float | None:
    return result.retention.value if result.retention else None


def _quality_clause(run: Run, matrix: Matrix, name: str) -> str:
    result = run.variants[name]
    clause = ""
    if result.retention and result.retention.value is not None:
        low, high = result.retention.ci95 or (None, None)
        between = f" ({100 * low:.1f} to {100 * high:.1f})" if low is not None and high else ""
        clause = f" at {100 * result.retention.value:.1f} %{between} of its quality"
        remarks = _remarks(result.retention, matrix, name)
        clause += f" ({'; '.join(remarks)})" if remarks else ""
    return clause


def _remarks(retention: Retention, matrix: Matrix, name: str) -> list[str]:
    """The metric that limits the quality, if little is kept, and whether the loss is proven."""
    metric = retention.worst_metric or ""
    remarks = []
    if retention.value is not None and retention.value < _GOOD_RETENTION:
        titles = {column.key: column.title for column in matrix.columns}
        remarks.append(f"worst: {titles.get(metric, metric)}")
    worst = matrix.row(name).cells.get(metric)
    if worst and worst.delta and worst.delta.proven is False and worst.delta.percent != 0:
        remarks.append(f"{UNPROVEN} no loss proven")
    return remarks


def _no_faster_sentence(run: Run, speeds: dict[str, _Speed | None], reference: str) -> str:
    known = {name: speed for name, speed in speeds.items() if speed}
    if not known:
        ratios = (run.variants[name].latency_ratio for name in speeds)
        reason = next((one.change.reason for one in ratios if one), "nothing was timed in pairs")
        return f"{UNPROVEN} No speed-up over {reference} is proven: {reason}."
    if all(speed.is_proven and not speed.is_faster for speed in known.values()):
        name, speed = max(known.items(), key=lambda item: item[1].factor)
        return (
            f"Nothing is faster than {reference} on this CPU; {name} comes next, "
            f"{1 / speed.factor:.2f} times slower ({1 / speed.high:.2f} to {1 / speed.low:.2f})."
        )
    return f"{UNPROVEN} No variant is proven to be faster than {reference} on this CPU."


def _single_sentence(run: Run, name: str) -> str:
    result = run.variants[name]
    total = result.latency_ms.get("total")
    if total is None:
        return f"{name} was measured for quality only."
    clause = ""
    iou = result.quality.get("iou")
    if iou and iou.mean is not None:
        clause = f" at a mean IoU of {iou.mean:.3f} over {number_of(iou.n, 'case')}"
    return f"{name} answers a request in {total.p50:.1f} ms (median) on this CPU{clause}."


def _null_sentence(run: Run) -> str:
    if run.noise_floor is None:
        twin = next((one.latency_ratio for one in run.variants.values() if one.latency_ratio), None)
        reason = twin.change.reason if twin else "the variant did not finish twice"
        return f"The noise floor could not be measured: {reason}."
    return (
        f"The noise floor of this machine is {100 * run.noise_floor:.1f} %: "
        "a smaller change of latency has no meaning."
    )
