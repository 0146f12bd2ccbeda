"""From a fresh process to warm requests: what each variant pays once."""

from __future__ import annotations

from hairopt.measure.run_model import Run, VariantResult
from hairopt.report.run.page import StartupRow
from hairopt.report.text import ABSENT


def startup_rows(run: Run) -> tuple[StartupRow, ...]:
    """One row per measured variant whose start was measured."""
    return tuple(
        _row(name, result)
        for name, result in run.variants.items()
        if result.status == "ok" and result.startup_ms
    )


def _row(name: str, result: VariantResult) -> StartupRow:
    start, total = result.startup_ms, result.latency_ms.get("total")
    return StartupRow(
        name=name,
        modules=_text(start.import_ if start else None, "ms"),
        network=_text(start.load if start else None, "ms"),
        first=_text(start.first if start else None, "ms"),
        warm=_text(total.p50 if total else None, "ms"),
        at_rest=_text(result.memory_mb.after_load if result.memory_mb else None, "MB"),
        throughput=_text(result.throughput_ips, "", decimals=1),
    )


def _text(value: float | None, unit: str, decimals: int = 0) -> str:
    return ABSENT if value is None else f"{value:,.{decimals}f} {unit}".rstrip()
