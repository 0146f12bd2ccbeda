"""``hairopt report``: render a run again, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    formats: Annotated[
        str, typer.Option("--format", help="Comma separated: html, md, csv.")
    ] = "html,md,csv",
) -> None:
    """Render the reports of a run from its own files."""
    from hairopt.report.render import render_reports

    for file in render_reports(run, [name.strip() for name in formats.split(",")]):
        typer.echo(str(file))
