import numpy as np
import pytest

from hairopt.certainty.expectation import UNSURE_BELOW
from hairopt.certainty.features import MaskFeatures
from hairopt.certainty.fit import FEWEST_SOURCES, Labelled, area_under_curve, fit
from hairopt.errors import DataError


def _photos(count, seed=0, noise=0.03):
    """Photos whose IoU follows their coarse softness, with some noise; the rest says nothing."""
    random = np.random.default_rng(seed)
    soft = random.uniform(0.05, 0.6, count)
    iou = 1 / (1 + np.exp(-(3 - 8 * soft))) + random.normal(0, noise, count)
    return [
        Labelled(
            MaskFeatures(0.2, 0.02, False, float(s), float(random.uniform(0, 0.1)), 0.5),
            float(np.clip(y, 0, 1)),
            f"photo{place}",
        )
        for place, (s, y) in enumerate(zip(soft, iou, strict=True))
    ]


def test_what_is_fitted_on_one_half_predicts_the_other():
    photos = _photos(200)
    found, held_out = fit(photos[::2])
    others = photos[1::2]
    expected = np.array([found.iou(photo.features) for photo in others])
    true = np.array([photo.iou for photo in others])
    assert np.abs(expected - true).mean() < 0.03  # mean |noise| is 0.024
    assert area_under_curve(-expected, true < UNSURE_BELOW) > 0.98
    inside = [
        low <= y <= high for y, (low, high) in zip(true, map(found.interval, expected), strict=True)
    ]
    assert np.mean(inside) > 0.88
    assert held_out.mae == pytest.approx(np.abs(expected - true).mean(), abs=0.008)
    assert held_out.coverage > 0.88


def test_a_softer_mask_is_never_expected_to_be_better():
    photos = _photos(120)
    upside_down = [Labelled(one.features, 1 - one.iou, one.source) for one in photos]
    found, held_out = fit(upside_down)
    assert found.weights["coarse_softness"] == pytest.approx(0.0, abs=1e-6)
    assert held_out.mae > 0.1


def test_the_error_held_out_is_that_of_photos_and_not_of_their_copies():
    photos = _photos(60, noise=0.1)
    copies = [one for one in photos for _ in range(5)]
    once, five_times = fit(photos)[1], fit(copies)[1]
    assert five_times.mae == pytest.approx(once.mae, abs=1e-6)
    assert (five_times.n_cases, five_times.n_sources) == (300, 60)


def test_a_photo_with_a_hundred_cases_does_not_decide():
    photos = _photos(60)
    odd = Labelled(photos[0].features, 0.0, "photo0")
    found, _ = fit([*photos[1:], *[odd] * 100])
    plain, _ = fit(photos[1:])
    assert found.iou(photos[30].features) == pytest.approx(plain.iou(photos[30].features), abs=0.02)


def test_too_few_photos_are_refused_with_the_least_number():
    with pytest.raises(DataError, match=f"3 source photos .* at least {FEWEST_SOURCES}"):
        fit(_photos(3))
    copies = [Labelled(one.features, one.iou, "one photo") for one in _photos(50)]
    with pytest.raises(DataError, match="1 source photos"):
        fit(copies)


def test_photos_of_one_iou_teach_nothing():
    alike = [Labelled(one.features, 0.8, one.source) for one in _photos(50)]
    with pytest.raises(DataError, match="same IoU"):
        fit(alike)


def test_area_under_curve():
    scores = np.array([0.9, 0.8, 0.3, 0.2])
    assert area_under_curve(scores, np.array([True, True, False, False])) == 1.0
    assert area_under_curve(scores, np.array([True, False, True, False])) == 0.75
    assert area_under_curve(np.ones(4), np.array([True, False, True, False])) == 0.5
    assert area_under_curve(scores, np.zeros(4, bool)) is None
