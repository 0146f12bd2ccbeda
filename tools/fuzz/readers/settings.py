"""Variants, the gate's settings, and prices."""

from __future__ import annotations

from pathlib import Path

from tools.fuzz.mutators.text import toml
from tools.fuzz.reader import TOML_CODE, Reader


def _read_variant(data: bytes, folder: Path) -> None:
    """As ``variants validate`` and ``variants show`` do; nothing that a variant names is run."""
    from hairopt.variants.condition import Condition
    from hairopt.variants.expand import in_runtimes
    from hairopt.variants.load import dump_toml, load_variant

    file = folder / "mine.toml"
    file.write_bytes(data)
    variant = load_variant(str(file))
    dump_toml(variant, folder)
    in_runtimes(variant, ("litert", "onnxruntime"))
    when = Condition.parse(variant.postprocess.when)
    if when.name is not None:
        when.holds({when.name: 0.5})


def _read_gate_toml(data: bytes, folder: Path) -> None:
    _read_gate(folder / "hairopt.toml", data)


def _read_pyproject(data: bytes, folder: Path) -> None:
    _read_gate(folder / "pyproject.toml", data)


def _read_gate(file: Path, data: bytes) -> None:
    from hairopt.gate.settings import baselines_folder, find_settings
    from hairopt.measure.settings import bench_settings
    from hairopt.shades import find_shade, read_palette

    file.write_bytes(data)
    settings = find_settings(file.parent)
    baselines_folder(file.parent)
    bench_settings(None, file.parent)
    palette = read_palette(None, file.parent)
    for name in palette:
        find_shade(name, palette)
    if settings is not None:
        settings.changed({"seed": 1, "max_mask_drop": 0.1})


def _read_prices(data: bytes, folder: Path) -> None:
    """Read a price file and write a bill with it."""
    from hairopt.cost.prices import load_prices
    from hairopt.cost.usage import RequestUsage, cost_of_use
    from hairopt.report.matrix import Column
    from hairopt.report.run.bill import PER_MONTH, Bill

    file = folder / "prices.toml"
    file.write_bytes(data)
    prices = load_prices(file)
    cost_of_use(RequestUsage(80.0, 100.0, 400.0, 90_000.0), prices).per_month(1e6)
    Bill(prices, 1e6).explained(Column(PER_MONTH, "bill", "", "cost", False, 2, "What it costs."))


_GATE = (
    "hairopt.gate.settings",
    "hairopt.shades",
    "hairopt.quantities:share,intensity",
    *TOML_CODE,
)

VARIANT = Reader(
    "variant",
    _read_variant,
    toml,
    ("hairopt.variants.load", "hairopt.variants.condition", *TOML_CODE),
)
GATE_TOML = Reader("gate-toml", _read_gate_toml, toml, _GATE)
GATE_PYPROJECT = Reader("gate-pyproject", _read_pyproject, toml, _GATE)
PRICES = Reader("prices", _read_prices, toml, ("hairopt.cost.prices", *TOML_CODE))
