"""The dyed region from answers alone: right where it is known, refused where it cannot be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.backends.palette import probes
from hairopt.backends.recovered.recover import Recovered, Refused, recover_region, spill
from hairopt.datasets.load import load_dataset
from hairopt.errors import UsageError
from hairopt.metrics import iou
from hairopt.stages.postprocess import blend
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box
from tools.recovered.answers import METHODS

ROOT = Path(__file__).parents[2]
SHADES = probes({})
HEADS = ("curly_brown_back", "wavy_red_front")


@pytest.fixture(scope="module", params=HEADS)
def head(request):
    """Photo and coverage of the hair of a rendered head."""
    read = load_dataset(ROOT / "datasets" / "rendered").case(request.param).read()
    return np.array(read.image), np.asarray(read.levels, np.float32) / 255


def encoded(picture, quality):
    """A picture as a client gets it: JPEG, decoded again."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def answers_of(photo, alpha, method="hsv", quality=90):
    """What a back-end answers to a photo at intensity 0 and in three shades."""
    frame = Box.full(*photo.shape[:2])
    found = {}
    for shade in SHADES:
        layer = load_recolorer(METHODS[method], {}).prepare(photo, alpha, shade, 100)(frame)
        found[shade] = encoded(blend(photo, [(frame, layer)], alpha, frame), quality)
    return encoded(photo, quality), found


@pytest.mark.parametrize("quality", [90, 75])
@pytest.mark.parametrize("method", METHODS)
def test_the_region_is_that_of_the_blended_alpha(head, method, quality):
    photo, alpha = head
    neutral, answers = answers_of(photo, alpha, method, quality)
    found = recover_region(photo, neutral, answers)
    assert isinstance(found, Recovered)
    assert iou(found.alpha >= 0.5, alpha >= 0.5) > 0.92
    assert found.explained > 0.9


def test_without_an_answer_at_intensity_0_it_is_as_good(head):
    photo, alpha = head
    _, answers = answers_of(photo, alpha)
    found = recover_region(photo, None, answers)
    assert isinstance(found, Recovered)
    assert iou(found.alpha >= 0.5, alpha >= 0.5) > 0.92


def test_a_region_in_the_wrong_place_is_found_in_the_wrong_place(head):
    photo, alpha = head
    wrong = np.zeros_like(alpha)
    height, width = alpha.shape
    wrong[height // 8 : height // 3, width // 8 : width // 2] = 1
    found = recover_region(photo, *answers_of(photo, wrong, "lab"))
    assert isinstance(found, Recovered)
    assert iou(found.alpha >= 0.5, wrong >= 0.5) > 0.8


def test_who_dyes_the_whole_person_spills_beyond_the_hair(head):
    photo, alpha = head
    person = cv2.dilate(alpha, np.ones((91, 91), np.uint8))
    found = recover_region(photo, *answers_of(photo, person, "lab"))
    assert isinstance(found, Recovered)
    assert spill(found.alpha, alpha >= 0.5) > 0.4
    assert spill(alpha, alpha >= 0.5) == 0
    assert spill(alpha, np.zeros(alpha.shape, bool)) is None


def refused(head, change):
    """The refusal of answers that were changed."""
    photo, alpha = head
    neutral, answers = answers_of(photo, alpha)
    found = recover_region(
        photo, neutral, {s: change(i, a) for i, (s, a) in enumerate(answers.items())}
    )
    assert isinstance(found, Refused), found
    return found


def other(photo):
    """Another picture of the same size."""
    return np.ascontiguousarray(cv2.GaussianBlur(photo[::-1, ::-1], (0, 0), 2))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("size", lambda i, a: a[:-8]),
        ("placeholder", lambda i, a: other(a) * 0 + 90),
        ("another picture", lambda i, a: other(a) if i == 1 else a),
    ],
)
def test_answers_that_show_no_dye_of_this_photo_are_refused(head, kind, change):
    assert refused(head, change).kind == kind


def test_answers_without_dye_are_refused(head):
    photo, alpha = head
    neutral, answers = answers_of(photo, alpha)
    same = recover_region(photo, neutral, dict.fromkeys(answers, neutral))
    assert same.kind == "unchanged"
    assert "nothing was dyed" in same.sentence
    dyed = next(iter(answers.values()))
    assert recover_region(photo, neutral, dict.fromkeys(answers, dyed)).kind == "shade ignored"
    with pytest.raises(UsageError, match="2 shades or more"):
        recover_region(photo, neutral, {SHADES[0]: dyed})


def test_a_filter_over_everything_is_no_region(head):
    photo, _ = head
    neutral, answers = answers_of(photo, np.ones(photo.shape[:2], np.float32), "lab")
    assert recover_region(photo, neutral, answers).kind in ("whole picture", "unclear")
