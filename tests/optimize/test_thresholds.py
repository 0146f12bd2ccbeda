"""The thresholds of a cascade as knobs."""

import pytest

from hairopt.optimize.knobs import load_knobs, named_knobs
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.space import find_space, read_key
from hairopt.variants.load import load_variant


@pytest.fixture
def space():
    return find_space(load_variant("cascade-own"), named_knobs(["cascade threshold"]))


def test_every_step_that_is_asked_by_softness_has_a_knob(space):
    names = [dimension.knob.name for dimension in space.dimensions]
    assert names == ["threshold of step 2", "threshold of step 3"]
    own = [step.when for step in space.baseline.segment.steps[1:]]
    assert [dimension.values[0] for dimension in space.dimensions] == own
    assert "softness > 0.3" in space.dimensions[0].values


def test_a_changed_threshold_changes_that_step_alone(space):
    changes = {"threshold of step 3": "softness > 0.3", "threshold of step 2": "softness > 0.05"}
    settled = space.settle(changes)
    assert list(settled) == ["threshold of step 2", "threshold of step 3"]
    made = space.variant(settled, "turned")
    assert [step.when for step in made.segment.steps] == [
        "always",
        "softness > 0.05",
        "softness > 0.3",
    ]
    before, after = space.baseline.segment.steps, made.segment.steps
    assert [step.network_settings for step in after] == [step.network_settings for step in before]
    assert "threshold of step 2 softness > 0.05" in made.summary
    assert space.changes_to(made) == settled


def test_a_step_that_is_not_there_has_no_key():
    assert read_key(load_variant("float32"), "segment.steps[1].when") is None


def test_the_knobs_of_a_network_are_not_those_of_a_cascade():
    space = find_space(load_variant("cascade-own"), load_knobs())
    keys = {dimension.knob.key for dimension in space.dimensions}
    assert not any(key.startswith("segment.") and "steps" not in key for key in keys)
    assert "encode.quality" in keys
    (told,) = [line for line in space.left_out if "each step of a cascade" in line]
    assert "precision" in told


def test_a_variant_without_steps_has_no_thresholds():
    everything = find_space(load_variant("float32"), load_knobs())
    assert not any("threshold" in d.knob.name for d in everything.dimensions)
    assert not any("threshold" in line for line in everything.left_out)
    asked = find_space(load_variant("float32"), named_knobs(["cascade threshold"]))
    assert asked.left_out == ("cascade threshold: float32 is no cascade",)


def test_every_network_of_a_cascade_is_part_of_what_a_search_is_about(small_dataset, tmp_path):
    def signature(name):
        return OptimizeRequest(
            baseline=load_variant(name), dataset=small_dataset, out=tmp_path, budget_s=1, now=float
        ).signature()

    assert signature("cascade") != signature("cascade-own")
