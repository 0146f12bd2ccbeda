"""What a PASS of a variant against itself does not show."""

from __future__ import annotations

from typing import Any

from hairopt.gate.snapshot import Snapshot

_NAMES = ("name", "summary")

ONE_MEASUREMENT = (
    "Both sides are the same variant with the same network, measured by the same program, so the "
    "candidate cannot be worse. A change outside the variant (code, plug-ins, libraries) would "
    "show only against numbers that were stored before."
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


def _stages(snapshot: Snapshot) -> dict[str, Any]:
    return {key: value for key, value in snapshot.spec.items() if key not in _NAMES}
