from __future__ import annotations

import pytest

from hairopt.errors import UsageError
from hairopt.measure.plan import BenchPlan
from hairopt.types import Shade
from hairopt.variants.schema import Variant

NO_FOLDER_NAMES = (
    "", ".", "..", "a/b", "a\\b", "../a", "/a", "-a", ".a", "a.", "a b", "a\nb", "a\n", "a:b", "ä",
    "x" * 81, "con", "NUL", "nul.old", "Com1", "lpt9.x",
)  # fmt: skip

A, B = Variant(name="a"), Variant(name="b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variants": ()}, "at least one variant"),
        ({"variants": (A, B, A)}, "variant a is given twice"),
        ({"variants": (A, B), "null": True}, "exactly one variant, not 2"),
        ({"shades": ()}, "at least one shade"),
        ({"shades": (Shade.parse("blue"), Shade.parse("x=#2b4fb3"))}, "shade is given twice"),
        ({"intensities": ()}, "at least one intensity"),
        ({"intensities": (70.0, 70.0)}, "intensity is given twice"),
        ({"intensities": (70.0, 101.0)}, r"\[101.0\] is outside 0..100"),
        ({"intensities": (float("nan"),)}, "outside 0..100"),
        ({"rounds": 0}, "rounds is 0"),
        ({"rounds": 4, "starts": 5}, "starts is 5, but from 1 to 4"),
        ({"rounds": 4, "starts": 0}, "starts is 0"),
        ({"timing_limit_s": 0.0}, "timing_limit_s is 0.0"),
        ({"timing_limit_s": float("nan")}, "timing_limit_s is nan"),
        ({"warmup": -1}, "warmup is -1"),
        ({"seed": -1}, "seed is -1"),
        ({"timeout_s": 0.0}, "timeout_s is 0.0"),
        ({"prepare_timeout_s": float("nan")}, "prepare_timeout_s is nan"),
        *(({"name": name}, "cannot be the name of a folder") for name in NO_FOLDER_NAMES),
    ],
)
def test_what_cannot_be_measured_is_refused(small_dataset, tmp_path, change, message):
    fields = {"variants": (A, B), "dataset": small_dataset, "out": tmp_path} | change
    with pytest.raises(UsageError, match=message):
        BenchPlan(**fields)


def test_the_noise_floor_takes_the_variant_twice(small_dataset, tmp_path):
    long = Variant(name="v" * 80)
    plan = BenchPlan((long,), small_dataset, tmp_path, null=True)
    first, twin = plan.lanes
    assert first is long
    assert twin.name.endswith("@null")
    assert Variant.model_validate(twin.model_dump()).segment == long.segment


def test_combinations_are_every_shade_with_every_intensity(small_dataset, tmp_path):
    shades = (Shade.parse("blue"), Shade.parse("pink"))
    plan = BenchPlan((A,), small_dataset, tmp_path, shades=shades, intensities=(30.0, 70.0))
    assert plan.combinations == tuple((s, i) for s in shades for i in (70.0, 30.0))


@pytest.mark.parametrize("name", [None, "a", "nightly-2026_01.x@y+z", "console", "x" * 80, "9"])
def test_a_run_may_have_any_name_that_is_a_folder_everywhere(small_dataset, tmp_path, name):
    assert BenchPlan((A,), small_dataset, tmp_path, name=name).name == name
