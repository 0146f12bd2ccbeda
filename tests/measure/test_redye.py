"""Exact re-dye: every true picture counts, and what it is to be read against is written down."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.measure.bench import run_bench
from hairopt.measure.case_scorer import Scored
from hairopt.measure.plan import BenchPlan
from hairopt.measure.results import redye_bounds
from hairopt.measure.run_store import read_run
from hairopt.measure.run_tables import read_cases
from hairopt.stages.recolor.hsv import oracle_recolor
from hairopt.types import Shade
from hairopt.variants.schema import EncodeSpec

CODES = ("pink", "blue")


@pytest.fixture
def dyed_dataset(small_dataset):
    """The small dataset; of ``a`` there are two true pictures, which the ideal recolour made."""
    folder = small_dataset.path
    loaded = small_dataset.case("a").read()
    (folder / "dyed").mkdir()
    for code in CODES:
        ideal = np.rint(oracle_recolor(loaded.image, loaded.truth, Shade.parse(code), 100.0))
        cv2.imwrite(str(folder / "dyed" / f"a@{code}.png"), ideal.astype(np.uint8)[..., ::-1])
    (folder / "noise.csv").write_text("name,noise_de00_mean\na,1.5\nb,9\n")
    return load_dataset(folder)


@pytest.fixture
def run_folder(dyed_dataset, plugin, strange, tmp_path):
    """Two variants at an intensity and in a shade of which there is no true picture."""
    fine = strange("fine", "disc").model_copy(update={"encode": EncodeSpec(format="png")})
    coarse = strange("coarse", "disc").model_copy(update={"encode": EncodeSpec(quality=10)})
    plan = BenchPlan(
        variants=(fine, coarse), dataset=dyed_dataset, out=tmp_path / "reports",
        shades=(Shade.parse("violet"),), intensities=(40.0,), rounds=1, warmup=0,
    )  # fmt: skip
    run = run_bench(plan)
    return plan.out / run.id


def test_every_true_picture_is_compared_whatever_the_plan_asks(run_folder):
    rows = read_cases(run_folder).set_index(["case", "variant"])
    assert rows.loc[("a", "fine"), "redye_de00"] < rows.loc[("a", "coarse"), "redye_de00"]
    assert rows.loc[["b", "c"], "redye_de00"].isna().all()
    quality = read_run(run_folder).variants["coarse"].quality["redye_de00"]
    assert (quality.n, quality.n_undefined) == (1, 2)


def test_the_ideal_and_the_noise_stand_beside_it_the_same_for_every_variant(run_folder):
    rows = read_cases(run_folder)
    of_a = rows[rows.case == "a"]
    # The true pictures are the ideal itself, rounded to bytes.
    assert of_a.redye_floor_de00.nunique() == 1
    assert 0 < of_a.redye_floor_de00.iloc[0] < 0.5
    assert set(of_a.redye_noise_de00) == {1.5}
    assert rows[rows.case != "a"][["redye_floor_de00", "redye_noise_de00"]].isna().all(axis=None)
    bounds = read_run(run_folder).redye
    assert bounds.floor_de00 == pytest.approx(of_a.redye_floor_de00.iloc[0])
    assert (bounds.n, bounds.noise_de00, bounds.n_noise) == (1, 1.5, 1)


def scored(case, floor, noise, variant="x"):
    return Scored(
        variant, case, case, 0, {}, Shade.parse("pink"), 70.0, {}, 1,
        redye_floor_de00=floor, redye_noise_de00=noise,
    )  # fmt: skip


def test_a_case_counts_once_however_many_variants_answered_it():
    answers = [scored("a", 4.0, 1.0), scored("a", 4.0, 1.0, "y"), scored("b", 8.0, None)]
    bounds = redye_bounds([*answers, scored("c", None, None)])
    assert (bounds.floor_de00, bounds.n) == (6.0, 2)
    assert (bounds.noise_de00, bounds.n_noise) == (1.0, 1)
    assert bounds.floor_ci95 is None  # two photos have no interval that holds


def test_without_true_pictures_there_are_no_bounds():
    assert redye_bounds([scored("a", None, None)]) is None
