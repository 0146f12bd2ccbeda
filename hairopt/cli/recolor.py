"""``hairopt recolor``: dye the hair in one photo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.options import (
    IntensityOption,
    ShadeOption,
    parse_intensity,
    require_no_input,
    require_parent,
)

if TYPE_CHECKING:
    from hairopt.certainty.expectation import Expected
    from hairopt.pipeline import Rendered, Segmented
    from hairopt.variants.schema import Variant

_FORMATS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


def recolor(
    photo: Annotated[Path, typer.Argument(help="A photo: JPEG, PNG or WebP.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Picture to write; .jpg, .png or .webp.")
    ],
    shade: ShadeOption,
    variant: Annotated[str, typer.Option(help="Name or TOML file of a variant.")] = "float32",
    intensity: IntensityOption = "70",
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file with shades of yours, [shades.NAME]. "
            "Default: hairopt.toml or pyproject.toml, here or above.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Write photo, mask and result side by side, each at most 2048 px."
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Write nothing, and exit with 3, where the mask is unsure or its quality unknown.",
        ),
    ] = False,
) -> None:
    """Dye the hair in one photo, and say where the mask is in doubt."""
    from hairopt.errors import DataError, InconclusiveError
    from hairopt.files.whole_file import write_whole
    from hairopt.images import read_bytes
    from hairopt.offline import guard
    from hairopt.pipeline import Given, Pipeline
    from hairopt.shades import find_shade, read_palette
    from hairopt.variants.load import load_variant

    require_parent(out)
    require_no_input(out, photo, Path(variant))
    colour = find_shade(shade, read_palette(config, Path.cwd()))
    strength = parse_intensity(intensity)
    chosen = _encoding_as(load_variant(variant), out)
    given = Given(read_bytes(photo))

    def dye() -> tuple[Segmented, Rendered, Expected]:
        with Pipeline(chosen) as pipeline:
            try:
                segmented = pipeline.segment(given)
            except DataError as error:
                raise DataError(f"{photo}: {error}") from error
            answer = pipeline.dye(segmented, colour, strength)
            return segmented, answer, pipeline.expected(answer.mask)

    segmented, answer, expected = guard.run(dye, with_network=chosen.process.network)
    if strict and expected.doubt in ("unsure", "unknown"):
        raise InconclusiveError(f"{photo}: {_doubt(expected)}; nothing was written")
    encoded = answer.encoded
    if explain:
        from hairopt.report.explain import side_by_side
        from hairopt.stages.find import find_method

        picture = side_by_side(segmented.image, answer.mask, answer.image)
        encode = find_method("encode", chosen.encode.format)
        encoded = encode(picture, chosen.encode.quality)
    write_whole(out, encoded)
    total_ms = sum(answer.stage_ms.values())
    say(
        f"{out}: {colour.name} at {strength:g} with {chosen.name}, {total_ms:.0f} ms "
        "with a cold network"
    )
    if expected.doubt in ("unsure", "empty"):
        say(f"{photo}: {_doubt(expected)}")


def _doubt(expected: Expected) -> str:
    """The doubt in one line."""
    said = {"unsure": "the mask is unsure", "unknown": "the mask cannot be judged"}
    kind = said.get(expected.doubt)
    return f"{kind}: {expected.reason}" if kind else expected.reason


def _encoding_as(variant: Variant, out: Path) -> Variant:
    """The variant with the encoder that fits the file extension.

    Raises:
        UsageError: no encoder fits.
    """
    from hairopt.errors import UsageError

    encoder = _FORMATS.get(out.suffix.lower())
    if encoder is None:
        raise UsageError(f"{out} must end in one of: {', '.join(_FORMATS)}")
    encode = variant.encode.model_copy(update={"format": encoder})
    return variant.model_copy(update={"encode": encode})
