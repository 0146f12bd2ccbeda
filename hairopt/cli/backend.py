"""``hairopt backend``: start from a file, and see whether a back-end is understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.options import MAX_ROUNDS, IntensityOption, parse_intensity
from hairopt.cli.typer_app import App

if TYPE_CHECKING:
    from hairopt.backends.schema import Backend
    from hairopt.backends.trial import Trial
    from hairopt.types import Shade
    from hairopt.variants.schema import Variant

app = App(help="Try your own service, Python callable or command.")

_LONG_CHARACTERS = 300

_UNCHANGED = 0.0005
"""Share of visibly changed pixels below which an answer is the photo itself."""


@app.command()
def init(
    kind: Annotated[str, typer.Argument(metavar="http|python|command", help="What it is.")],
    file: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")] = Path(
        "ours.toml"
    ),
) -> None:
    """Write a commented variant file with a [backend] table."""
    from hairopt.backends.starter import KINDS, starter
    from hairopt.cli.options import require_parent
    from hairopt.errors import UsageError
    from hairopt.files.whole_file import write_whole
    from hairopt.registry import unknown_name

    if kind not in KINDS:
        raise UsageError(unknown_name("kind of back-end", kind, list(KINDS)))
    require_parent(file)
    if file.exists():
        raise UsageError(f"{file} exists; choose another name with --out")
    write_whole(file, starter(kind, _name(file)).encode())
    say(f"{file} is written; edit it, then: hairopt backend try {shlex.quote(str(file))} PHOTO")


@app.command("try")
def try_(
    variant: Annotated[str, typer.Argument(metavar="FILE", help="A variant file with [backend].")],
    photo: Annotated[Path, typer.Argument(help="A JPEG, PNG or WebP photo.")],
    shade: Annotated[
        str | None,
        typer.Option(help="Colour. Default: the first of its palette, or violet."),
    ] = None,
    intensity: IntensityOption = "70",
    requests: Annotated[
        int, typer.Option(help="How often it is sent again, for the times.", min=0, max=MAX_ROUNDS)
    ] = 5,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where the answer is written.")
    ] = None,
) -> None:
    """Send one photo; show request, answer, times, and what was understood."""
    from hairopt.backends.errors import BackendError
    from hairopt.backends.trial import try_backend
    from hairopt.cli.options import require_no_input, require_parent
    from hairopt.errors import UsageError
    from hairopt.files.whole_file import write_whole
    from hairopt.images import read_bytes
    from hairopt.offline import guard
    from hairopt.variants.load import load_variant

    chosen = load_variant(variant)
    spec = chosen.backend
    if spec is None:
        raise UsageError(f"{variant} has stages and no [backend]; hairopt recolor tries it")
    if out is not None:
        require_parent(out)
        require_no_input(out, photo, Path(variant))
    data, strength = read_bytes(photo), parse_intensity(intensity)
    colour = _shade(shade, spec)
    say(_heading(chosen, spec))

    def send() -> Trial:
        import os

        return try_backend(spec, dict(os.environ), data, colour, strength, requests)

    try:
        found = guard.run(send, with_network=True)
    except BackendError as error:
        raise BackendError(error.kind, f"{chosen.name}, {photo}: {error}") from error
    _show(found)
    if out is not None:
        write_whole(out, found.answer.encoded)
        say(f"written    {out}")
    say("")
    say(f"Next: hairopt bench --variant float32 --variant {shlex.quote(variant)}")


def _name(file: Path) -> str:
    """A name for a variant, made of that of its file."""
    found = re.sub(r"[^A-Za-z0-9._-]", "-", file.stem)[:80]
    return found if found[:1].isalnum() else f"ours{found}"


def _shade(text: str | None, spec: Backend) -> Shade:
    from hairopt.shades import find_shade, read_palette
    from hairopt.types import Shade

    if text is None:
        first = next(iter(spec.shades.items()), None)
        return Shade(first[1], first[0]) if first else Shade.parse("violet")
    if text in spec.shades:
        return Shade(spec.shades[text], text)
    return find_shade(text, read_palette(None, Path.cwd()))


def _heading(variant: Variant, spec: Backend) -> str:
    from hairopt.backends.hosts import is_local
    from hairopt.backends.schema import HttpBackend
    from hairopt.measure.backend_results import target_of

    where = ""
    if isinstance(spec, HttpBackend):
        where = ", on this machine" if is_local(spec.url) else ": the photo goes to another machine"
    return f"{variant.name}: {spec.kind} {target_of(spec)}{where}"


def _show(found: Trial) -> None:
    if found.opened.note:
        cold = found.opened.import_ms + found.opened.load_ms
        ready = f", ready after {cold:,.0f} ms" if found.opened.is_cold else ""
        say(f"found      {found.opened.note}{ready}")
    for line in found.sent:
        more = "..." if len(line) > _LONG_CHARACTERS else ""
        say(f"sent       {line[:_LONG_CHARACTERS]}{more}")
    for line in found.answer.notes:
        say(f"answer     {line}")
    say(f"picture    {_picture(found)}")
    say(f"mask       {_mask(found)}")
    say(f"region     {_region(found)}")
    stages = ", ".join(f"{name} {ms:.1f} ms" for name, ms in found.answer.stage_ms.items())
    say(f"stages     {stages or 'it tells no times of its own'}")
    say(f"times      {_times(found)}")
    say(f"cost       {_cost(found)}")


def _picture(found: Trial) -> str:
    width, height = found.size_px
    what = f"{found.format} of {width} x {height} px, {len(found.answer.encoded) / 1000:,.1f} kB"
    if found.changed < _UNCHANGED:
        return f"{what}; it is the photo unchanged, as far as an encoder lets one see"
    return f"{what}; {100 * found.changed:.0f} % of its pixels differ from the photo visibly"


def _mask(found: Trial) -> str:
    mask = found.answer.mask
    if mask is None:
        return "none in the answer"
    height, width = mask.shape
    return f"{width} x {height} px, {100 * float((mask >= 0.5).mean()):.0f} % of them hair"


def _region(found: Trial) -> str:
    """What is dyed, as its answers tell."""
    from hairopt.backends.recovered.recover import Refused

    if found.region is None:
        return "not recovered from answers: " + (
            "the answer has a mask" if found.answer.mask is not None else "too few shades"
        )
    if isinstance(found.region, Refused):
        return found.region.sentence
    share = 100 * float((found.region.alpha >= 0.5).mean())
    return (
        f"recovered from answers: {share:.1f} % of the photo is dyed; it explains "
        f"{100 * found.region.explained:.0f} % of how the shades differ"
    )


def _times(found: Trial) -> str:
    first = f"first request {found.answer.total_ms:.1f} ms"
    if found.warm_ms is None:
        return first
    span = f"{min(found.later_ms):.1f} to {max(found.later_ms):.1f}"
    return f"{first}; then {found.warm_ms:.1f} ms (median of {len(found.later_ms)}; {span})"


def _cost(found: Trial) -> str:
    parts = []
    if found.answer.cpu_ms is not None:
        parts.append(f"{found.answer.cpu_ms:.1f} ms of CPU in the first request")
    if found.resident_mb:
        parts.append(f"{found.resident_mb:,.0f} MB resident")
    if found.own_ms is not None:
        parts.append(f"{found.own_ms:.2f} ms of a request are the adapter's own")
    return "; ".join(parts) or "not known: its processes are not on this machine, or not visible"
