"""The files of a dataset folder, each beside sound ones of the other kinds."""

from __future__ import annotations

from pathlib import Path

from tools.fuzz.mutators.text import csv_text, toml
from tools.fuzz.reader import CORPUS, TOML_CODE, Reader

_NAMES = ("a", "b", "r\u00e9sum\u00e9")


def _prepare(folder: Path) -> None:
    photo = (CORPUS / "picture" / "rgb.jpg").read_bytes()
    mask = (CORPUS / "mask" / "soft.png").read_bytes()
    for place in ("images", "masks"):
        (folder / place).mkdir()
    for name in _NAMES:
        (folder / "images" / f"{name}.jpg").write_bytes(photo)
        (folder / "masks" / f"{name}.png").write_bytes(mask)


def _read_as(name: str, data: bytes, folder: Path) -> None:
    """Load the folder, as every command that takes a dataset does, and count what it holds."""
    from hairopt.datasets import load_dataset
    from hairopt.datasets.stats import dataset_stats

    (folder / name).write_bytes(data)
    dataset = load_dataset(folder)
    _ = dataset.fingerprint
    dataset_stats(dataset)


def _read_cases(data: bytes, folder: Path) -> None:
    _read_as("cases.csv", data, folder)


def _read_noise(data: bytes, folder: Path) -> None:
    _read_as("noise.csv", data, folder)


def _read_manifest(data: bytes, folder: Path) -> None:
    _read_as("dataset.toml", data, folder)


_TABLE = ("hairopt.datasets.case_table", "hairopt.datasets.load", "hairopt.datasets.dataset")

CASES_CSV = Reader("cases-csv", _read_cases, csv_text, _TABLE, _prepare)
NOISE_CSV = Reader(
    "noise-csv",
    _read_noise,
    csv_text,
    ("hairopt.datasets.noise", "hairopt.datasets.case_table"),
    _prepare,
)
DATASET_TOML = Reader(
    "dataset-toml",
    _read_manifest,
    toml,
    (
        "hairopt.datasets.manifest",
        "hairopt.datasets.load",
        "hairopt.datasets.packaged",
        "hairopt.datasets.changes",
        *TOML_CODE,
    ),
    _prepare,
)
