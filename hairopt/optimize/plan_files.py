"""The plan's folder: the variants as files that run, the gate's configuration, and the data."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import tomli_w

from hairopt.errors import UsageError
from hairopt.files.whole_file import write_whole
from hairopt.files.whole_folder import carry_over, whole_folder
from hairopt.metrics.retention import DEFAULT_GUARDED
from hairopt.optimize.outcome import Option, Outcome
from hairopt.optimize.space import Space
from hairopt.quantities import share_text
from hairopt.variants.load import dump_toml
from hairopt.variants.schema import Variant

PLAN_JSON = "plan.json"
RECOMMENDED = "recommended.toml"
BASELINE = "baseline.toml"
GATE = "hairopt.toml"
FOLDER = "plan"

_OURS = re.compile(r"(baseline|recommended|hairopt|option-\d+)\.toml")


def write_plan_files(outcome: Outcome, space: Space, out: Path, dataset: Path | None) -> list[Path]:
    """Write ``plan.json`` and the folder ``plan/`` into ``out``.

    ``plan/`` has the baseline (to go back to), every option, the recommended one, and the gate's
    configuration, as files that can be used: ``hairopt bench --variant plan/recommended.toml``. It
    is replaced as a whole; other files in it are kept.

    Args:
        outcome: the results.
        space: the space of the search.
        out: the folder of the search.
        dataset: the folder of the cases; None for the shipped ones.

    Returns:
        The files.

    Raises:
        UsageError: the folder cannot be written.
    """
    files = {BASELINE: _toml(space.baseline, "what the plan starts from", out)}
    for option in outcome.options:
        variant = space.variant(option.changes, option.name)
        files[Path(option.file).name] = _toml(variant, option.summary, out)
    chosen = outcome.chosen
    if chosen is not None:
        variant = space.variant(chosen.changes, "recommended", chosen.summary)
        files[RECOMMENDED] = _toml(variant, f"{chosen.name} of the plan", out)
        here = None if dataset is None else Path(os.path.relpath(dataset, out / FOLDER))
        files[GATE] = gate_toml(outcome, chosen, here)
    plan = json.dumps(outcome.model_dump(mode="json", by_alias=True), indent=1)
    try:
        # The gate of one plan and the variants of another would not fit together.
        with whole_folder(out / FOLDER, replace=True) as new:
            for name, text in files.items():
                (new / name).write_text(f"{text.rstrip()}\n", encoding="utf-8")
            carry_over(out / FOLDER, new, ours=lambda name: _OURS.fullmatch(name) is not None)
        write_whole(out / PLAN_JSON, f"{plan}\n".encode())
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"the plan cannot be written to {out}: {reason}") from error
    return [out / PLAN_JSON, *(out / FOLDER / name for name in files)]


def gate_settings(outcome: Outcome, chosen: Option, dataset: Path | None) -> dict[str, Any]:
    """The table ``[gate]`` that guards the recommended variant, keys of ``GateSettings``.

    The limits of quality are the gate's defaults, and the least retention is the requested one.
    Memory may rise as in the confirming run, plus the difference between single processes.
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
        table["dataset"] = str(dataset)  # relative paths start at the folder plan/
    return table


MEMORY_NOISE = 0.05
"""Relative difference of peak memory between two processes of one variant."""


def gate_toml(outcome: Outcome, chosen: Option, dataset: Path | None) -> str:
    """``hairopt.toml`` for the folder of the plan."""
    head = (
        "# Run `hairopt gate` in this folder, or move it with the two variant files to where your\n"
        "# release is built. It fails when the recommended variant loses more than was agreed.\n"
    )
    return head + tomli_w.dumps({"gate": gate_settings(outcome, chosen, dataset)})


def _toml(variant: Variant, comment: str, out: Path) -> str:
    return f"# {' '.join(comment.split())}\n{dump_toml(variant, out / FOLDER)}"
