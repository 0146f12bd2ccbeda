"""``hairopt report``: render a run again, or several as a history, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.options import MAX_REQUESTS


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folder; several give a history.")
    ],
    formats: Annotated[
        str, typer.Option("--format", help="Comma separated: html, md, csv.")
    ] = "html,md,csv",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of a history. Default: the one that holds the last run."),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="Your price file. Default: a built-in example.")
    ] = None,
    requests_per_day: Annotated[
        float | None, typer.Option(help="Adds a monthly bill.", min=0, max=MAX_REQUESTS)
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
) -> None:
    """Render the reports of a run again, or the history of several."""
    import webbrowser

    from hairopt.cost.prices import example_prices, load_prices
    from hairopt.errors import UsageError
    from hairopt.report.render import HISTORY_FILES, render_history, render_reports
    from hairopt.report.run.bill import Bill

    names = [name.strip() for name in formats.split(",")]
    # `runs/*` also matches the history that an earlier call wrote beside the runs.
    folders = [run for run in runs if run.name not in HISTORY_FILES.values()]
    if not folders:
        raise UsageError(f"{runs[0]} is a history, not a run; name run folders")
    if open_page and "html" not in names:
        raise UsageError("--open shows the HTML page, but --format has no html")
    if len(folders) == 1:
        if out is not None:
            raise UsageError("--out is for the history of several runs; a run keeps its reports")
        bill = Bill(load_prices(prices) if prices else example_prices(), requests_per_day)
        files = render_reports(folders[0], names, bill)
    elif prices is not None:
        raise UsageError("--prices is for the report of one run; a history has no bill")
    else:
        files = render_history(folders, out or folders[-1].resolve().parent, names)
    for file in files:
        say(str(file))
    if open_page:
        page = next(file for file in files if file.suffix == ".html")
        webbrowser.open(page.resolve().as_uri())
