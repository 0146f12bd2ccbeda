"""Read, validate, fingerprint and derive labelled images."""

from hairopt.datasets.case import Case, LoadedCase
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.load import load_dataset
from hairopt.datasets.shipped import default_datasets

__all__ = ["Case", "Dataset", "LoadedCase", "default_datasets", "load_dataset"]
