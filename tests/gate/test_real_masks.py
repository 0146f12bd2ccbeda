"""The gate on real masks: a hairline that is eaten away until the loss is what we say it is."""

import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import default_rules
from hairopt.gate.verdict import Verdict, overall

SIDE_PX = 256
PHOTOS = 84
"""Every second photo of each hair type; the sample a team could label in two days."""


@pytest.fixture(scope="module")
def segmented(shared_dir):
    """(truth bool, mask float32, hair type) of every photo at the network's size."""
    import cv2

    from hairopt.pipeline import Pipeline
    from hairopt.variants.load import load_variant

    cases = load_dataset(shared_dir / "data" / "figaro_dev").cases[::2][:PHOTOS]
    found = []
    with Pipeline(load_variant("float32")) as pipeline:
        for case in cases:
            loaded = case.read()
            mask = pipeline.segment(loaded.data).mask
            truth = cv2.resize(loaded.truth, mask.shape[::-1], interpolation=cv2.INTER_AREA)
            found.append((truth >= 0.5, mask, case.tags["hair_type"]))
    return found


def eroded(mask, radius_px):
    """The set of a mask without what is nearer than ``radius_px`` to its outside.

    Of pixels at the same distance the less certain ones go first, so that the loss is continuous.
    """
    import cv2

    inside = np.pad((mask >= 0.5).astype(np.uint8), 1)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return (mask >= 0.5) & (distance + mask > radius_px + 0.5)


def scores(truth, mask):
    from hairopt.metrics.boundary import boundary_iou

    return overlap(truth, mask), boundary_iou(mask, truth)


def overlap(truth, mask):
    """IoU; the truth of these photos is never empty."""
    return float((truth & mask).sum() / (truth | mask).sum())


def score_all(segmented, radius_px):
    return [scores(truth, eroded(mask, radius_px)) for truth, mask, _ in segmented]


def mean_iou(scored):
    return float(np.mean([iou for iou, _ in scored]))


def injected(segmented, drop):
    """Scores after an erosion by the radius that costs this share of the mean IoU."""
    whole = score_all(segmented, 0.0)
    wanted = mean_iou(whole) * (1 - drop)
    low, high = 0.0, 10.0
    for _ in range(12):
        middle = (low + high) / 2
        ious = [overlap(truth, eroded(mask, middle)) for truth, mask, _ in segmented]
        low, high = (middle, high) if np.mean(ious) > wanted else (low, middle)
    return whole, score_all(segmented, high)


def paired(segmented, before, after):
    names = [f"photo-{index}" for index in range(len(before))]
    sides = [
        {"alpha_iou": [iou for iou, _ in side], "alpha_boundary_iou": [edge for _, edge in side]}
        for side in (before, after)
    ]
    tags = [{"hair_type": hair_type} for *_, hair_type in segmented]
    return PairedCases(names, names, *sides, tags)


def judged(segmented, drop):
    before, after = injected(segmented, drop)
    assert 1 - mean_iou(after) / mean_iou(before) == pytest.approx(drop, abs=0.0005)
    return default_rules(paired(segmented, before, after), GateLimits())


@pytest.mark.shared
def test_a_real_loss_of_six_percent_fails_by_the_mask_rule(segmented):
    rules = {rule.rule: rule for rule in judged(segmented, 0.06)}
    assert rules["mask"].verdict is Verdict.FAIL
    assert overall(list(rules.values())) is Verdict.FAIL


@pytest.mark.shared
def test_a_real_loss_of_one_percent_passes(segmented):
    rules = judged(segmented, 0.01)
    assert overall(rules) is Verdict.PASS, rules
