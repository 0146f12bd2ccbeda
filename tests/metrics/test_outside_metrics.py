"""Whether the rest of the photo stays the photo: only what a person sees counts."""

import cv2
import numpy as np
import pytest

from hairopt.metrics.case import TruthCase, score_picture
from tests.metrics.heads import SHADE, hair, photo

TRUTH = hair()


def detailed():
    """A photo with grain of one pixel."""
    grain = np.random.default_rng(1).normal(0, 12, (160, 160, 1))
    return np.clip(photo() + grain, 0, 255).astype(np.uint8)


def scores_of(output, image=None):
    image = photo() if image is None else image
    case = TruthCase.prepare(image, TRUTH)
    # The encoder's own view of the photo: it must not excuse what the encoder does.
    found = score_picture(case, output, image, SHADE, 100.0, untouched=output)
    return found["outside_structure"], found["outside_de00"], found["bleed_de00"]


def encoded(quality, picture):
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_the_photo_itself_loses_nothing():
    assert scores_of(photo()) == (pytest.approx(1, abs=1e-5), 0.0, 0.0)


def test_what_happens_to_the_hair_is_not_seen_here():
    output = photo()
    output[TRUTH > 0] = (200, 30, 90)
    structure, change, _ = scores_of(output)
    assert structure == pytest.approx(1, abs=0.03)  # windows beside the hair reach into it
    assert change == 0.0


def test_a_grey_photo_that_gets_lighter_is_worked_by_hand():
    grey = np.full((160, 160, 3), 119, np.uint8)  # L* 50.0
    lighter = np.full((160, 160, 3), 131, np.uint8)  # L* 54.7: 4.7 dE00 at S_L of 1.0
    structure, change, _ = scores_of(lighter, grey)
    assert structure == pytest.approx(1)
    assert change == pytest.approx(4.66 - 0.8, abs=0.15)


RUIN = {
    "blurred": lambda image: cv2.GaussianBlur(image, (0, 0), 3),
    "eight levels": lambda image: image // 32 * 32 + 16,
    "JPEG 5": lambda image: encoded(5, image),
    "mirrored": lambda image: image[:, ::-1].copy(),
    "half the size": lambda image: cv2.resize(
        cv2.resize(image, (80, 80), interpolation=cv2.INTER_AREA), (160, 160)
    ),
}


@pytest.mark.parametrize("kind", RUIN)
def test_ruined_structure_is_seen_though_the_encoder_does_it_to_the_photo_too(kind):
    structure, _, bleed = scores_of(RUIN[kind](detailed()), detailed())
    assert structure < 0.93
    assert bleed == 0.0


def test_a_tint_is_seen_by_its_colour_alone():
    tinted = np.clip(photo() * np.float32([1.08, 1, 0.85]), 0, 255).astype(np.uint8)
    structure, change, _ = scores_of(tinted)
    assert structure > 0.95
    assert change > 2


def test_what_nobody_sees_costs_nothing():
    image = cv2.GaussianBlur(photo(), (0, 0), 8)
    structure, change, _ = scores_of(encoded(90, image), image)
    assert structure > 0.97
    assert change < 0.1
    assert scores_of(encoded(5, image), image)[1] > 1
