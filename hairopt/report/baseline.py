"""A stored baseline in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.gate.snapshot import Snapshot, means
from hairopt.metrics.catalog import known_metrics
from hairopt.quantities import number_of
from hairopt.report.foreign_text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType


def baseline_view(snapshot: Snapshot) -> list[RenderableType]:
    """Its origin, and the mean of every metric over its cases."""
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    for label, value in _facts(snapshot):
        facts.add_row(Text(label, style="dim"), printable(value))
    scores = Table("metric", "mean", "cases", box=None, pad_edge=False)
    known = known_metrics()
    for name, mean in means(snapshot).items():
        unit = known[name].unit if name in known else ""
        defined = sum(case.scores.get(name) is not None for case in snapshot.cases.values())
        text = "undefined" if mean is None else f"{mean:.4f} {unit.replace('share', '')}".strip()
        scores.add_row(printable(name), text, str(defined))
    return [facts, Text(), scores]


def _facts(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [
        ("variant", snapshot.variant),
        ("measured", f"{snapshot.created_utc}, run {snapshot.run_id}"),
        ("hairopt", f"{snapshot.hairopt_version} {(snapshot.git_commit or '')[:10]}".strip()),
        ("network", f"{snapshot.model} {snapshot.model_sha256}".strip() or "none"),
        ("contract", snapshot.model_contract or "not known"),
        ("dataset", f"{snapshot.dataset}, {number_of(len(snapshot.cases), 'case')}"),
        ("fingerprint", snapshot.dataset_fingerprint),
        ("CPU", f"{snapshot.cpu_model} ({', '.join(snapshot.isa)})"),
        ("shades", ", ".join(snapshot.shades)),
        ("intensities", ", ".join(f"{value:g}" for value in snapshot.intensities)),
        ("seed", str(snapshot.seed)),
    ]
