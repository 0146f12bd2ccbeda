"""Options that more than one command has, and how their texts become values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hairopt.types import Shade

JsonOption = Annotated[bool, typer.Option("--json", help="Print only JSON on standard output.")]
ShadeOption = Annotated[
    str, typer.Option("--shade", help="Colour: a name, #rrggbb or name=#rrggbb.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Use this model in every variant.")
]


IntensityOption = Annotated[
    str, typer.Option("--intensity", metavar="0..100", help="Strength of the colour.")
]
IntensitiesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--intensity",
        metavar="0..100",
        help="Strength of the colour. Repeatable.",
        show_default=False,
    ),
]
RoundsOption = Annotated[
    str | None,
    typer.Option(
        "--rounds",
        metavar="auto|N",
        help="Timed requests per variant; auto: until every interval is within 3 %. p95 needs 100.",
        show_default=False,
    ),
]
TimingLimitOption = Annotated[
    str | None,
    typer.Option(
        "--timing-limit",
        metavar="TIME",
        help="With --rounds auto, longest time of the timing: 60s, 5m. Default: 120s.",
        show_default=False,
    ),
]
MAX_SEED = 2**32 - 1
"""The largest seed that every random generator accepts."""

MAX_ROUNDS = 100_000
MAX_REQUESTS = 1e12
MAX_MINUTES = 100_000


def parse_intensity(text: str) -> float:
    """The value of ``--intensity``.

    Raises:
        UsageError: the text is no intensity.
    """
    from hairopt.quantities import asked, intensity

    return asked("--intensity", intensity, text)


def parse_shades(texts: list[str]) -> tuple[Shade, ...]:
    """Shades from their names, those of the project too, or codes; without duplicates."""
    from hairopt.shades import find_shade, read_palette

    palette = read_palette(None, Path.cwd())
    return tuple(dict.fromkeys(find_shade(text, palette) for text in texts))


def parse_settings(option: str, texts: list[str]) -> dict[str, Any]:
    """``KEY=VALUE`` texts to values: TOML where the value is valid TOML, otherwise text.

    Raises:
        UsageError: a text without ``=``.
    """
    from hairopt.errors import ConfigError, UsageError
    from hairopt.files.toml import parse_toml

    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} {text!r} is not KEY=VALUE, such as layout=NCHW")
        try:
            values[key.strip()] = parse_toml(f"value = {value}", option, "a value")["value"]
        except ConfigError:
            values[key.strip()] = value.strip()
    return values


def require_parent(path: Path) -> None:
    """Refuse an output file whose folder does not exist, before any work is done."""
    from hairopt.errors import UsageError

    if not path.resolve().parent.is_dir():
        raise UsageError(f"folder {path.parent} does not exist; create it or choose another -o")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; -o takes the name of the picture to write")


def require_no_input(out: Path, *inputs: Path, option: str = "-o") -> None:
    """Refuse an output that is one of the inputs, also under another name or link.

    Raises:
        UsageError: names both.
    """
    from hairopt.errors import UsageError

    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise UsageError(f"{option} {out} is the input {path} itself; choose another file")
