"""``hairopt compare`` and ``hairopt gate``: a verdict on a candidate."""

from __future__ import annotations

import shlex
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairopt.cli.options import ModelOption

if TYPE_CHECKING:
    from hairopt.gate.compare import Comparison
    from hairopt.gate.settings import GateSettings


class Format(str, Enum):
    """How a comparison is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    GITHUB = "github"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the verdict.")]
StrictOption = Annotated[
    bool | None, typer.Option("--strict", help="An inconclusive verdict exits with 3.")
]


def _share(help_text: str) -> Any:  # noqa: ANN401 - what typer.Option returns is Any
    return typer.Option(metavar="SHARE", help=help_text + " Such as 5% or 0.05.")


def compare(
    baseline: Annotated[
        str,
        typer.Argument(
            help="Variant, variant file, run[:VARIANT], stored baseline or REVISION:BASELINE."
        ),
    ],
    candidate: Annotated[str, typer.Argument(help="The same, to be judged.")],
    dataset: Annotated[Path | None, typer.Option(help="Folder with images/ and masks/.")] = None,
    model: ModelOption = None,
    shade: Annotated[list[str] | None, typer.Option(help="Colour; repeat it.")] = None,
    intensity: Annotated[list[float] | None, typer.Option(help="0..100; repeat it.")] = None,
    rounds: Annotated[int | None, typer.Option(help="Timed requests per variant.")] = None,
    max_mask_drop: Annotated[str | None, _share("Fall of the mean IoU.")] = None,
    max_boundary_drop: Annotated[str | None, _share("Fall of the mean Boundary IoU.")] = None,
    max_slice_drop: Annotated[str | None, _share("Fall of the IoU in any slice.")] = None,
    max_latency_increase: Annotated[str | None, _share("Rise of the median latency.")] = None,
    max_memory_increase: Annotated[str | None, _share("Rise of the peak memory.")] = None,
    min_retention: Annotated[str | None, _share("Least quality kept, worst metric.")] = None,
    guard: Annotated[
        list[str] | None, typer.Option(help="Metric that retention watches; repeat it.")
    ] = None,
    across_isa: Annotated[
        bool | None, typer.Option("--across-isa", help="Compare different kinds of CPU.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where run folders are made.")] = None,
    strict: StrictOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Judge a candidate against a baseline; what has not been measured yet is measured."""
    from hairopt.gate.settings import GateSettings

    settings = GateSettings().changed(
        {
            "baseline": baseline,
            "candidate": candidate,
            "dataset": dataset,
            "model": model,
            "shades": shade,
            "intensities": intensity,
            "rounds": rounds,
            "max_mask_drop": max_mask_drop,
            "max_boundary_drop": max_boundary_drop,
            "max_slice_drop": max_slice_drop,
            "max_latency_increase": max_latency_increase,
            "max_memory_increase": max_memory_increase,
            "min_retention": min_retention,
            "guarded": guard,
            "across_isa": across_isa,
            "out": out,
            "strict": strict,
        }
    )
    _judge(settings, output)


def gate(
    candidate: Annotated[
        str | None, typer.Argument(help="Overrides the candidate of the configuration.")
    ] = None,
    strict: StrictOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Judge as hairopt.toml ([gate]) or pyproject.toml ([tool.hairopt.gate]) says."""
    from hairopt.errors import ConfigError
    from hairopt.gate.settings import find_settings

    settings = find_settings(Path.cwd())
    if settings is None:
        raise ConfigError(
            "no gate is configured: write [gate] with baseline and candidate into hairopt.toml, "
            "or [tool.hairopt.gate] into pyproject.toml"
        )
    _judge(settings.changed({"candidate": candidate, "strict": strict}), output)


def _judge(settings: GateSettings, output: Format) -> None:
    from hairopt.cli.console import stderr_console
    from hairopt.cli.progress import BenchProgress
    from hairopt.gate.compare import compare as compare_sides
    from hairopt.gate.sides import resolve_sides

    with BenchProgress(stderr_console()) as progress:
        sides = resolve_sides(
            settings,
            progress=progress,
            render=_render,
            command=shlex.join(["hairopt", *sys.argv[1:]]),
        )
    comparison = compare_sides(
        sides.baseline,
        sides.candidate,
        settings.limits,
        timed=sides.timed,
        guarded=settings.guarded,
        across_isa=settings.across_isa,
    )
    _show(comparison, output, strict=settings.strict, run=sides.run)
    _answer(comparison, strict=settings.strict)


def _render(folder: Path) -> None:
    from hairopt.report.render import render_reports

    render_reports(folder)


def _show(comparison: Comparison, output: Format, *, strict: bool, run: Path | None) -> None:
    from hairopt.cli.console import stdout_console
    from hairopt.report.gate_formats import comparison_text
    from hairopt.report.gate_terminal import comparison_view
    from hairopt.report.gate_text import closing_line

    if output is not Format.TEXT:
        sys.stdout.write(comparison_text(comparison, output.value, strict=strict))
        return
    console = stdout_console()
    for part in comparison_view(comparison):
        console.print(part)
    console.print()
    console.print(closing_line(comparison), style="bold", soft_wrap=True)
    if run is not None:
        console.print(f"Report: {run / 'report.html'}", soft_wrap=True)


def _answer(comparison: Comparison, *, strict: bool) -> None:
    """Turn the verdict into the error whose exit code says it."""
    from hairopt.errors import InconclusiveError, RegressionError
    from hairopt.gate.rules import Verdict

    sys.stdout.flush()
    names = [rule.rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    if comparison.verdict is Verdict.FAIL:
        raise RegressionError(f"regression: {', '.join(names)}")
    if comparison.verdict is Verdict.INCONCLUSIVE and strict:
        raise InconclusiveError(f"inconclusive: {', '.join(names)}")
