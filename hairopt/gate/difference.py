"""What a verdict cannot show: of a variant against itself, of two recolour methods."""

from __future__ import annotations

from typing import Any

from hairopt.gate.snapshot import Snapshot, means
from hairopt.metrics.catalog import EXPECTED_IOU

_NAMES = ("name", "summary")

ONE_MEASUREMENT = (
    "Both sides are the same variant with the same network, measured by the same program, so the "
    "candidate cannot be worse. A change outside the variant (code, plug-ins, libraries) would "
    "show only against numbers that were stored before."
)


OTHER_METHOD = (
    "The sides recolour by different methods. Where there is no true picture of the dyed head, "
    "colour is judged against an estimate: between methods, a difference of less than 0.5 dE00 of "
    "the mean, or of 2 to 4 in one shade, is no claim about the truth."
)


ONLY_AGREEMENT = (
    "The photos have no masks: what is judged is agreement with the baseline's own answers, not "
    "quality. A candidate that is better than the baseline disagrees with it, too."
)


def notes_on(baseline: Snapshot, candidate: Snapshot) -> list[str]:
    """Sentences on what the comparison of these sides cannot show."""
    notes = [ONE_MEASUREMENT] if is_one_measurement(baseline, candidate) else []
    if _recolor(baseline) != _recolor(candidate):
        notes.append(OTHER_METHOD)
    if not baseline.is_labelled:
        notes += [ONLY_AGREEMENT, *_expected(baseline, candidate)]
    return notes


def _expected(baseline: Snapshot, candidate: Snapshot) -> list[str]:
    """The expected IoU of both sides, where it is known."""
    before, after = (means(side).get(EXPECTED_IOU) for side in (baseline, candidate))
    if before is None or after is None:
        return []
    return [f"Expected IoU of the masks: baseline {before:.3f}, candidate {after:.3f}."]


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


def _recolor(snapshot: Snapshot) -> tuple[Any, Any]:
    spec = snapshot.spec.get("recolor")
    table = spec if isinstance(spec, dict) else {}
    return table.get("method"), table.get("options") or {}


def _stages(snapshot: Snapshot) -> dict[str, Any]:
    return {key: value for key, value in snapshot.spec.items() if key not in _NAMES}
