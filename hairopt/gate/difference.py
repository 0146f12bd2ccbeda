"""The rule that two sides must differ: a comparison of a variant with itself shows nothing."""

from __future__ import annotations

from typing import Any

from hairopt.gate.snapshot import Snapshot
from hairopt.gate.verdict import RuleResult, Verdict

_NAMES = ("name", "summary")

_NOTE = (
    "both sides are the same variant with the same network, measured by the same program: nothing "
    "was compared, so nothing can be shown. What changes outside a variant (code, plug-ins, "
    "libraries) shows only against numbers that were stored before; the noise of one variant is "
    "measured by hairopt bench --null"
)


def is_one_measurement(baseline: Snapshot, candidate: Snapshot) -> bool:
    """Whether both sides are the same configuration in the same run.

    The same configuration measured in two runs is a comparison: of the code, the libraries or the
    machines of the two.
    """
    is_one_run = (baseline.run_id, baseline.created_utc) == (
        candidate.run_id,
        candidate.created_utc,
    )
    is_same = _stages(baseline) == _stages(candidate)
    return is_one_run and is_same and baseline.model_sha256 == candidate.model_sha256


def difference_rule(n: int) -> RuleResult:
    """INCONCLUSIVE, for ``n`` cases of two sides that are one and the same."""
    subject = "difference of the two sides"
    verdict = Verdict.INCONCLUSIVE
    return RuleResult("difference", subject, None, None, None, 0.0, n, None, verdict, _NOTE)


def _stages(snapshot: Snapshot) -> dict[str, Any]:
    return {key: value for key, value in snapshot.spec.items() if key not in _NAMES}
