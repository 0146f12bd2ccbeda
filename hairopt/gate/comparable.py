"""Check whether two snapshots may be compared, and list what differs."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.errors import NotComparableError
from hairopt.gate.pairs import PairedCases
from hairopt.gate.snapshot import Snapshot
from hairopt.measure.run_model import OLDER_COLOR_REFERENCE
from hairopt.metrics.catalog import known_metrics


@dataclass(frozen=True)
class Difference:
    """A property that must be equal for a comparison, but differs between two snapshots."""

    what: str
    baseline: str
    candidate: str


def differences(baseline: Snapshot, candidate: Snapshot, *, across_isa: bool) -> list[Difference]:
    """All reasons against a comparison: dataset, protocol, ISA, an incomplete baseline."""
    pairs = [
        ("dataset", _dataset(baseline), _dataset(candidate)),
        ("shades", ", ".join(baseline.shades), ", ".join(candidate.shades)),
        ("swatches", _swatches(baseline), _swatches(candidate)),
        ("intensities", _numbers(baseline.intensities), _numbers(candidate.intensities)),
        ("colour is against", _reference(baseline), _reference(candidate)),
        ("seed", str(baseline.seed), str(candidate.seed)),
        ("unusable cases", _shown(baseline.unusable_cases), _shown(candidate.unusable_cases)),
        ("cases", *_cases_apart(baseline, candidate)),
        ("agreement is with", *_agreement_apart(baseline, candidate)),
    ]
    if not across_isa:
        pairs.append(("ISA", " ".join(baseline.isa), " ".join(candidate.isa)))
    found = [Difference(*pair) for pair in pairs if pair[1] != pair[2]]
    if baseline.unusable_cases and baseline.unusable_cases == candidate.unusable_cases:
        shown = _shown(baseline.unusable_cases)
        found.append(
            Difference(
                "unusable cases",
                shown,
                "the same: repair the dataset (hairopt dataset check says how)",
            )
        )
    if baseline.failed_cases:
        shown = _shown(baseline.failed_cases)
        found.append(Difference("cases without an answer", shown, "must be none in the baseline"))
    if not baseline.cases:
        found.append(Difference("measured cases", "none", str(len(candidate.cases))))
    return found


def _cases_apart(baseline: Snapshot, candidate: Snapshot) -> tuple[str, str]:
    """The cases that the baseline lacks; cases that only the candidate lacks are failures."""
    extra = sorted(candidate.cases.keys() - baseline.cases.keys() - set(baseline.failed_cases))
    if not extra:
        return "", ""
    return f"{len(baseline.cases)}, without {_shown(extra)}", str(len(candidate.cases))


def _agreement_apart(baseline: Snapshot, candidate: Snapshot) -> tuple[str, str]:
    """Agreement of both has to be with the baseline's answers of one run."""
    if baseline.is_labelled and candidate.is_labelled:
        return "", ""
    wanted = f"{baseline.variant} of run {baseline.run_id}"
    others = [
        f"{side.agreement_with or 'nothing'} of run {side.run_id}"
        for side in (baseline, candidate)
        if (side.agreement_with, side.run_id) != (baseline.variant, baseline.run_id)
    ]
    return wanted, others[0] if others else wanted


def _shown(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "") if names else "none"


def refuse_incomparable(baseline: Snapshot, candidate: Snapshot, *, across_isa: bool) -> None:
    """Raise NotComparableError, with both sides of every difference, if there is any."""
    found = differences(baseline, candidate, across_isa=across_isa)
    if not found:
        return
    width = max(len(one.what) for one in found)
    lines = [
        f"  {one.what:<{width}}  baseline:  {one.baseline}\n"
        f"  {'':<{width}}  candidate: {one.candidate}"
        for one in found
    ]
    hint = ""
    if any(one.what == "colour is against" for one in found):
        hint = (
            "\nThe side that an older version measured has to be measured again: by --remeasure "
            "(remeasure = true in the configuration), or with hairopt baseline save ... --replace."
        )
    if any(one.what == "ISA" for one in found):
        hint += (
            "\nAnswers depend on the kind of CPU, int8 most of all. --remeasure (remeasure = true "
            "in the configuration) measures the stored side again on this machine, beside the "
            "other one; --across-isa compares the stored numbers nevertheless."
        )
    raise NotComparableError(
        f"{baseline.variant} and {candidate.variant} cannot be compared:\n"
        + "\n".join(lines)
        + hint
    )


def paired(baseline: Snapshot, candidate: Snapshot) -> PairedCases:
    """Pair the cases of the baseline with those of the candidate.

    A case that the candidate did not answer is in ``missing``, with undefined values.

    Raises:
        NotComparableError: a metric of the baseline is missing in the candidate.
    """
    names = sorted(baseline.cases)
    measured = {metric for case in baseline.cases.values() for metric in case.scores}
    order = {metric: place for place, metric in enumerate(known_metrics())}
    metrics = sorted(measured, key=lambda metric: (order.get(metric, len(order)), metric))
    known = {metric for case in candidate.cases.values() for metric in case.scores}
    absent = [metric for metric in metrics if metric not in known]
    if absent:
        raise NotComparableError(
            f"{candidate.variant} was measured without {', '.join(absent)}, which the baseline has"
        )
    answered = candidate.cases
    return PairedCases(
        names=names,
        sources=[baseline.cases[name].source for name in names],
        tags=[baseline.cases[name].tags for name in names],
        baseline={m: [baseline.cases[n].scores.get(m) for n in names] for m in metrics},
        candidate={
            m: [answered[n].scores.get(m) if n in answered else None for n in names]
            for m in metrics
        },
        missing=frozenset(name for name in names if name not in answered),
        shades={
            shade: (
                [baseline.cases[n].shades.get(shade) for n in names],
                [answered[n].shades.get(shade) if n in answered else None for n in names],
            )
            for shade in dict.fromkeys(s for n in names for s in baseline.cases[n].shades)
        },
    )


def _dataset(snapshot: Snapshot) -> str:
    return f"{snapshot.dataset} ({snapshot.dataset_fingerprint[:12]})"


def _reference(snapshot: Snapshot) -> str:
    """What colour was judged against, in words."""
    if snapshot.color_reference == OLDER_COLOR_REFERENCE:
        return "the formula of hsv (an older version)"
    return f"the intent ({snapshot.color_reference})"


def _numbers(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _swatches(snapshot: Snapshot) -> str:
    """Which shades were given with which pictures."""
    shown = [f"{code} {digest[:12]}" for code, digest in sorted(snapshot.swatches.items())]
    return ", ".join(shown) or "none"
