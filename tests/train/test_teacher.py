import numpy as np
import pytest

from hairopt.errors import ConfigError, UnavailableError
from hairopt.train.teacher import label, load_teacher
from tests.train.conftest import dark, head


def test_a_teacher_that_says_the_same_of_every_view_agrees_with_itself() -> None:
    image, truth = head()
    made = label(image, dark)
    assert made.agreement == 1
    assert ((made.mask > 0.5) == (dark(image) > 0.5)).all()
    assert made.mask.dtype == np.float32
    assert made.mask.shape == truth.shape


def test_a_teacher_that_looks_at_places_disagrees_with_itself() -> None:
    def left_half(image):
        mask = np.zeros(image.shape[:2], np.float32)
        mask[:, : image.shape[1] // 2] = 1
        return mask

    assert label(head()[0], left_half).agreement < 0.01


def test_views_that_find_nothing_agree() -> None:
    made = label(head()[0], lambda image: np.zeros(image.shape[:2], np.float32))
    assert made.agreement == 1
    assert made.mask.max() == 0


def test_the_answer_may_have_any_size() -> None:
    import cv2

    image, _ = head(height=90, width=140)
    made = label(image, lambda view: cv2.resize(dark(view), (64, 64)))
    assert made.mask.shape == (90, 140)
    assert 0.6 < made.agreement < 1


def test_a_bundled_network_can_teach() -> None:
    segment, record = load_teacher("hairnet")
    assert segment(head()[0]).shape == (288, 288)
    assert record.name == "hairnet"
    segment.close()


def test_a_teacher_that_is_not_here_comes_with_its_fix() -> None:
    with pytest.raises(UnavailableError, match="hairopt models pull mediapipe-hair"):
        load_teacher("mediapipe-hair")
    with pytest.raises(ConfigError, match="did you mean hairnet"):
        load_teacher("hairnot")
