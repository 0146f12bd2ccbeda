"""``hairopt compare`` and ``hairopt gate``: a verdict on a candidate."""

from __future__ import annotations

import os
import shlex
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairopt.cli.options import (
    IntensitiesOption,
    ModelOption,
    RoundsOption,
    TimingLimitOption,
    require_no_input,
    require_parent,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from hairopt.errors import HairoptError
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
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report", help="HTML page to write. Default: compare.html in the new run folder."
    ),
]
StrictOption = Annotated[
    bool | None, typer.Option("--strict", help="Exit with 3 if the verdict is inconclusive.")
]
RemeasureOption = Annotated[
    bool | None,
    typer.Option(
        "--remeasure/--no-remeasure",
        help="Measure stored sides again on this machine, beside the other one.",
        show_default=False,
    ),
]


def _share(limit: str, example: str = "5% or 0.05") -> Any:  # noqa: ANN401 - typer.Option's type
    return typer.Option(metavar="SHARE", help=f"{limit}, such as {example}.")


def compare(
    baseline: Annotated[
        str,
        typer.Argument(
            help="Variant, variant file, run[:VARIANT], stored baseline or REVISION:BASELINE."
        ),
    ],
    candidate: Annotated[str, typer.Argument(help="What is judged, named in the same way.")],
    dataset: Annotated[Path | None, typer.Option(help="Folder with images/ and masks/.")] = None,
    model: ModelOption = None,
    shade: Annotated[list[str] | None, typer.Option(help="Colour. Repeatable.")] = None,
    intensity: IntensitiesOption = None,
    rounds: RoundsOption = None,
    timing_limit: TimingLimitOption = None,
    max_mask_drop: Annotated[str | None, _share("Allowed fall of mean alpha IoU")] = None,
    max_boundary_drop: Annotated[str | None, _share("Allowed fall of alpha Boundary IoU")] = None,
    max_slice_drop: Annotated[str | None, _share("Allowed fall of alpha IoU in a slice")] = None,
    max_latency_increase: Annotated[str | None, _share("Allowed rise of median latency")] = None,
    max_memory_increase: Annotated[str | None, _share("Allowed rise of peak memory")] = None,
    min_retention: Annotated[
        str | None, _share("Least quality kept, in any metric", "95% or 0.95")
    ] = None,
    guard: Annotated[
        list[str] | None, typer.Option(help="Metric that retention is judged by. Repeatable.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Rule that is not judged, such as boundary. Repeatable."),
    ] = None,
    across_isa: Annotated[
        bool | None, typer.Option("--across-isa", help="Compare even across kinds of CPU.")
    ] = None,
    remeasure: RemeasureOption = None,
    case: Annotated[
        list[str] | None, typer.Option(help="Compare only this case. Repeatable.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed for choice and order of the timed requests."),
    ] = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder of stored baselines. Default: the configured one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where run folders are made.")] = None,
    report: ReportOption = None,
    strict: StrictOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Judge a candidate against a baseline.

    Variants are measured first; runs and stored baselines are read.
    """
    from hairopt.gate.settings import GateSettings, baselines_folder

    with _Telling(output) as told:
        settings = GateSettings().changed(
            {
                "baseline": baseline,
                "candidate": candidate,
                "dataset": dataset,
                "model": model,
                "shades": shade,
                "intensities": intensity,
                "rounds": rounds,
                "timing_limit": timing_limit,
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
                "strict": strict,
            }
        )
        told.judge(settings, report, tuple(case or ()))
    told.answer()


def gate(
    candidate: Annotated[
        str | None, typer.Argument(help="Overrides the candidate of the configuration.")
    ] = None,
    report: ReportOption = None,
    strict: StrictOption = None,
    remeasure: RemeasureOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Judge with the settings in hairopt.toml or pyproject.toml.

    The tables are [gate] and [tool.hairopt.gate].
    """
    from hairopt.errors import ConfigError
    from hairopt.gate.settings import find_settings

    with _Telling(output) as told:
        settings = find_settings(Path.cwd())
        if settings is None:
            raise ConfigError(
                "no gate is configured: write [gate] with baseline and candidate into "
                "hairopt.toml, or [tool.hairopt.gate] into pyproject.toml"
            )
        given = {"candidate": candidate, "strict": strict, "remeasure": remeasure}
        told.judge(settings.changed(given), report)
    told.answer()


class _Telling:
    """Judges, and prints the verdict; or why there is none, in the same format."""

    def __init__(self, output: Format) -> None:
        self._output = output
        self._command = shlex.join(["hairopt", *sys.argv[1:]])
        self._page: Path | None = None
        self._found: tuple[Comparison, bool] | None = None

    def __enter__(self) -> _Telling:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from hairopt.errors import HairoptError

        if isinstance(error, HairoptError):
            self._refuse(error)

    def judge(
        self, settings: GateSettings, report: Path | None, cases: tuple[str, ...] = ()
    ) -> None:
        """Judge, print the verdict and write its page."""
        from hairopt.cli.console import stderr_console
        from hairopt.cli.interruption import saying
        from hairopt.cli.progress import BenchProgress
        from hairopt.gate.judge import judge
        from hairopt.report.render import render_reports

        if report is not None:
            require_parent(report)
            sides = [Path(text) for text in (settings.baseline, settings.candidate) if text]
            files = [file for side in sides for file in (side, side / "run.json")]
            require_no_input(report, *files, option="--report")
            self._page = report
        progress = BenchProgress(stderr_console())
        with saying(progress.kept_text):
            with progress:
                judged = judge(
                    settings,
                    cases=cases,
                    progress=progress,
                    render=render_reports,
                    command=self._command,
                )
            page = _write_page(judged.comparison, report, judged.sides.measured, self._command)
            _show(judged.comparison, self._output, strict=settings.strict, page=page)
        self._found = judged.comparison, settings.strict

    def answer(self) -> None:
        """Raise the error whose exit code stands for the verdict."""
        assert self._found is not None, "nothing was judged"
        comparison, strict = self._found
        _answer(comparison, strict=strict)

    def _refuse(self, error: HairoptError) -> None:
        from datetime import datetime, timezone

        from hairopt.cli.exit_codes import exit_code
        from hairopt.files.whole_file import write_whole
        from hairopt.report.comparison.refusal import Refusal, refusal_html, refusal_text

        now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        refusal = Refusal(error, int(exit_code(error)), now, self._command)
        if self._page is not None:
            write_whole(self._page, refusal_html(refusal).encode())
        if self._output is not Format.TEXT:
            sys.stdout.write(refusal_text(refusal, self._output.value))
            sys.stdout.flush()
        _add_to_summary(self._output, lambda: refusal_text(refusal, Format.MARKDOWN.value))


def _write_page(
    comparison: Comparison, report: Path | None, measured: Path | None, command: str
) -> Path | None:
    """Write the page of the comparison to ``report``, otherwise to the run made for it."""
    from hairopt.files.whole_file import write_whole
    from hairopt.report.comparison.html import FILE_NAME, comparison_html

    file = report or (measured / FILE_NAME if measured else None)
    if file is not None:
        write_whole(file, comparison_html(comparison, command).encode())
    return file


def _show(comparison: Comparison, output: Format, *, strict: bool, page: Path | None) -> None:
    from hairopt.report.comparison.render import comparison_text

    if output is Format.TEXT:
        _show_in_terminal(comparison, page)
    else:
        sys.stdout.write(comparison_text(comparison, output.value, strict=strict))
        sys.stdout.flush()
    _add_to_summary(output, lambda: comparison_text(comparison, Format.MARKDOWN.value))


def _add_to_summary(output: Format, markdown: Callable[[], str]) -> None:
    """Add to the summary of a GitHub job, if this is one."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if output is Format.GITHUB and summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(markdown())


def _show_in_terminal(comparison: Comparison, page: Path | None) -> None:
    from hairopt.cli.console import show, stdout_console
    from hairopt.report.comparison.terminal import comparison_view

    console = stdout_console()
    show(console, comparison_view(comparison))
    if page is not None:
        console.print(f"Report: {page}", soft_wrap=True)


def _answer(comparison: Comparison, *, strict: bool) -> None:
    """Raise the error whose exit code stands for the verdict."""
    from hairopt.errors import InconclusiveError, RegressionError
    from hairopt.gate.verdict import Verdict

    names = [rule.rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    if comparison.verdict is Verdict.FAIL:
        raise RegressionError(f"regression: {', '.join(names)}")
    if comparison.verdict is Verdict.INCONCLUSIVE and strict:
        raise InconclusiveError(f"inconclusive: {', '.join(names)}")
