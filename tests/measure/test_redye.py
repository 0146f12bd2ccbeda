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
    rows = read_cases(run_folder)
    assert set(rows[rows.case != "a"].shade_name) == {"violet"}
    true = rows[(rows.case == "a") & (rows.is_redye == 1)].set_index(["variant", "shade_name"])
    assert sorted(true.index) == [
        (name, code) for name in ("coarse", "fine") for code in ("blue", "pink")
    ]
    assert (true.is_true == 1).all()
    assert (true.intensity == 100).all()
    assert true.output_bytes.isna().all()
    for code in CODES:
        assert true.loc[("fine", code), "redye_de00"] < true.loc[("coarse", code), "redye_de00"]
    quality = read_run(run_folder).variants["coarse"].quality["redye_de00"]
    assert (quality.n, quality.n_undefined) == (1, 2)
    assert quality.mean == pytest.approx(true.loc["coarse", "redye_de00"].mean())


def test_true_pictures_are_further_shades_of_the_colour(run_folder):
    rows = read_cases(run_folder)
    of_a = rows[(rows.variant == "fine") & (rows.case == "a")]
    assert len(of_a) == 1 + len(CODES)
    # The true pictures are what the method makes of the true mask; only the mask is missing.
    asked, true = of_a[of_a.is_redye == 0], of_a[of_a.is_redye == 1]
    assert asked.is_true.item() == 0
    assert (true.ideal_lock_de00 < 0.5).all()
    assert (true.ideal_lock_de00 < true.lock_de00).all()
    assert asked.ideal_lock_de00.item() > 1
    by_case = rows[rows.variant == "fine"].groupby("case")["lock_de00"].mean()
    assert by_case["a"] == pytest.approx(of_a["lock_de00"].mean())
    quality = read_run(run_folder).variants["fine"].quality["lock_de00"]
    assert quality.mean == pytest.approx(by_case.mean())
    slices = read_run(run_folder).variants["fine"].slices
    assert "shade" not in slices  # one shade was asked for


def test_the_ideal_and_the_noise_stand_beside_it(run_folder):
    rows = read_cases(run_folder)
    true = rows[rows.is_redye == 1]
    # The true pictures are the ideal itself, rounded to bytes: the same for both variants.
    assert true.groupby("shade").ideal_redye_de00.nunique().tolist() == [1, 1]
    assert true.ideal_redye_de00.max() < 0.5
    assert set(true.redye_noise_de00) == {1.5}
    others = rows[rows.case != "a"]
    assert others[["ideal_redye_de00", "redye_noise_de00"]].isna().all(axis=None)
    bounds = read_run(run_folder).redye
    expected = true[true.variant == "fine"].ideal_redye_de00.mean()
    assert bounds.floor_de00 == pytest.approx(expected)
    assert (bounds.n, bounds.noise_de00, bounds.n_noise) == (1, 1.5, 1)


def test_pictures_of_before_after_and_truth_are_kept(run_folder):
    rows = read_cases(run_folder)
    folder = run_folder / rows[rows.case == "a"].images.iloc[0]
    assert (folder / "intent" / "asked.jpg").is_file()
    (true,) = (folder / "intent").glob("dyed-*.jpg")
    made, wanted = (cv2.imread(str(file)) for file in (folder / "redye" / "fine.jpg", true))
    photo = cv2.imread(str(folder / "photo.jpg"))
    apart, changed = (np.abs(one.astype(int) - wanted).mean() for one in (made, photo))
    assert apart < 0.8 * changed
    assert not (run_folder / rows[rows.case == "b"].images.iloc[0] / "redye").exists()


def test_a_shade_that_is_asked_for_and_true_is_measured_once(
    dyed_dataset, plugin, strange, tmp_path
):
    plan = BenchPlan(
        variants=(strange("fine", "disc"),), dataset=dyed_dataset, out=tmp_path / "reports",
        shades=(Shade.parse("pink"),), intensities=(50.0, 100.0), rounds=1, warmup=0,
    )  # fmt: skip
    rows = read_cases(plan.out / run_bench(plan).id)
    of_a = rows[rows.case == "a"].set_index(["shade_name", "intensity"])
    assert sorted(of_a.index) == [("blue", 100), ("pink", 50), ("pink", 100)]
    assert of_a.is_redye.to_dict() == {("blue", 100): 1, ("pink", 50): 0, ("pink", 100): 0}
    assert (of_a.is_true == 1).all()
    assert of_a.redye_de00.notna().to_dict() == {
        ("blue", 100): True, ("pink", 50): False, ("pink", 100): True,
    }  # fmt: skip


def scored(case, floor, noise):
    return Scored(
        "x", case, case, 0, {}, Shade.parse("pink"), 70.0, {"ideal_redye_de00": floor}, 1,
        redye_noise_de00=noise,
    )  # fmt: skip


def test_a_case_counts_once_for_any_number_of_shades():
    answers = [scored("a", 3.0, 1.0), scored("a", 5.0, 1.0), scored("b", 8.0, None)]
    bounds = redye_bounds([*answers, scored("c", None, None)])
    assert (bounds.floor_de00, bounds.n) == (6.0, 2)
    assert (bounds.noise_de00, bounds.n_noise) == (1.0, 1)
    assert bounds.floor_ci95 is None  # two photos have no interval that holds


def test_without_true_pictures_there_are_no_bounds():
    assert redye_bounds([scored("a", None, None)]) is None
