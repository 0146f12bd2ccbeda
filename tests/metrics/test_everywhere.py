"""Every metric of a case against its exact form, over the whole of its domain.

``make metrics`` runs the random part fifty times as long.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.metrics.case import TruthCase, hair_change_de76, score_mask, score_picture, score_redye
from hairopt.metrics.catalog import METRICS
from hairopt.metrics.response import response_metrics
from tests.metrics.corners import (
    COLORS,
    DENORMAL,
    JUST_BELOW_HALF,
    REGIONS,
    SHAPES,
    nearly,
    random_picture,
    random_plane,
    region,
)
from tests.metrics.exact import reference_mask, reference_picture, reference_redye
from tests.metrics.heads import SHADE

SIZES = (1, 2, 3, 4, 5, 7, 9, 12, 16, 30)

WITHIN = {
    "mask": 1e-9,
    "matte": 2e-6,
    "edge": 1e-4,
    "color": 2e-4,
    "bleed": 2e-4,
}
"""How far float32 may be from the exact form by kind; and by 1e-3 of the value in addition."""

COARSER = {
    "boundary_distance_mean_px": 1e-5,
    "boundary_distance_p95_px": 1e-5,
    "texture_kept": 1e-3,
    "texture_structure": 1e-3,
    "outside_structure": 1e-3,
}


def disagreements(found, expected):
    """Metrics that are not what they should be: value, presence, finiteness or range."""
    wrong = {}
    for name, value in expected.items():
        metric, mine = METRICS[name], found[name]
        if value is None or mine is None:
            same = value is None and mine is None
        else:
            within = COARSER.get(name, WITHIN[metric.kind]) + (
                0.0 if metric.kind == "mask" else 1e-3 * abs(value)
            )
            low = -math.inf if metric.lower_bound is None else metric.lower_bound
            high = math.inf if metric.upper_bound is None else metric.upper_bound
            same = type(mine) is float and low <= mine <= high and abs(mine - value) <= within
        if not same:
            wrong[name] = (mine, value)
    return wrong


def mask_disagreements(image, truth, mask, alpha):
    found = score_mask(TruthCase.prepare(image, truth), mask, alpha)
    return disagreements(found, reference_mask(image, truth, mask, alpha))


def picture_disagreements(image, truth, output, oracle):
    case = TruthCase.prepare(image, truth, {"a": image})
    found = score_picture(case, output, oracle, SHADE, 100.0)
    found["redye_de00"] = score_redye(case, "a", output)
    expected = reference_picture(image, truth, output, oracle, SHADE.rgb)
    expected["redye_de00"] = reference_redye(image, truth, output)
    assert found.keys() == expected.keys()
    return disagreements(found, expected)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", REGIONS)
def test_masks_of_every_shape_against_each_other(shape, name):
    image = random_picture(np.random.default_rng(0), shape)
    truth = region(name, shape).astype(np.float32)
    for other in REGIONS:
        mask = region(other, shape).astype(np.float32)
        assert mask_disagreements(image, truth, mask, mask) == {}, other


@pytest.mark.parametrize("low", [0.0, DENORMAL, JUST_BELOW_HALF], ids=["0", "denormal", "half-"])
@pytest.mark.parametrize("high", [0.5, 1.0], ids=["half", "1"])
def test_soft_masks_at_the_thresholds(low, high):
    shape = (13, 12)
    image = random_picture(np.random.default_rng(1), shape)
    planes = [
        np.where(region(name, shape), np.float32(high), np.float32(low)).astype(np.float32)
        for name in ("none", "the upper half, touching the frame", "all but the frame", "all")
    ]
    for truth in planes:
        for mask in planes:
            assert mask_disagreements(image, truth, mask, mask) == {}


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (13, 12)], ids=str)
@pytest.mark.parametrize("colors", COLORS)
def test_pictures_of_corner_colors(shape, colors):
    before, after = (np.full((*shape, 3), color, np.uint8) for color in COLORS[colors])
    for name in REGIONS:
        truth = region(name, shape).astype(np.float32)
        for output, ideal in ((after, before), (before, after), (after, after)):
            found = picture_disagreements(before, truth, output, ideal.astype(np.float64))
            assert found == {}, name


seeds = st.integers(0, 2**63 - 1)
shapes = st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES))


@given(shapes, seeds)
def test_any_masks_as_the_exact_form(shape, seed):
    generator = np.random.default_rng(seed)
    truth, mask, alpha = (random_plane(generator, shape) for _ in range(3))
    image = random_picture(generator, shape)
    for blended in (alpha, truth):
        assert mask_disagreements(image, truth, mask, blended) == {}


@given(shapes, seeds)
def test_any_pictures_as_the_exact_form(shape, seed):
    generator = np.random.default_rng(seed)
    truth = random_plane(generator, shape)
    image, output, ideal = (random_picture(generator, shape) for _ in range(3))
    between = np.clip(ideal + generator.random(ideal.shape), 0, 255)
    for one, other in ((output, between), (nearly(generator, image), output.astype(np.float64))):
        assert picture_disagreements(image, truth, one, other) == {}


@given(shapes, seeds)
def test_mirrored_and_turned_everything_stays_the_same(shape, seed):
    generator = np.random.default_rng(seed)
    truth, alpha = (random_plane(generator, shape) for _ in range(2))
    image, output = (random_picture(generator, shape) for _ in range(2))

    def scores(turn):
        planes = [np.ascontiguousarray(turn(part)) for part in (image, truth, alpha, output)]
        # Noise of compression is found by its grid, which starts at the upper left corner.
        case = replace(TruthCase.prepare(*planes[:2]), noise=0.0)
        found = score_mask(case, planes[2], planes[2])
        found |= score_picture(case, planes[3], planes[0], SHADE, 100.0)
        # Of source regions of equal size the first in reading order counts, as published.
        return {name: value for name, value in found.items() if name != "matte_connectivity"}

    expected = scores(lambda part: part)
    for turn in (lambda part: part[:, ::-1], lambda part: part[::-1], lambda p: p.swapaxes(0, 1)):
        assert disagreements(scores(turn), expected) == {}


@given(shapes, seeds)
def test_any_responses_are_defined_and_in_range(shape, seed):
    generator = np.random.default_rng(seed)
    image, truth = random_picture(generator, shape), random_plane(generator, shape)
    outputs = {0.0: image, 100.0: random_picture(generator, shape)}
    outputs |= {float(i): random_picture(generator, shape) for i in generator.integers(1, 100, 3)}
    case = TruthCase.prepare(image, truth)
    found = response_metrics({i: hair_change_de76(case, outputs[i]) for i in outputs})
    for value in found.values():
        assert value is None or 0.0 <= value <= 1.0
