"""The verdicts on all ruined and harmless variants: ``python -m tests.gate.ruin.table``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hairopt.gate.compare import Comparison, compare
from hairopt.gate.limits import GateLimits
from hairopt.gate.verdict import Verdict
from hairopt.variants.load import load_variant
from tests.gate.ruin.measured import measured, variants

BASELINE = "float32"


def judged(kind: str, folder: Path, dataset: Path | None) -> dict[str, Comparison]:
    """Variant -> its comparison with ``float32``."""
    baseline = load_variant(BASELINE)
    found = measured([baseline, *variants(kind)], folder, dataset)
    return {
        name: compare(found[BASELINE], one, GateLimits())
        for name, one in found.items()
        if name != BASELINE
    }


def line(name: str, comparison: Comparison) -> str:
    """One row of the table: the verdict, the rules behind it, and the worst guarded metric."""
    verdict = comparison.verdict
    rules = [one.rule for one in comparison.rules if one.verdict is verdict]
    by = "" if verdict is Verdict.PASS else ", ".join(dict.fromkeys(rules))
    kept = next((r for r in comparison.rules if r.rule == "retention"), None)
    worst = "" if kept is None or kept.measured is None else f"{100 * (1 - kept.measured):.1f} %"
    metric = "" if kept is None else kept.subject.split(" ")[-1]
    summary = comparison.candidate.spec["summary"]
    return f"| {name} | {summary} | {verdict.value} | {by} | {worst} {metric} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is missing in the folder, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, help="folder of cases; default: the shipped ones")
    parser.add_argument("--out", type=Path, default=Path("build/ruin"))
    asked = parser.parse_args(arguments)
    folder = asked.out / (asked.dataset.name if asked.dataset else "shipped")
    for kind in ("ruined", "harmless"):
        found = judged(kind, folder, asked.dataset)
        counts = Counter(one.verdict.value for one in found.values())
        head = "| variant | what a person sees | verdict | by | kept |\n|---|---|---|---|---|"
        lines = [line(name, comparison) for name, comparison in found.items()]
        sys.stdout.write("\n".join([f"\n{kind}: {dict(counts)}\n", head, *lines, ""]))


if __name__ == "__main__":
    main()
