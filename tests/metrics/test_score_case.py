"""Whole cases: every metric, identity, invariance, growing errors, plug-ins."""

import math

import numpy as np
import pytest

from hairopt.metrics import case as case_module
from hairopt.metrics.case import TruthCase, hair_change_de76, score_mask, score_picture, score_redye
from hairopt.metrics.catalog import METRICS, Metric
from hairopt.metrics.response import response_metrics
from hairopt.metrics.surroundings import Surroundings
from hairopt.pieces import Piece
from hairopt.types import Box
from tests.metrics.heads import NOTHING, SHADE, SIDE, all_scores, dye, hair, painted, photo

DISTANCES = ("boundary_distance_mean_px", "boundary_distance_p95_px")


def test_every_metric_is_scored_once():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth, {"a": image})
    outputs = {float(i): painted(image, truth, i / 100) for i in (0, 50, 100)}
    scores = [
        score_mask(case, truth, truth),
        score_picture(case, outputs[100.0], dye(image, truth), SHADE, 100.0),
        {"redye_de00": score_redye(case, "a", outputs[100.0])},
        response_metrics({i: hair_change_de76(case, outputs[i]) for i in outputs}),
    ]
    names = [name for part in scores for name in part]
    of_methods = ["ideal_lock_de00", "ideal_redye_de00"]  # they take a method, not an answer
    assert sorted([*names, *of_methods]) == sorted(METRICS)


def test_every_value_is_none_or_finite_and_in_range():
    image, truth, alpha = photo(), hair(), hair(shift=6, blur=4)
    scores = all_scores(image, truth, alpha, painted(image, alpha), dye(image, truth))
    for name, value in scores.items():
        assert value is None or type(value) is float
        metric = METRICS[name]
        if value is not None:
            assert math.isfinite(value)
            assert metric.lower_bound is None or value >= metric.lower_bound
            assert metric.upper_bound is None or value <= metric.upper_bound


def test_the_truth_itself_loses_nothing():
    image, truth = photo(), hair()
    scores = all_scores(image, truth, truth, painted(image, truth), dye(image, truth))
    without_truth = {"edge_width_px", "edge_gradient_agreement", "shade_hit_de00"}
    without_truth |= {"texture_kept", "texture_structure"}  # the photo is their reference
    for name, value in scores.items():
        if value is not None and name not in without_truth:
            # Bytes round the float64 oracle by up to half a step.
            assert METRICS[name].loss(value) <= (0.5 if METRICS[name].kind == "color" else 1e-6), (
                name
            )


def test_recoloring_nothing_keeps_texture_and_bleeds_nothing():
    image, truth = photo(), hair()
    scores = score_picture(TruthCase.prepare(image, truth), image, image, SHADE, 0.0)
    assert scores["texture_kept"] == pytest.approx(1)
    assert scores["bleed_area"] == scores["bleed_de00"] == 0.0
    assert scores["color_de00"] == pytest.approx(0, abs=1e-5)
    assert scores["shade_hit_de00"] is None


def test_mirror_and_transpose_change_nothing():
    image, truth, alpha = photo(), hair(), hair(shift=5, blur=3)
    output, oracle = painted(image, alpha), dye(image, truth)
    expected = all_scores(image, truth, alpha, output, oracle)
    for turn in (lambda array: array[:, ::-1], lambda array: np.swapaxes(array, 0, 1)):
        turned = (
            np.ascontiguousarray(turn(part)) for part in (image, truth, alpha, output, oracle)
        )
        found = all_scores(*turned)
        for name, value in expected.items():
            assert found[name] == (value if value is None else pytest.approx(value, rel=1e-3)), name


def test_growing_errors_cost_more():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    watched = ("iou", "dice", "boundary_iou", "boundary_f", *DISTANCES)
    watched += ("matte_sad", "matte_mse", "matte_gradient", "matte_connectivity")
    colors = ("color_de00", "color_de76", "bleed_area", "bleed_de00")
    losses = []
    for shift in (0, 3, 6, 12):
        alpha = hair(shift=shift)
        masks = score_mask(case, alpha, alpha)
        pictures = score_picture(case, painted(image, alpha), dye(image, truth), SHADE, 100.0)
        found = {name: masks[name] for name in watched} | {name: pictures[name] for name in colors}
        losses.append({name: METRICS[name].loss(value) for name, value in found.items()})
    for name in (*watched, *colors):
        series = [step[name] for step in losses]
        assert series == sorted(series), name
        assert series[0] < series[-1], name


def test_views_and_other_strides_give_the_same():
    image, truth, alpha = photo(), hair(), hair(shift=4)
    output, oracle = painted(image, alpha), dye(image, truth)
    wide = np.zeros((SIDE, 2 * SIDE, 3), np.uint8)
    wide[:, ::2] = output
    found = all_scores(
        np.asfortranarray(image),
        np.asfortranarray(truth),
        np.asfortranarray(alpha),
        wide[:, ::2],
        oracle[:, :, ::-1].copy()[:, :, ::-1],
    )
    expected = all_scores(image, truth, alpha, output, oracle)
    without = {name for name, value in found.items() if value is None}
    bands = {f"color_de00_{band}" for band in ("dark", "medium", "light", "grey")}
    assert without == {
        "formula_de00",
        *(bands - {f"color_de00_{TruthCase.prepare(image, truth).hair_band}"}),
    }
    defined = {name: value for name, value in expected.items() if name not in without}
    assert {name: found[name] for name in defined} == pytest.approx(defined, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("shift", [-60, -4, 0, 30, 70])
def test_looking_only_near_the_hair_changes_nothing(shift):
    case, other = (TruthCase.prepare(photo(), hair(side=SIDE)) for _ in range(2))
    alpha = hair(shift=shift, blur=3)
    vars(other)["near"] = other.everywhere
    found, expected = (score_mask(one, alpha, alpha) for one in (case, other))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_part_has_the_photos_edges_of_the_whole():
    image, truth, box = photo(), hair(), Box(20, 140, 30, 135)
    boxes = (box, Box.full(SIDE, SIDE))
    part, whole = (Surroundings.of(image, truth, Piece(b, b), 3) for b in boxes)
    for axis in ("x", "y"):
        expected = getattr(whole.photo_edges, axis)[box.slices]
        assert getattr(part.photo_edges, axis) == pytest.approx(expected, abs=1e-5)


def test_an_alpha_next_to_the_hair_is_compared_there_and_one_far_away_everywhere():
    case = TruthCase.prepare(photo(), hair())
    assert case.around(hair(shift=1)) is case.near
    assert case.around(hair(shift=70)) is case.everywhere
    assert case.around(NOTHING) is case.near


def test_plugins_are_scored_with_the_rest(monkeypatch):
    def area(case, mask, alpha):
        return float(mask.mean() + 0 * alpha.sum() + 0 * case.truth.sum())

    def undefined(case, output, intent, shade, intensity):
        return None

    def make(name, score, scored_from):
        return Metric(
            name, "share", True, 0.0, 1.0, "mask", "", score=score, scored_from=scored_from
        )

    extra = {"area": make("area", area, "mask"), "nothing": make("nothing", undefined, "picture")}
    monkeypatch.setattr(case_module, "known_metrics", lambda: {**METRICS, **extra})
    case = TruthCase.prepare(photo(), hair())
    assert score_mask(case, hair(), hair())["area"] == pytest.approx(hair().mean())
    scores = score_picture(case, photo(), photo(), SHADE, 100.0)
    assert scores["nothing"] is None
    assert "area" not in scores
