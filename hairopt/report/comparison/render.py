"""A comparison in each format that programs and services read."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.report.comparison.github import comparison_github
from hairopt.report.comparison.json import comparison_json
from hairopt.report.comparison.junit import comparison_junit
from hairopt.report.comparison.markdown import comparison_markdown


def comparison_text(comparison: Comparison, name: str, *, strict: bool = False) -> str:
    """The comparison in one of ``json``, ``markdown``, ``junit`` and ``github``.

    Args:
        comparison: the comparison.
        name: name of the format.
        strict: whether an inconclusive rule counts as a failure.
    """
    if name == "junit":
        return comparison_junit(comparison, strict=strict)
    writers = {
        "json": comparison_json,
        "markdown": comparison_markdown,
        "github": comparison_github,
    }
    return writers[name](comparison)
