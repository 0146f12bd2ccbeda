"""Every method is scored with the truth as its mask; one that cannot costs nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_tables import read_cases
from hairopt.types import Shade
from hairopt.variants.schema import RecolorSpec

METHODS = """
import numpy as np

LARGE = 0.24  # between the disc of the network and that of the truth

def paint(photo, mask, shade, intensity):
    out = np.empty_like(photo)
    out[:] = shade.rgb
    return out

def only_discs(photo, mask, shade, intensity):
    if mask.mean() > LARGE:
        raise ValueError("too much hair")
    return paint(photo, mask, shade, intensity)

def small(photo, mask, shade, intensity):
    if mask.mean() > LARGE:
        return photo[:4]
    return paint(photo, mask, shade, intensity)
"""


@pytest.fixture
def run(small_dataset, plugin, strange, tmp_path):
    (tmp_path / "methods.py").write_text(METHODS)
    plain = strange("plain", "disc")

    def variant(name, method, **more):
        recolor = RecolorSpec(method=f"file:{tmp_path / 'methods.py'}:{method}", **more)
        return plain.model_copy(update={"name": name, "recolor": recolor})

    methods = ("paint", "only_discs", "small")
    variants = (plain, *(variant(name, name) for name in methods), variant("again", "paint"))
    plan = BenchPlan(
        variants, small_dataset, tmp_path / "reports", shades=(Shade.parse("pink"),),
        intensities=(100.0,), rounds=1, warmup=0, starts=1, after_pause=False, rehearse=False,
    )  # fmt: skip
    found = run_bench(plan)
    return found, read_cases(plan.out / found.id)


def test_ideals(run):
    found, rows = run
    by = rows.set_index(["variant", "case"])
    assert {result.status for result in found.variants.values()} == {"ok"}
    assert not any(result.failed_cases for result in found.variants.values())
    ideal = by["ideal_lock_de00"].unstack("variant")
    assert ideal[["plain", "paint", "again"]].notna().all(axis=None)
    np.testing.assert_array_equal(ideal["paint"], ideal["again"])
    assert (ideal["plain"] != ideal["paint"]).all()
    # Methods that fail with the truth as mask have no ideal there, and lose nothing else.
    for name in ("only_discs", "small"):
        assert ideal[name].isna().all()
        assert by.loc[name, "lock_de00"].notna().all()
    assert by.loc["plain", "formula_de00"].notna().all()
    assert by.loc["paint", "formula_de00"].isna().all()
    curves = {name: result.intensity_curve for name, result in found.variants.items()}
    assert [one.intensity for one in curves["plain"]] == [0, 25, 50, 75, 100]
    steps = [one.change_de76 for one in curves["plain"]]
    assert steps[0] == pytest.approx(0, abs=1e-4)
    assert steps == sorted(steps)
    assert curves["paint"] == curves["again"]
    swatch = found.variants["paint"].swatches[0]
    assert (swatch.band, swatch.shade_name) == ("all", "pink")
