"""A comparison as JSON, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hairopt.gate.compare import Comparison
from hairopt.gate.offenders import Offender
from hairopt.gate.snapshot import Snapshot
from hairopt.gate.table import MetricRow
from hairopt.report.comparison.text import closing_line


def comparison_json(comparison: Comparison) -> str:
    """Schema ``hairopt.comparison/1``: verdict, rules, metrics, offenders and both sides."""
    plain = {
        "schema": "hairopt.comparison/1",
        "verdict": comparison.verdict.value,
        "sentence": closing_line(comparison),
        "dataset_warnings": list(comparison.dataset_warnings),
        "notes": list(comparison.notes),
        "baseline": _side(comparison.baseline),
        "candidate": _side(comparison.candidate),
        "not_judged": [asdict(one) for one in comparison.not_judged],
        "limits": comparison.limits.model_dump(mode="json"),
        "rules": [{**asdict(rule), "verdict": rule.verdict.value} for rule in comparison.rules],
        "metrics": [_metric(row) for row in comparison.rows],
        "offenders": [_offender(comparison, one) for one in comparison.offenders],
        "latency": _latency(comparison),
    }
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _metric(row: MetricRow) -> dict[str, Any]:
    return {
        "metric": row.metric,
        "baseline": row.baseline,
        "baseline_ci95": row.baseline_ci95,
        "candidate": row.candidate,
        "candidate_ci95": row.candidate_ci95,
        "change": row.change,
        "relative_change": row.relative_change,
        "ci95": row.evidence.ci95,
        "ci95_is_of": "relative_change" if row.is_relative else "change",
        "p": row.p,
        "n": row.n,
        "n_images": row.n_images,
        "is_identical": row.evidence.is_identical,
        "is_proven": row.is_proven,
    }


def _offender(comparison: Comparison, one: Offender) -> dict[str, Any]:
    inspection = comparison.inspections.get(one.case)
    found: dict[str, str | None] = {"photo": None, "pictures": None, "command": None}
    if inspection is not None:
        pictures = inspection.candidate or inspection.baseline
        found = {
            "photo": inspection.photo,
            "pictures": str(pictures.folder) if pictures else None,
            "command": inspection.command,
        }
    told = asdict(one)
    if not comparison.has_truth:
        for side in ("baseline", "candidate"):
            told[f"{side}_agreement_iou"] = told.pop(f"{side}_iou")
    return {**told, **found}


def _latency(comparison: Comparison) -> dict[str, Any] | None:
    timed = comparison.timed
    if timed is None:
        return None
    return {
        "ratio": timed.ratio.model_dump(mode="json"),
        "memory_ratio": timed.memory and timed.memory.model_dump(mode="json"),
        "noise_floor": timed.noise_floor,
        "baseline_p50_ms": timed.baseline_p50_ms,
        "candidate_p50_ms": timed.candidate_p50_ms,
    }


def _side(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot.model_dump(mode="json", exclude={"schema_", "cases"})
