"""``hairopt optimize``: search for cheaper variants, and write a ranked, measured plan."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.options import (
    MAX_SEED,
    IntensitiesOption,
    JsonOption,
    ModelOption,
    parse_intensity,
    parse_shades,
)
from hairopt.optimize import Goal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hairopt.optimize.optimize import DryRun
    from hairopt.optimize.outcome import Outcome
    from hairopt.optimize.request import OptimizeRequest
    from hairopt.optimize.tiers import Tiers


def optimize(
    baseline: Annotated[
        str, typer.Option(help="Name or TOML file of the variant in use.")
    ] = "baseline",
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    confirm: Annotated[
        Path | None,
        typer.Option(help="Folder of further photos. Default: those that chose no option."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="What to reach: p95<800ms, cpu<20%, memory<300MB, cost<0.01 ..."),
    ] = None,
    min_retention: Annotated[
        str,
        typer.Option(metavar="SHARE", help="Least share of the baseline's quality, any metric."),
    ] = "95%",
    budget: Annotated[
        str, typer.Option(metavar="TIME", help="Time for everything: 90s, 15m, 1h.")
    ] = "15m",
    goal: Annotated[Goal, typer.Option(help="What matters most.")] = "latency",
    prices: Annotated[
        Path | None, typer.Option(help="Your price file. Default: a built-in example.")
    ] = None,
    requests_per_day: Annotated[float, typer.Option(help="For the monthly bill.")] = 10_000,
    model: ModelOption = None,
    shade: Annotated[list[str] | None, typer.Option(help="Colour. Repeatable.")] = None,
    intensity: IntensitiesOption = None,
    guard: Annotated[
        list[str] | None, typer.Option(help="Metric that retention is judged by. Repeatable.")
    ] = None,
    knob: Annotated[
        list[str] | None, typer.Option(help="Change only this knob. Repeatable. Default: all.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.", min=0, max=MAX_SEED)] = 0,
    out: Annotated[
        Path, typer.Option(help="Folder of the search and its plan; run again to continue.")
    ] = Path("optimize"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the search space and measure nothing.")
    ] = False,
    tiers: Annotated[
        bool,
        typer.Option(
            "--tiers",
            help="No search: measure ways to segment, write the cheapest, standard and best.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Search for cheaper variants of equal quality, and write a plan."""
    from hairopt.cost.prices import example_prices, load_prices
    from hairopt.datasets.combined import chosen_dataset
    from hairopt.measure.plan import DEFAULT_INTENSITIES, DEFAULT_SHADES
    from hairopt.metrics.retention import DEFAULT_GUARDED
    from hairopt.optimize.knobs import named_knobs
    from hairopt.optimize.request import OptimizeRequest
    from hairopt.optimize.target import Target
    from hairopt.quantities import asked, duration_s, share
    from hairopt.variants.load import load_variant, with_model

    variant = load_variant(baseline)
    request = OptimizeRequest(
        baseline=with_model(variant, model) if model else variant,
        dataset=chosen_dataset(dataset),
        confirm_on=chosen_dataset(confirm) if confirm else None,
        out=out,
        budget_s=asked("--budget", duration_s, budget),
        now=time.monotonic,
        target=Target.parse(target) if target else None,
        min_retention=asked("--min-retention", share, min_retention),
        goal=goal,
        prices=load_prices(prices) if prices else example_prices(),
        requests_per_day=requests_per_day,
        shades=parse_shades(shade or []) or DEFAULT_SHADES,
        intensities=tuple(map(parse_intensity, intensity or ())) or DEFAULT_INTENSITIES,
        seed=seed,
        guarded=tuple(guard or DEFAULT_GUARDED),
        knobs=named_knobs(knob) if knob else None,
        command=shlex.join(["hairopt", *sys.argv[1:]]),
    )
    if tiers:
        _run_tiers(request, as_json=as_json)
    elif dry_run:
        _show_space(request)
    else:
        _run(request, dataset, as_json=as_json)


def _run(request: OptimizeRequest, dataset: Path | None, *, as_json: bool) -> None:
    from hairopt.cli.console import print_json, show, stderr_console, stdout_console
    from hairopt.cli.interruption import saying
    from hairopt.errors import InconclusiveError
    from hairopt.optimize.optimize import optimize as search
    from hairopt.optimize.plan_files import PLAN_JSON, write_plan_files
    from hairopt.report.answer import answer_view
    from hairopt.report.plan.answer import plan_answer
    from hairopt.report.plan.render import render_plan
    from hairopt.report.render import render_reports

    remarks = stderr_console()
    outcome = search(request, lambda line: remarks.print(line, style="dim"), render_reports)
    measured = f"what was measured is kept in {request.out}"
    with saying(lambda: f"{measured}; the same command writes the plan from it"):
        write_plan_files(outcome, request.space, request.out, dataset)
        written = render_plan(outcome, request.out)
    if as_json:
        print_json((request.out / PLAN_JSON).read_text(encoding="utf-8"))
    else:
        console = stdout_console()
        show(console, [*_table(outcome), *answer_view(plan_answer(outcome))])
        for file in written:
            console.print(f"Plan: {file}", soft_wrap=True)
    if outcome.confirmed_on is None and not outcome.is_already_good:
        raise InconclusiveError("nothing was confirmed; the plan says why and how to continue")


