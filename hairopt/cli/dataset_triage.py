"""``hairopt dataset triage``: the photos that are worth labelling."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.options import JsonOption, require_no_input, require_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hairopt.certainty.triage import Network, Ranked

_SECOND = "mediapipe-hair"


def triage(
    photos: Annotated[
        Path, typer.Argument(help="A folder of photos, or a dataset; masks are not read.")
    ],
    labelled: Annotated[
        Path | None, typer.Option(help="The photos that have masks already, as a dataset.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Network that looks at the photos. Twice at most. Default: hairnet, and "
            f"{_SECOND} where it is on this machine.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[int, typer.Option(help="Number of photos shown; 0: all.", min=0)] = 20,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Table with all photos to write.")
    ] = Path("triage.csv"),
    as_json: JsonOption = False,
) -> None:
    """Rank photos by what a mask of theirs would teach.

    First come photos of whose mask little is expected, on which two networks or two views disagree,
    and which are unlike the labelled ones.
    """
    from hairopt.certainty.triage import labelled_appearances
    from hairopt.certainty.triage import triage as ranked_photos
    from hairopt.cli.dataset_doubts import reading
    from hairopt.datasets import load_dataset
    from hairopt.errors import DataError
    from hairopt.files.whole_file import write_whole

    require_parent(out)
    require_no_input(out, photos, *([labelled] if labelled else []))
    found = load_dataset(photos, needs_masks=False)
    others = load_dataset(labelled) if labelled else None
    with ExitStack() as stack:
        networks = [_network(name, stack) for name in _chosen(model)]
        known = None
        if others is not None:
            with reading(others) as on_case:
                known = labelled_appearances(others.cases, networks[0], on_case)
        with reading(found) as on_case:
            ranked, bad = ranked_photos(found.cases, networks, known or ([], set()), on_case)
    write_whole(out, _csv(ranked).encode())
    if as_json:
        _print_json(ranked)
    else:
        _print(ranked[: top or None], len(ranked), networks, out)
    if bad:
        reasons = "\n  ".join(one.reason for one in bad)
        n = f"{len(bad)} of {len(found.cases)} photos cannot be read"
        raise DataError(f"{n}; all others are ranked:\n  {reasons}")


def _chosen(models: list[str] | None) -> list[str]:
    """The networks that look at the photos.

    Raises:
        UsageError: more than two, or one twice.
    """
    from hairopt.errors import UsageError
    from hairopt.models.store import list_models

    if not models:
        here = {model.record.name for model in list_models() if model.present}
        return ["hairnet", *([_SECOND] if _SECOND in here else [])]
    if len(models) > 2 or len(set(models)) < len(models):
        raise UsageError(f"--model takes one or two different networks, not {', '.join(models)}")
    return models


def _network(name: str, stack: ExitStack) -> Network:
    from hairopt.certainty.triage import Network
    from hairopt.stages.expectation import expectation_for
    from hairopt.stages.segment import load_network

    loaded = load_network(
        runtime="onnxruntime", model=name, precision="float32", input_size=None, threads=1
    )
    stack.callback(loaded.close)
    return Network(name, loaded, expectation_for(loaded))


_HEAD = (
    "rank", "photo", "worth", "expected_iou", "expected_low", "expected_high", "doubt",
    "agreement_networks_iou", "agreement_views_iou", "unlike", "reason", "file",
)  # fmt: skip


def _csv(ranked: Sequence[Ranked]) -> str:
    from hairopt.files.csv import csv_text
    from hairopt.report.foreign_text import csv_cell

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.4f}"

    rows = [
        (
            place + 1,
            csv_cell(one.name),
            shown(one.worth),
            shown(one.expected.iou),
            shown(one.expected.low),
            shown(one.expected.high),
            one.expected.doubt,
            shown(one.networks_iou),
            shown(one.views_iou),
            shown(one.unlike),
            csv_cell(one.reason),
            csv_cell(one.file),
        )
        for place, one in enumerate(ranked)
    ]
    return csv_text([_HEAD, *rows])


def _print_json(ranked: Sequence[Ranked]) -> None:
    import dataclasses
    import json

    from hairopt.cli.console import print_json

    told = [
        {**dataclasses.asdict(one), "expected": one.expected.model_dump(mode="json")}
        for one in ranked
    ]
    print_json(json.dumps(told, indent=2, ensure_ascii=False))


def _print(shown: Sequence[Ranked], n: int, networks: Sequence[Network], out: Path) -> None:
    from rich.table import Table

    from hairopt.cli.console import say, stdout_console
    from hairopt.quantities import number_of
    from hairopt.report.foreign_text import printable

    table = Table("rank", "photo", "worth", "expected IoU", "why", box=None)
    for place, one in enumerate(shown):
        iou = one.expected.doubt if one.expected.iou is None else f"{one.expected.iou:.2f}"
        table.add_row(str(place + 1), printable(one.name), f"{one.worth:.2f}", iou, one.reason)
    stdout_console().print(table)
    names = " and ".join(network.name for network in networks)
    say(f"{number_of(n, 'photo')} looked at by {names}; all are in {out}")
