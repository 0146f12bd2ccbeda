"""The steps of a cascade, with networks whose answers are known."""

import math
from contextlib import nullcontext

import numpy as np
import pytest

from hairopt.certainty.softness import softness
from hairopt.errors import ModelError, UnavailableError
from hairopt.stages.cascade import Cascade, Step, certainty_weight, load_cascade
from hairopt.variants.condition import STEP_NAMES, Condition
from hairopt.variants.schema import StepSpec

PHOTO = np.zeros((40, 60, 3), np.uint8)


class Known:
    """A network that answers one mask, and keeps what it was shown."""

    input_shape = (8, 8)

    def __init__(self, mask):
        self.mask, self.shown, self.closed = mask, [], 0
        self.network = self

    def __call__(self, image):
        self.shown.append(image)
        if isinstance(self.mask, Exception):
            raise self.mask
        return self.mask.copy()

    def finished(self, mask, image):
        return mask

    def close(self):
        self.closed += 1


def flat(*rows):
    return np.array(rows, np.float32)


SURE = flat([1, 1], [0, 0])
SOFT = flat([0.8, 0.8], [0.2, 0.2])
NOTHING = np.zeros((2, 2), np.float32)


def cascade(*steps):
    """Of masks (or errors), each but the first with ``when`` and ``choose``."""
    found = []
    for mask, when, choose in [(steps[0], "always", "surer"), *steps[1:]]:
        found.append(Step(Known(mask), Condition.parse(when, STEP_NAMES), choose))
    return Cascade(found)


def asked(one):
    return [answer.step for answer in one.answers]


def test_a_step_is_asked_only_where_its_condition_holds():
    sure = cascade(SURE, (SOFT, "softness > 0.15", "last"))
    assert np.array_equal(sure(PHOTO), SURE)
    assert asked(sure) == [0]
    soft = cascade(SOFT, (SURE, "softness > 0.15", "last"))
    assert np.array_equal(soft(PHOTO), SURE)
    assert asked(soft) == [0, 1]
    assert [one.softness for one in soft.answers] == pytest.approx([softness(SOFT), 0])


def test_the_condition_is_about_the_mask_so_far():
    one = cascade(SOFT, (SURE, "always", "last"), (SOFT, "softness > 0.15", "last"))
    assert np.array_equal(one(PHOTO), SURE)
    assert asked(one) == [0, 1]


def test_hair_fraction_is_a_condition_too():
    one = cascade(SURE, (SOFT, "hair_fraction < 0.4", "last"))
    assert np.array_equal(one(PHOTO), SURE)
    other = cascade(SURE, (SOFT, "hair_fraction < 0.6", "last"))
    assert np.array_equal(other(PHOTO), SOFT)


def test_the_surer_mask_is_taken_wherever_it_comes_from():
    assert np.array_equal(cascade(SOFT, (SURE, "always", "surer"))(PHOTO), SURE)
    assert np.array_equal(cascade(SURE, (SOFT, "always", "surer"))(PHOTO), SURE)


def test_the_mean_counts_every_answer_once():
    one = cascade(SURE, (SOFT, "always", "mean"), (SOFT, "always", "mean"))
    assert one(PHOTO) == pytest.approx((SURE + 2 * SOFT) / 3)


def test_a_surer_mask_counts_more_in_the_weighted_mean():
    w = [certainty_weight(softness(mask)) for mask in (SURE, SOFT)]
    assert w[0] > 100 * w[1]
    found = cascade(SOFT, (SURE, "always", "weighted"))(PHOTO)
    assert found == pytest.approx((w[0] * SURE + w[1] * SOFT) / sum(w))


def test_masks_of_different_sizes_are_mixed_at_the_larger_size():
    large = SOFT.repeat(4, axis=0).repeat(4, axis=1)
    one = cascade(SOFT, (large, "always", "mean"))
    assert one(PHOTO).shape == (8, 8)
    assert one(PHOTO)[0, 0] == pytest.approx(0.8)
    assert cascade(large, (SOFT, "always", "mean"))(PHOTO).shape == (8, 8)


