"""Train the bundled network: ``python -m tools.training.train_bundled PHOTOS --out FOLDER``.

PHOTOS holds one folder per source of free portraits, and the folders named in BACKGROUNDS with
photos without people. What was learned about the settings stands in ``docs/training.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from hairopt.cli.console import stderr_console
from hairopt.cli.distill import Watcher
from hairopt.datasets.combined import default_datasets
from hairopt.datasets.load import load_dataset
from hairopt.train.distill import distill
from hairopt.train.order import Length, Order
from tools.training.halves import half

BACKGROUNDS = ("negatives", "negatives_ropensci")
SEED = 4
PEAK_RATE = 1.5e-4
EPOCHS = 150.0
"""About five hours of one idle core: a batch of 16 takes 1.0 s of it, examples and checks included
(measured on AVX-512)."""
PATIENCE = 1000
"""Checks. A run that continues drifts on the steering half from the first check on, and what it
learns counts after it is blended with its start (``tools.training.blend``)."""


def order(arguments: argparse.Namespace) -> Order:
    """The order for the bundled network."""
    steer = load_dataset(arguments.steer) if arguments.steer else None
    return Order(
        photos=arguments.photos,
        out=arguments.out,
        length=Length(minutes=arguments.minutes, patience=PATIENCE)
        if arguments.minutes
        else Length(epochs=arguments.epochs, patience=PATIENCE),
        labelled=[load_dataset(path) for path in arguments.renders],
        backgrounds=[
            arguments.photos / name for name in BACKGROUNDS if (arguments.photos / name).is_dir()
        ],
        watched=half(steer, "steering") if steer else None,
        judged=[load_dataset(path) for path in default_datasets()]
        + ([half(steer, "final")] if steer else []),
        name="hairnet-next",
        licence="Apache-2.0",
        start=arguments.start,
        device=arguments.device,
        workers=arguments.workers,
        resume=True,
        seed=SEED,
        peak_rate=PEAK_RATE,
    )


def main() -> None:
    """Read the arguments and train; an interrupted run goes on where its last check was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--renders", type=Path, action="append", default=[])
    parser.add_argument("--steer", type=Path, help="labelled dataset whose first half steers")
    parser.add_argument("--start", default="hairnet", help="model, .onnx file or 'scratch'")
    parser.add_argument("--epochs", type=float, default=EPOCHS)
    parser.add_argument("--minutes", type=float, help="instead of epochs")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--workers", type=int, default=0)
    with Watcher(stderr_console()) as observer:
        made = distill(order(parser.parse_args()), observer)
    stderr_console().print(f"{made.onnx}: {made.score}, {made.start_score} at the start")


if __name__ == "__main__":
    main()
