"""The plan's folder: the variants as files that run, the gate's configuration, and the data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import tomli_w

from hairopt.errors import UsageError
from hairopt.metrics.retention import DEFAULT_GUARDED
from hairopt.optimize.outcome import Option, Outcome
from hairopt.optimize.space import Space
from hairopt.quantities import share_text
from hairopt.variants.load import dump_toml
from hairopt.variants.schema import Variant
from hairopt.whole_file import write_whole

PLAN_JSON = "plan.json"
RECOMMENDED = "recommended.toml"
BASELINE = "baseline.toml"
GATE = "hairopt.toml"
FOLDER = "plan"


def write_plan_files(outcome: Outcome, space: Space, out: Path, dataset: Path | None) -> list[Path]:
    """Write ``plan.json`` and the folder ``plan/`` into ``out``.

    ``plan/`` holds the baseline (which is the way back), every option, the recommended one, and
    the gate's configuration, each as a file that runs: ``hairopt bench --variant
    plan/recommended.toml``.

    Args:
        outcome: what was found.
        space: of the search.
        out: its folder.
        dataset: the folder of the cases; None for the shipped ones.

    Returns:
        The files.

    Raises:
        UsageError: the folder cannot be written.
    """
    files = {PLAN_JSON: json.dumps(outcome.model_dump(mode="json", by_alias=True), indent=1)}
    files[f"{FOLDER}/{BASELINE}"] = _toml(space.baseline, "what the plan starts from")
    for option in outcome.options:
        variant = space.variant(option.changes, option.name)
        files[option.file] = _toml(variant, option.summary)
    chosen = outcome.chosen
    if chosen is not None:
        variant = space.variant(chosen.changes, "recommended", chosen.summary)
        files[f"{FOLDER}/{RECOMMENDED}"] = _toml(variant, f"{chosen.name} of the plan")
        here = None if dataset is None else Path(os.path.relpath(dataset, out / FOLDER))
        gate = gate_toml(outcome, chosen, here)
        files[f"{FOLDER}/{GATE}"] = gate
    try:
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        for stale in (out / FOLDER).glob("*.toml"):
            stale.unlink()
        for name, text in files.items():
            write_whole(out / name, f"{text.rstrip()}\n".encode())
    except OSError as error:
        raise UsageError(f"the plan cannot be written to {out}: {error.strerror}") from error
    return [out / name for name in files]


def gate_settings(outcome: Outcome, chosen: Option, dataset: Path | None) -> dict[str, Any]:
    """The table ``[gate]`` that guards the recommended variant, keys of ``GateSettings``.

    The limits that speak of quality are those of the project; the least retention is what was
    asked; memory may rise by no more than the confirming run says, plus what single processes
    differ by.
    """
    table: dict[str, Any] = {
        "baseline": BASELINE,
        "candidate": RECOMMENDED,
        "shades": list(outcome.shades),
        "intensities": list(outcome.intensities),
        "min_retention": outcome.min_retention,
        "guarded": list(outcome.guarded or DEFAULT_GUARDED),
        "max_latency_increase": 0.0,
        "max_memory_increase": share_text(round(max(0.0, chosen.memory - 1) + MEMORY_NOISE, 2)),
    }
    if dataset is not None:
        table["dataset"] = str(dataset)  # relative paths are those of the folder plan/
    return table


MEMORY_NOISE = 0.05
"""Rise of the peak memory that two processes of one variant show without any cause."""


def gate_toml(outcome: Outcome, chosen: Option, dataset: Path | None) -> str:
    """``hairopt.toml`` for the folder of the plan."""
    head = (
        "# Run `hairopt gate` in this folder, or move it with the two variant files to where your\n"
        "# release is built. It fails when the recommended variant loses more than was agreed.\n"
    )
    return head + tomli_w.dumps({"gate": gate_settings(outcome, chosen, dataset)})


def _toml(variant: Variant, comment: str) -> str:
    return f"# {' '.join(comment.split())}\n{dump_toml(variant)}"
