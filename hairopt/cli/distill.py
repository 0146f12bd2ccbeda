"""``hairopt distill``: train a compact network with the user's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.dataset_doubts import say_doubts

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from hairopt.train.checkpoint import Check, State
    from hairopt.train.distill import Distilled


def distill(
    photos: Annotated[Path, typer.Argument(help="Folder of photos, with sub-folders.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the run and its network.")],
    labelled: Annotated[
        list[Path] | None,
        typer.Option("--labelled", help="Dataset whose masks are trained on. Repeatable."),
    ] = None,
    backgrounds: Annotated[
        list[Path] | None, typer.Option(help="Folder of photos without people. Repeatable.")
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option(help="Labelled dataset to choose the best network; not trained on."),
    ] = None,
    teacher: Annotated[str, typer.Option(help="Model that labels the photos.")] = "mediapipe-hair",
    minutes: Annotated[float | None, typer.Option(help="Minutes of training. Default: 60.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Passes over the photos.")] = None,
    start: Annotated[
        str, typer.Option(help="Model or .onnx file to start from, or 'scratch'.")
    ] = "hairnet",
    name: Annotated[str, typer.Option(help="Name of the new model.")] = "distilled",
    licence: Annotated[str | None, typer.Option(help="Licence of the new model.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Threads on the CPU.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare examples.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an earlier run.")] = False,
) -> None:
    """Train a compact network from unlabelled photos and a teacher. It is added as a model."""
    from hairopt.cli.console import stderr_console
    from hairopt.datasets.combined import default_datasets
    from hairopt.datasets.load import load_dataset
    from hairopt.models.records import check_name
    from hairopt.train.order import Length, Order
    from hairopt.train.torch_extra import require_torch

    require_torch()
    from hairopt.train.distill import distill as run

    nothing_said = minutes is None and epochs is None
    length = Length(minutes=60.0) if nothing_said else Length(minutes, epochs)
    trained_on = [load_dataset(path) for path in labelled or []]
    watched = load_dataset(watch) if watch else None
    for dataset in (*trained_on, *([watched] if watched else [])):
        say_doubts(dataset)
    own = {dataset.path.resolve() for dataset in trained_on}
    order = Order(
        photos=photos,
        out=out,
        length=length,
        labelled=trained_on,
        backgrounds=backgrounds or [],
        watched=watched,
        judged=[load_dataset(p) for p in default_datasets() if p.resolve() not in own],
        teacher=teacher,
        start=start,
        name=check_name(name),
        licence=licence or Order.licence,
        device=device,
        threads=threads,
        workers=workers,
        resume=resume,
        seed=seed,
    )
    with Watcher(stderr_console()) as observer:
        made = run(order, observer)
    _print_result(made)


class Watcher:
    """Bars in a terminal; elsewhere one line per phase and check."""

    def __init__(self, console: Console) -> None:
        from hairopt.cli.progress import step_bars

        self._console = console
        self._bars = step_bars(console)
        self._tasks: dict[str, TaskID] = {}
        self._checks = 0

    def __enter__(self) -> Watcher:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def done(self, what: str, number: int, total: int) -> None:
        """Report that ``number`` of ``total`` photos have passed a phase."""
        self._move(what, number, total)

    def trained(self, progress: float, left_s: float, state: State) -> None:
        """Report that a training step is done."""
        self._move("train", round(1000 * min(progress, 1.0)), 1000)
        if len(state.curve) > self._checks:
            self._checks = len(state.curve)
            self._console.print(_check_text(state.curve[-1], left_s))

    def _move(self, what: str, number: int, total: int) -> None:
        if what not in self._tasks:
            if not self._console.is_terminal:
                self._console.print(f"{what} ({total})" if what != "train" else what)
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=number)


def _check_text(check: Check, left_s: float) -> str:
    def shown(value: float | None) -> str:
        return "  -  " if value is None else f"{value:.3f}"

    return (
        f"batch {check.step:>6}  {check.minutes:>6.1f} min  {left_s / 60:>6.1f} left  "
        f"{check.images_per_s:>5.1f}/s  loss {check.loss:.3f}  held out "
        f"{shown(check.held_out_iou)}  watched {shown(check.watched_iou)}"
    )


def _print_result(made: Distilled) -> None:
    if made.score is not None:
        before = "" if made.start_score is None else f", {made.start_score:.3f} at the start"
        say(f"mean IoU {made.score:.3f}{before}")
    for path in (made.onnx, made.tflite, made.card, made.curve):
        say(str(path))
    say(
        f"{made.record.name} is in the store; compare it with: hairopt models compare hairnet "
        f"{made.record.name}"
    )