@pytest.mark.parametrize("choose", ["surer", "weighted"])
def test_a_mask_of_nothing_is_no_certainty(choose):
    one = cascade(NOTHING, (SOFT, "softness > 0.9", choose))
    assert np.array_equal(one(PHOTO), SOFT)
    assert asked(one) == [0, 1]
    assert math.isnan(one.answers[0].softness)
    # Nor does a mask of nothing win against one of something.
    assert np.array_equal(cascade(SOFT, (NOTHING, "always", choose))(PHOTO), SOFT)
    assert np.array_equal(cascade(NOTHING, (NOTHING, "always", choose))(PHOTO), NOTHING)


def test_a_step_that_fails_leaves_the_answer_of_the_step_before():
    one = cascade(SOFT, (ValueError("no memory"), "always", "last"))
    assert np.array_equal(one(PHOTO), SOFT)
    assert [answer.error for answer in one.answers] == ["", "ValueError: no memory"]


def test_values_that_are_no_mask_are_a_failure_of_the_step():
    one = cascade(SOFT, (np.full((2, 2), np.nan, np.float32), "always", "last"))
    assert np.array_equal(one(PHOTO), SOFT)
    assert "step 2 of the cascade answered NaN" in one.answers[1].error


def test_where_the_first_step_fails_the_next_is_asked_whatever_its_condition():
    one = cascade(ModelError("broken"), (SURE, "softness > 0.9", "surer"))
    assert np.array_equal(one(PHOTO), SURE)
    assert [answer.error for answer in one.answers] == ["broken", ""]


def test_where_all_fail_the_first_failure_is_raised_and_the_next_photo_is_answered():
    one = cascade(ModelError("first"), (ModelError("second"), "always", "surer"))
    with pytest.raises(ModelError, match="first"):
        one(PHOTO)
    one.steps[0].network.mask = SURE
    assert np.array_equal(one(PHOTO), SURE)


def test_a_mirrored_step_sees_the_photo_from_left_to_right():
    photo = PHOTO.copy()
    photo[:, :30] = 200
    network = Known(flat([1, 0], [1, 0]))
    step = Step(network, Condition.parse("always", STEP_NAMES), mirror=True)
    assert np.array_equal(step(photo), flat([0, 1], [0, 1]))
    (shown,) = network.shown
    assert shown.shape == (8, 8, 3)
    assert shown[:, :4].max() < 10  # bilinear: a little of the other half
    assert shown[:, 4:].min() > 190


def _specs(*changes):
    plain = {"model": "hairnet", "precision": "float32"}
    return [StepSpec(**plain, **change).model_dump() for change in changes]


def _condition(text):
    return Condition.parse(text, STEP_NAMES)


def test_steps_with_equal_settings_share_one_network():
    specs = _specs({}, {"mirror": True, "when": "softness > 0.1"}, {"input_size": 224})
    entered = []

    def watch(index):
        entered.append(index)
        return nullcontext()

    loaded = load_cascade(steps=specs, condition=_condition, watch=watch)
    first, second, third = (step.network for step in loaded.steps)
    assert first is second
    assert first is not third
    assert entered == [0, 1, 2]
    assert third.input_shape == (224, 224)
    photo = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    assert loaded(photo).shape in {(288, 288), (224, 224)}
    loaded.close()


def test_an_unavailable_step_says_which_it_is_and_the_command_that_mends_it(own_home):
    specs = _specs({})
    specs.append({**specs[0], "model": "mediapipe-hair"})
    with pytest.raises(UnavailableError, match="step 2 of 2 of the cascade: model") as caught:
        load_cascade(steps=specs, condition=_condition)
    assert caught.value.fix == "hairopt models pull mediapipe-hair"
