"""The committed weights give the figures that the model card states."""

import re
from pathlib import Path

import numpy as np
import pytest

import hairopt.models
from hairopt.datasets.combined import default_datasets
from hairopt.datasets.load import load_dataset
from tools.training.halves import half
from tools.training.judge import each_iou

CARD = Path(hairopt.models.__file__).parent / "bundled" / "MODEL_CARD.md"
ROW = re.compile(r"^\| (?P<cases>[^|]+) \| (?P<n>\d+) \|.*\| (?P<iou>0\.\d{3}) \|$", re.M)


def stated():
    """Cases -> (how many, mean IoU of the bundled network) of the card's table."""
    rows = ROW.finditer(CARD.read_text(encoding="utf-8"))
    return {row["cases"].strip(): (int(row["n"]), float(row["iou"])) for row in rows}


def mean(values):
    return len(values), float(np.mean(values))


def test_of_the_photos_that_ship_with_hairopt() -> None:
    folder = next(path for path in default_datasets() if path.name == "starter")
    scores = each_iou(load_dataset(folder), "hairnet")
    count, value = mean([scores["astronaut"], scores["grace_hopper"]])
    assert stated()["two portraits of `datasets/starter`"] == (
        count,
        pytest.approx(value, abs=2e-3),
    )


@pytest.mark.slow
@pytest.mark.shared
def test_of_the_labelled_photos(shared_dir) -> None:
    dataset = load_dataset(shared_dir / "data" / "figaro_dev")
    scores = each_iou(dataset, "hairnet")
    card = stated()
    parts = {
        "all": list(scores),
        "steering half": [case.name for case in half(dataset, "steering").cases],
        "final half": [case.name for case in half(dataset, "final").cases],
    }
    for case in dataset.cases:
        parts.setdefault(case.tags["hair_type"], []).append(case.name)
    for title, names in parts.items():
        count, value = mean([scores[name] for name in names])
        assert card[title] == (count, pytest.approx(value, abs=2e-3)), title
