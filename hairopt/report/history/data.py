"""The same variants over several runs, and which of their numbers are comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hairopt.measure.run_model import Run, VariantResult
from hairopt.report.matrix import COSTS, KEPT, Cell, Column
from hairopt.report.metric_columns import metric_column
from hairopt.report.run.build_matrix import cell_of

_IOU = replace(metric_column("iou"), title="IoU")
_SHOWN = ("latency_p50_ms", "cpu_ms", "peak_rss_mb")

HISTORY_COLUMNS = (KEPT, _IOU, *(column for column in COSTS if column.key in _SHOWN))
"""Columns of a history: latency, CPU, memory, IoU, and quality kept of the baseline's."""


@dataclass(frozen=True)
class Entry:
    """One variant in one run.

    Attributes:
        number: number of the run, from 1, by time.
        run: the whole run.
        result: result of the variant.
        cells: by column key; empty if it has no numbers.
        compares: keys of the columns whose value is comparable with the entry before.
        differs: differences from the entry before: possible reasons for a change.
    """

    number: int
    run: Run
    result: VariantResult
    cells: dict[str, Cell]
    compares: frozenset[str]
    differs: tuple[str, ...]

    @property
    def date(self) -> str:
        """Start of the run, in UTC."""
        return date_text(self.run)


@dataclass(frozen=True)
class VariantHistory:
    """One variant, its entries by time, at least one of them with numbers."""

    name: str
    entries: tuple[Entry, ...]

    def change(self, index: int, key: str) -> float | None:
        """Relative change in percent since the entry before; None if not comparable."""
        if index == 0 or key not in self.entries[index].compares:
            return None
        before, now = (self.entries[i].cells[key].value for i in (index - 1, index))
        return 100 * (now / before - 1) if before and now is not None else None


@dataclass(frozen=True)
class History:
    """Runs by time, and every variant that was measured in one of them."""

    runs: tuple[Run, ...]
    variants: tuple[VariantHistory, ...]

    @property
    def breaks(self) -> tuple[str, ...]:
        """One sentence for each run with other conditions than the one before."""
        sentences = []
        for number, (before, now) in enumerate(pairwise(self.runs), start=2):
            others = _other_conditions(before, now)
            if others:
                *most, last = others
                what = f"{', '.join(most)} and {last}" if most else last
                sentences.append(
                    f"Run {number} had another {what} than run {number - 1}; what depends on "
                    "that is not compared."
                )
        return tuple(sentences)


def make_history(runs: Sequence[Run]) -> History:
    """Sort runs by time; a run that is given twice counts once.

    Args:
        runs: at least one.
    """
    by_id = {run.id: run for run in runs}
    ordered = sorted(by_id.values(), key=lambda run: (run.created_utc, run.id))
    names = dict.fromkeys(name for run in reversed(ordered) for name in run.variants)
    found = (VariantHistory(name, _entries(name, ordered)) for name in names)
    return History(tuple(ordered), tuple(variant for variant in found if variant.entries))


def date_text(run: Run) -> str:
    """Start of a run, as ``2026-01-31 23:59``, in UTC."""
    return run.created_utc[:16].replace("T", " ")


def _entries(name: str, runs: Sequence[Run]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for number, run in enumerate(runs, start=1):
        result = run.variants.get(name)
        if result is None or result.status != "ok":
            continue
        before = entries[-1] if entries else None
        entries.append(
            Entry(
                number,
                run,
                result,
                {column.key: cell_of(result, column) for column in HISTORY_COLUMNS},
                frozenset(c.key for c in HISTORY_COLUMNS if before and _compares(c, before, run)),
                _differences(before, run, result) if before else (),
            )
        )
    return tuple(entries)


def _compares(column: Column, before: Entry, run: Run) -> bool:
    """Whether values are comparable: cost on one machine, quality on one CPU kind and dataset."""
    others = _other_conditions(before.run, run)
    matters = {"dataset", "set of shades or intensities", "instruction set"}
    if column.side == "cost":
        matters |= {"CPU", "number of threads", "way of timing"}
    else:
        matters |= {"unit of the means"}
    if column.key == "kept_percent":
        matters |= {"baseline", "reference of colour"}
    return matters.isdisjoint(others)


def _other_conditions(before: Run, now: Run) -> list[str]:
    """Differences between two runs that do not concern a variant."""
    sides = [
        {
            "CPU": (run.environment.cpu_model, run.environment.logical_cores),
            "instruction set": sorted(run.environment.isa),
            "number of threads": run.environment.threads,
            "dataset": run.dataset.fingerprint,
            "set of shades or intensities": (
                sorted(run.protocol.shades),
                sorted(run.protocol.intensities),
            ),
            "baseline": run.protocol.baseline,
            "reference of colour": run.protocol.color_reference,
            # Older versions timed one request of each variant in turn, and averaged over cases.
            "way of timing": run.protocol.timing_s is None,
            "unit of the means": any(
                summary.n_sources is None
                for result in run.variants.values()
                for summary in result.quality.values()
            ),
        }
        for run in (before, now)
    ]
    return [name for name in sides[0] if sides[0][name] != sides[1][name]]


def _differences(before: Entry, run: Run, result: VariantResult) -> tuple[str, ...]:
    models = [one.model for one in (before.result, result)]
    networks = [model.sha256 if model else None for model in models]
    contracts = [model.contract if model else None for model in models]
    packages = [one.environment.packages for one in (before.run, run)]
    changed = sorted(
        name
        for name in {*packages[0], *packages[1]}
        if packages[0].get(name) != packages[1].get(name)
    )
    found = _other_conditions(before.run, run)
    if before.result.spec != result.spec:
        found.append("settings")
    if networks[0] != networks[1]:
        found.append("network")
    if None not in contracts and contracts[0] != contracts[1]:
        found.append("contract of the network")
    if before.run.hairopt_version != run.hairopt_version:
        found.append(f"hairopt {run.hairopt_version}")
    elif before.run.git_commit != run.git_commit:
        found.append("commit")
    found += [f"{name} {packages[1].get(name, 'gone')}" for name in changed]
    return tuple(found)
