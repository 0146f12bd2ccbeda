"""``hairopt export``: a variant as code to deploy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli.console import say


def export(
    variant: Annotated[str, typer.Argument(help="Name or TOML file of a variant.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write; absent or empty.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a folder that an export has written.")
    ] = False,
) -> None:
    """Write a variant as code that runs without hairopt.

    The folder has tryon.py, the network, requirements.txt, a test with golden answers, a FastAPI
    example and a README. It needs NumPy, OpenCV and the variant's runtime.
    """
    from hairopt.export.folder import export as write
    from hairopt.variants.load import load_variant

    chosen = load_variant(variant)
    made = write(chosen, folder, replace=replace)
    say(
        f"{folder}: variant {chosen.name} in {made.lines} lines of code with a network of "
        f"{made.model_mb:.1f} MB; needs {', '.join(made.packages)}"
    )
    say(f"next: cd {folder} && pip install -r requirements.txt && python -m unittest")
