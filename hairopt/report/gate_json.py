"""A comparison as JSON, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hairopt.gate.compare import Comparison
from hairopt.gate.snapshot import Snapshot
from hairopt.report.gate_text import closing_line


def comparison_json(comparison: Comparison) -> str:
    """Schema ``hairopt.comparison/1``: verdict, rules, metrics, offenders and both sides."""
    timed = comparison.timed
    plain = {
        "schema": "hairopt.comparison/1",
        "verdict": comparison.verdict.value,
        "sentence": closing_line(comparison),
        "baseline": _side(comparison.baseline),
        "candidate": _side(comparison.candidate),
        "limits": comparison.limits.model_dump(mode="json"),
        "rules": [{**asdict(rule), "verdict": rule.verdict.value} for rule in comparison.rules],
        "metrics": [{**asdict(row), "is_proven": row.is_proven} for row in comparison.rows],
        "offenders": [asdict(one) for one in comparison.offenders],
        "latency_ratio": timed.ratio.model_dump(mode="json") if timed else None,
        "noise_floor": timed.noise_floor if timed else None,
    }
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _side(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot.model_dump(mode="json", exclude={"schema_", "cases"})