def _run_tiers(request: OptimizeRequest, *, as_json: bool) -> None:
    from hairopt.cli.console import print_json, show, stderr_console, stdout_console
    from hairopt.optimize.tiers import FOLDER, TIERS_JSON, find_tiers
    from hairopt.report.render import render_reports

    remarks = stderr_console()
    found = find_tiers(request, lambda line: remarks.print(line, style="dim"), render_reports)
    if as_json:
        print_json((request.out / TIERS_JSON).read_text(encoding="utf-8"))
        return
    console = stdout_console()
    show(console, [_tier_table(found)])
    for line in (*found.left_out, *found.notes):
        console.print(line)
    for tier in found.chosen:
        console.print(f"Tier: {request.out / FOLDER / tier}.toml", soft_wrap=True)
    console.print(f"Report: {request.out / found.run / 'report.html'}", soft_wrap=True)


def _tier_table(found: Tiers) -> RenderableType:
    from rich.text import Text

    from hairopt.optimize.tiers import BAD_IOU
    from hairopt.report.terminal_table import TerminalColumn, TerminalTable

    by_name: dict[str, list[str]] = {}
    for tier, name in found.chosen.items():
        by_name.setdefault(name, []).append(tier)
    rows = found.measured
    percents = [f"{one.n_bad} of {one.n} ({100 * one.n_bad / one.n:.0f} %)" for one in rows]
    columns = {
        "tier": [", ".join(by_name.get(one.name, [])) for one in rows],
        "segments with": [one.name for one in rows],
        "IoU": [f"{one.iou:.3f}" for one in rows],
        "edge\nIoU": ["-" if e is None else f"{e:.3f}" for e in (o.boundary_iou for o in rows)],
        f"photos below\nIoU {BAD_IOU:g}": percents,
        "mean\nms": [f"{one.numbers.mean_ms:.1f}" for one in rows],
        "tail\nms p95": [f"{p:.1f}" if (p := one.numbers.p95_ms) else "-" for one in rows],
        "CPU\nms": [f"{one.numbers.cpu_ms:.1f}" for one in rows],
        "peak\nMB": [f"{one.numbers.peak_mb:.0f}" for one in rows],
    }
    order = ("peak\nMB", "CPU\nms", "tail\nms p95", "edge\nIoU")
    return TerminalTable(
        [
            TerminalColumn(
                title,
                [Text(cell) for cell in cells],
                order.index(title) if title in order else None,
                are_words=title in ("tier", "segments with"),
            )
            for title, cells in columns.items()
        ]
    )


def _table(outcome: Outcome) -> list[RenderableType]:
    from rich.text import Text

    from hairopt.report.plan.numbers import change, share
    from hairopt.report.terminal_table import TerminalColumn, TerminalTable

    def column(title: str, texts: list[str], importance: int | None = None) -> TerminalColumn:
        cells = [Text(text.replace(" (", "\n(")) for text in texts]
        return TerminalColumn(title, cells, importance, are_words=title in ("option", "changes"))

    found = outcome.options
    marks = {outcome.recommended: " (recommended)"}
    columns = [
        column("option", [one.name + marks.get(one.name, "") for one in found]),
        column("kept", [share(one.retention, one.retention_ci95) for one in found]),
        column("latency", [change(one.latency, one.latency_ci95) for one in found]),
        column("CPU", [change(one.cpu, one.cpu_ci95) for one in found], 30),
        column("memory\nMB", [f"{one.numbers.peak_mb:.0f}" for one in found], 10),
        column("changes", [one.summary for one in found], 5),
    ]
    return [TerminalTable(columns, spaced=True)] if found else []


def _show_space(request: OptimizeRequest) -> None:
    from rich.table import Table

    from hairopt.cli.console import stdout_console
    from hairopt.optimize.optimize import CONFIRM_SHARE, dry_run
    from hairopt.quantities import number_of

    found: DryRun = dry_run(request)
    kept_s = CONFIRM_SHARE * request.budget_s
    console = stdout_console()
    table = Table("knob", "key", "values, the baseline's first", "risk", "effort", box=None)
    for d in found.space.dimensions:
        values = ", ".join("own" if v is None else str(v) for v in d.values)
        table.add_row(d.knob.name, d.knob.key, values, d.knob.risk, f"{d.knob.effort_days:g} d")
    console.print(table)
    for line in found.space.left_out:
        console.print(f"left out: {line}", style="yellow")
    console.print(
        f"{number_of(found.space.size, 'combination')}. "
        f"{number_of(found.n_singles, 'single change is', 'single changes are')} screened first, "
        f"in {number_of(found.n_batches, 'short run')} of "
        f"{number_of(found.requests_per_batch, 'request')}; then "
        f"combinations, for {request.budget_s - kept_s:.0f} s in all; the other {kept_s:.0f} s are "
        f"for confirming up to 5 options on {number_of(len(request.confirmation.cases), 'case')}.",
        soft_wrap=True,
    )
