"""Compare two snapshots by the rules of the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hairopt.gate.comparable import paired, refuse_incomparable
from hairopt.gate.difference import notes_on
from hairopt.gate.inspection import Inspection
from hairopt.gate.judged import NotJudged, switched_off
from hairopt.gate.limits import GateLimits
from hairopt.gate.offenders import Offender, worst_offenders
from hairopt.gate.resources import Timed, latency_rule, memory_rule
from hairopt.gate.retention import retention_rule
from hairopt.gate.rules import default_rules
from hairopt.gate.snapshot import Snapshot
from hairopt.gate.table import MetricRow, metric_rows
from hairopt.gate.verdict import RuleResult, Verdict, overall


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    Attributes:
        baseline, candidate: the two sides.
        limits: the allowed losses.
        rules: one result per rule; ``verdict`` follows from them.
        rows: every metric of both.
        offenders: the cases that lost most, worst first.
        timed: latency of candidate over baseline in the same interleaved run; None if they were
            not measured together.
        inspections: name of a case -> its pictures, for each offender.
        notes: sentences on how the sides were measured that a reader of the verdict has to know.
        not_judged: the rules that were not applied, and why.
    """

    baseline: Snapshot
    candidate: Snapshot
    limits: GateLimits
    rules: Sequence[RuleResult]
    rows: Sequence[MetricRow]
    offenders: Sequence[Offender]
    timed: Timed | None
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """FAIL if any rule fails, else INCONCLUSIVE if any is, else PASS."""
        return overall(self.rules)

    @property
    def has_truth(self) -> bool:
        """Whether quality was judged; otherwise agreement with the baseline's own answers."""
        return self.baseline.is_labelled

    @property
    def dataset_warnings(self) -> tuple[str, ...]:
        """Warnings about the photos and masks that both were measured on."""
        sides = (self.baseline, self.candidate)
        return tuple(dict.fromkeys(line for side in sides for line in side.dataset_warnings))


def compare(
    baseline: Snapshot,
    candidate: Snapshot,
    limits: GateLimits,
    *,
    timed: Timed | None = None,
    guarded: Sequence[str] | None = None,
    without: Sequence[str] = (),
    across_isa: bool = False,
    notes: Sequence[str] = (),
) -> Comparison:
    """Compare two snapshots.

    Args:
        baseline: the trusted side.
        candidate: the side to be judged.
        limits: the allowed losses.
        timed: their latency, if both ran interleaved in one run.
        guarded: metrics that retention is judged by; None for the default.
        without: names of rules that are switched off.
        across_isa: allow sides measured on CPUs with different instruction sets.
        notes: sentences on how the sides were measured.

    Raises:
        NotComparableError: the two may not be compared, or have no case in common.
    """
    refuse_incomparable(baseline, candidate, across_isa=across_isa)
    cases = paired(baseline, candidate)
    rules = default_rules(cases, limits, cases.guarded(guarded), without)
    if "retention" not in without:
        rules.append(retention_rule(cases, limits.min_retention, guarded))
    if limits.max_latency_increase is not None and "latency" not in without:
        rules.append(latency_rule(timed, limits.max_latency_increase))
    if limits.max_memory_increase is not None and "memory" not in without:
        rules.append(memory_rule(baseline, candidate, limits.max_memory_increase, timed))
    return Comparison(
        baseline,
        candidate,
        limits,
        rules,
        metric_rows(cases),
        worst_offenders(cases),
        timed,
        notes=(*notes, *notes_on(baseline, candidate)),
        not_judged=_not_judged(rules, limits, without),
    )


def _not_judged(
    rules: Sequence[RuleResult], limits: GateLimits, without: Sequence[str]
) -> tuple[NotJudged, ...]:
    """What was switched off, and slices where none has enough photos."""
    found = switched_off(without)
    if "slice" not in [*without, *(rule.rule for rule in rules)]:
        few = f"no value of a tag has {limits.min_slice_images} photos"
        found.append(NotJudged("slice", few))
    return tuple(found)
