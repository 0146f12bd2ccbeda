"""Judge a candidate against a baseline."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hairopt.gate.compare import Comparison as Judgement
from hairopt.gate.judge import judge
from hairopt.gate.settings import GateSettings, baselines_folder
from hairopt.gate.verdict import RuleResult
from hairopt.report.render import render_reports

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """The verdict on a candidate, with its rules. In a notebook it shows the rules.

    Attributes:
        outcome: ``"pass"``, ``"fail"`` or ``"inconclusive"``.
        passed: whether the outcome is ``"pass"``; False for an inconclusive one.
        rules: one ``hairopt.gate.verdict.RuleResult`` per rule: ``rule``, ``measured``, ``low``,
            ``high``, ``limit``, ``n``, ``verdict``, ``note``.
        folder: the run folder made for the comparison; None if nothing was measured.

    Example:
        >>> verdict = hairopt.compare(f"{folder}:float32", f"{folder}:int8")
        >>> verdict.outcome, verdict.passed  # two photos prove nothing
        ('inconclusive', False)
    """

    def __init__(self, judgement: Judgement, folder: Path | None, command: str) -> None:
        self._judgement = judgement
        self._command = command
        self.folder = folder
        self.rules: tuple[RuleResult, ...] = tuple(judgement.rules)

    @property
    def outcome(self) -> Literal["pass", "fail", "inconclusive"]:
        """The verdict of all rules together."""
        words: dict[str, Literal["pass", "fail", "inconclusive"]] = {
            "PASS": "pass",
            "FAIL": "fail",
            "INCONCLUSIVE": "inconclusive",
        }
        return words[self._judgement.verdict.value]

    @property
    def passed(self) -> bool:
        """Whether every rule passes."""
        return self.outcome == "pass"

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        from hairopt.report.comparison.text import closing_line

        return closing_line(self._judgement)

    def metrics(self) -> pd.DataFrame:
        """Every metric of both sides, one row each, with its paired change and interval."""
        import dataclasses

        import pandas as pd

        rows = [dataclasses.asdict(row) for row in self._judgement.rows]
        frame: pd.DataFrame = pd.DataFrame(rows).set_index("metric")
        return frame

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the HTML page of the comparison and return its path."""
        from hairopt.files.whole_file import write_whole
        from hairopt.report.comparison.html import comparison_html

        file = Path(path)
        write_whole(file, comparison_html(self._judgement, self._command).encode())
        return file

    def __repr__(self) -> str:
        return f"<hairopt.Comparison {self.outcome}: {self.sentence}>"

    def _repr_markdown_(self) -> str:
        from hairopt.report.comparison.markdown import rules_markdown

        return rules_markdown(self._judgement)

    def _repr_html_(self) -> str:
        from hairopt.report.notebook import html_of_markdown

        return html_of_markdown(self._repr_markdown_())


def compare(
    baseline: str | os.PathLike[str],
    candidate: str | os.PathLike[str],
    *,
    dataset: str | os.PathLike[str] | None = None,
    model: str | None = None,
    shade: str | Sequence[str] | None = None,
    intensity: float | Sequence[float] | None = None,
    rounds: int | Literal["auto"] | None = None,
    timing_limit: float | None = None,
    max_mask_drop: str | float | None = None,
    max_boundary_drop: str | float | None = None,
    max_slice_drop: str | float | None = None,
    max_latency_increase: str | float | None = None,
    max_memory_increase: str | float | None = None,
    min_retention: str | float | None = None,
    guard: Sequence[str] | None = None,
    without: Sequence[str] | None = None,
    across_isa: bool | None = None,
    remeasure: bool | None = None,
    case: Sequence[str] | None = None,
    seed: int | None = None,
    baselines: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Judge a candidate against a baseline: ``hairopt compare``. Variants are measured first.

    Args:
        baseline: variant, variant file, ``RUN[:VARIANT]``, stored baseline or
            ``REVISION:BASELINE``.
        candidate: what is judged, named in the same way.
        dataset: folder with ``images/`` and ``masks/``; None for the shipped ones.
        model: use this model in every variant.
        shade: one or more colours.
        intensity: one or more strengths of the colour, 0..100.
        rounds: timed requests per variant; None or ``"auto"``: until every interval is within 3 %.
        timing_limit: longest time of automatic rounds in seconds; None: 120.
        max_mask_drop: allowed fall of the mean alpha IoU (of what is blended), such as ``"5%"`` or
            0.05. The other limits are written in the same way.
        max_boundary_drop: allowed fall of the mean alpha Boundary IoU.
        max_slice_drop: allowed fall of the alpha IoU in any slice.
        max_latency_increase: allowed rise of the median latency.
        max_memory_increase: allowed rise of the peak memory.
        min_retention: least quality kept, in any guarded metric.
        guard: metrics that retention is judged by.
        without: names of rules that are not judged, such as ``"boundary"``.
        across_isa: compare even across kinds of CPU.
        remeasure: measure stored sides again on this machine, beside the other one.
        case: compare only these cases.
        seed: seed for choice and order of the timed requests.
        baselines: folder of stored baselines; None for the configured one.
        out: folder in which run folders are made.

    Returns:
        The verdict. A Python warning reports faults of the dataset.

    Raises:
        NotComparableError: the two sides may not be compared.
        HairoptError: the other sub-classes are those of the command; a verdict is never an error.

    Example:
        >>> verdict = hairopt.compare("float32", "int8", dataset="my-photos", rounds=2)
        >>> verdict.outcome in ("pass", "inconclusive")
        True
    """
    asked: dict[str, Any] = {
        "baseline": os.fspath(baseline),
        "candidate": os.fspath(candidate),
        "dataset": dataset,
        "model": model,
        "shades": _list(shade),
        "intensities": _list(intensity),
        "rounds": rounds,
        "timing_limit": None if timing_limit is None else f"{timing_limit}s",
        "max_mask_drop": max_mask_drop,
        "max_boundary_drop": max_boundary_drop,
        "max_slice_drop": max_slice_drop,
        "max_latency_increase": max_latency_increase,
        "max_memory_increase": max_memory_increase,
        "min_retention": min_retention,
        "guarded": guard,
        "without": without,
        "across_isa": across_isa,
        "remeasure": remeasure,
        "seed": seed,
        "baselines": baselines or baselines_folder(Path.cwd()),
        "out": out,
    }
    settings = GateSettings().changed(asked)
    command = f"hairopt.compare {os.fspath(baseline)} {os.fspath(candidate)}"
    judged = judge(settings, cases=tuple(case or ()), render=render_reports, command=command)
    for line in judged.comparison.dataset_warnings:
        warnings.warn(line, stacklevel=2)
    return Comparison(judged.comparison, judged.sides.measured, command)


def _list(value: object) -> object:
    """A text or number as a list with one element; other values unchanged."""
    return [value] if isinstance(value, (str, int, float)) else value
