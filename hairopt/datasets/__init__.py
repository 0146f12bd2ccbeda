"""Read, validate, fingerprint and derive labelled images."""

from hairopt.datasets.case import BadFileError, Case, LoadedCase
from hairopt.datasets.check import DatasetReport, DatasetWarning, check_dataset
from hairopt.datasets.combined import default_datasets
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.facts import BadCase, hair_lightness
from hairopt.datasets.load import load_dataset
from hairopt.datasets.stats import DatasetStats, Spread, dataset_stats

__all__ = [
    "BadCase",
    "BadFileError",
    "Case",
    "Dataset",
    "DatasetReport",
    "DatasetStats",
    "DatasetWarning",
    "LoadedCase",
    "Spread",
    "check_dataset",
    "dataset_stats",
    "default_datasets",
    "hair_lightness",
    "load_dataset",
]
