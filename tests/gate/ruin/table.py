"""The verdicts on all ruined and harmless variants against ``float32``: ``make ruin``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from hairopt.datasets.combined import chosen_dataset
from hairopt.gate.compare import Comparison, compare
from hairopt.gate.limits import GateLimits
from hairopt.gate.verdict import Verdict
from hairopt.variants.load import load_variant
from tests.gate.ruin.measured import measured, variants

BASELINE = "float32"
KINDS: tuple[Literal["ruined", "harmless"], ...] = ("ruined", "harmless")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is missing in the folder, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, help="folder of cases; default: the shipped ones")
    parser.add_argument("--out", type=Path, default=Path("build/ruin"), help="folder for the runs")
    asked = parser.parse_args(arguments)
    folder = asked.out / (asked.dataset.name if asked.dataset else "shipped")
    baseline = load_variant(BASELINE)
    everything = [baseline, *(one for kind in KINDS for one in variants(kind))]
    found = measured(everything, chosen_dataset(asked.dataset), folder)
    for kind in KINDS:
        judged = [
            compare(found[BASELINE], found[one.name], GateLimits())
            for one in variants(kind)
            if one.name in found
        ]
        counts = Counter(one.verdict.value for one in judged)
        counts["FAIL"] += sum(one.name not in found for one in variants(kind))
        summary = ", ".join(
            f"{count} {verdict}" for verdict, count in counts.most_common() if count
        )
        head = f"\n{kind}: {summary}\n\n| variant | what is done | verdict | by | kept |\n"
        lines = [_line(one) for one in judged]
        lines += [
            f"| {one.name} | {one.summary} | FAIL | no answer | |\n"
            for one in variants(kind)
            if one.name not in found
        ]
        sys.stdout.write(head + "|---|---|---|---|---|\n" + "".join(lines))


def _line(comparison: Comparison) -> str:
    """One row: the verdict, the rules behind it, and the worst guarded metric."""
    verdict = comparison.verdict
    rules = [one.rule for one in comparison.rules if one.verdict is verdict]
    by = "" if verdict is Verdict.PASS else ", ".join(dict.fromkeys(rules))
    kept = next(rule for rule in comparison.rules if rule.rule == "retention")
    metric = kept.subject.rpartition(" ")[2]
    share = "" if kept.measured is None else f"{100 * (1 - kept.measured):.1f} % `{metric}`"
    summary = comparison.candidate.spec["summary"]
    return f"| {comparison.candidate.variant} | {summary} | {verdict.value} | {by} | {share} |\n"


if __name__ == "__main__":
    main()
