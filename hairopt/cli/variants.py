"""``hairopt variants``: list, show and validate variants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli.console import print_toml, say
from hairopt.cli.options import JsonOption
from hairopt.cli.typer_app import App

app = App(help="List, show and validate variants.")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List all variants by name."""
    import json

    from rich.table import Table

    from hairopt.cli.console import print_json, stdout_console
    from hairopt.variants.load import list_variants, load_variant

    variants = [load_variant(name) for name in list_variants()]
    if as_json:
        print_json(json.dumps([v.model_dump(mode="json") for v in variants], indent=2))
        return
    table = Table("variant", "runtime", "model", "precision", "summary", box=None, pad_edge=False)
    for v in variants:
        networks = v.segment.networks
        columns = [
            " + ".join(dict.fromkeys(getattr(one, key) for one in networks))
            for key in ("runtime", "model", "precision")
        ]
        table.add_row(v.name, *columns, v.summary)
    stdout_console().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a variant, or a TOML file.")],
) -> None:
    """Print a variant as a complete TOML file, with all defaults."""
    from hairopt.variants.load import dump_toml, load_variant

    print_toml(dump_toml(load_variant(name), Path()))


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A variant file (TOML).")],
) -> None:
    """Check a variant file.

    An error names the file, the key, the value and what is allowed.
    """
    from hairopt.errors import ConfigError
    from hairopt.variants.load import load_variant

    if not file.is_file():
        raise ConfigError(f"{file} does not exist; give the path of a variant file (TOML)")
    variant = load_variant(str(file))
    say(f"{file} is valid: variant {variant.name!r}")
