"""``hairopt models calibrate-quality``: what IoU the masks of a network let one expect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.options import JsonOption

if TYPE_CHECKING:
    from hairopt.certainty.calibrate import LabelledPhotos
    from hairopt.certainty.expectation import Expectation
    from hairopt.variants.schema import SegmentSpec


def calibrate_quality(
    model: Annotated[str, typer.Argument(help="Name of a model, see 'hairopt models list'.")],
    dataset: Annotated[Path, typer.Option(help="Labelled photos: at least 40 with hair.")],
    precision: Annotated[
        str, typer.Option(help="Of the masks: float32, float16, int8 or mixed.")
    ] = "float32",
    runtime: Annotated[
        str, typer.Option(help="What executes the network; matters for int8 and mixed.")
    ] = "onnxruntime",
    input_size: Annotated[
        int | None, typer.Option(help="Side of the network's input in px.", min=32, max=2048)
    ] = None,
    upsample: Annotated[str, typer.Option(help="As in a variant: linear or guided.")] = "linear",
    as_json: JsonOption = False,
) -> None:
    """Fit the IoU that a mask's probabilities let one expect.

    The error is measured on photos that were held out, source by source.
    """
    from hairopt.cli.console import print_json
    from hairopt.cli.dataset_doubts import reading, say_doubts
    from hairopt.datasets import load_dataset
    from hairopt.stages.expectation import calibrate, expectation_json, form_of, keep_expectation
    from hairopt.stages.segment import load_network
    from hairopt.variants.schema import SegmentSpec

    spec = _spec(SegmentSpec, model, precision, runtime, input_size, upsample)
    chosen = load_dataset(dataset)
    say_doubts(chosen)
    network = load_network(**spec.model_dump(exclude={"method"}))
    try:
        form = form_of(network.model_file, input_size, upsample)
        with reading(chosen) as on_case:
            found, photos = calibrate(network.model_file, form, chosen, network, on_case)
    finally:
        network.close()
    file = keep_expectation(network.model_file.record, found)
    if as_json:
        print_json(expectation_json(found))
    else:
        _print(found, photos, file)


def _spec(
    kind: type[SegmentSpec],
    model: str,
    precision: str,
    runtime: str,
    input_size: int | None,
    upsample: str,
) -> SegmentSpec:
    from hairopt.errors import UsageError
    from hairopt.files.validated import validated

    values = {
        "model": model,
        "precision": precision,
        "runtime": runtime,
        "input_size": input_size,
        "upsample": upsample,
    }
    return validated(values, kind, lambda _: "the options", UsageError)


def _print(found: Expectation, photos: LabelledPhotos, file: Path) -> None:
    from rich.table import Table

    from hairopt.certainty.expectation import UNSURE_BELOW
    from hairopt.cli.console import say, stdout_console
    from hairopt.quantities import number_of

    held = found.held_out
    table = Table.grid(padding=(0, 2))
    sources = number_of(held.n_sources, "source photo")
    table.add_row("photos", f"{number_of(held.n_cases, 'case')} of {sources}")
    for n, what in (
        (photos.n_without_hair, "without hair"),
        (photos.n_missed, "with hair, but an empty mask"),
        (photos.n_bad, "unreadable"),
    ):
        if n:
            table.add_row("", f"{n} {what}: left out")
    table.add_row("mean absolute error of the expected IoU", f"{held.mae:.3f}")
    area = "no such photo" if held.auc is None else f"area under the curve {held.auc:.3f}"
    table.add_row(f"finding the {held.n_below} below IoU {UNSURE_BELOW:g}", area)
    table.add_row("the 95 % interval holds for", f"{held.coverage:.0%} of the photos")
    say(f"{found.model}, {found.form}, on photos held out:")
    stdout_console().print(table)
    say(f"Stored: {file}")
