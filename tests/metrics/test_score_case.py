"""Whole cases: degenerate ones, identity, invariance, growing errors, plug-ins, bad input."""

import dataclasses
import math

import cv2
import numpy as np
import pytest

from hairopt.errors import UsageError
from hairopt.metrics import case as case_module
from hairopt.metrics.case import Oracle, TruthCase, score_mask, score_picture, score_response
from hairopt.metrics.catalog import METRICS, Metric
from hairopt.metrics.surroundings import Surroundings
from hairopt.types import Box, Shade

SHADE = Shade.parse("violet")
SIDE = 160


def photo(side=SIDE, seed=0):
    noise = np.random.default_rng(seed).random((side, side, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(60 + 700 * (smooth - 0.5), 0, 255).astype(np.uint8)


def hair(shift=0, blur=1.5, side=SIDE):
    mask = np.zeros((side, side), np.float32)
    cv2.ellipse(mask, (side // 2 + shift, side // 2), (side // 4, side // 3), 20, 0, 360, 1.0, -1)
    return np.clip(cv2.GaussianBlur(mask, (0, 0), blur), 0, 1) if blur else mask


def dye(image, alpha, strength=1.0):
    colored = np.array(SHADE.rgb) * image.mean(axis=2, keepdims=True) / 90
    mixed = image + (colored - image) * (strength * alpha[..., None].astype(np.float64))
    return np.clip(mixed, 0, 255)


def painted(image, alpha, strength=1.0):
    return np.rint(dye(image, alpha, strength)).astype(np.uint8)


def all_scores(image, truth, alpha, output, oracle):
    case = TruthCase.prepare(image, truth)
    return score_mask(case, alpha, alpha) | score_picture(case, output, oracle, SHADE, 100.0)


def test_every_metric_is_scored_once():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    outputs = {float(i): painted(image, truth, i / 100) for i in (0, 50, 100)}
    scores = [
        score_mask(case, truth, truth),
        score_picture(case, outputs[100.0], dye(image, truth), SHADE, 100.0),
        score_response(case, outputs),
    ]
    names = [name for part in scores for name in part]
    assert sorted(names) == sorted(METRICS)


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


NOTHING = np.zeros((SIDE, SIDE), np.float32)
OVERLAP = ("iou", "dice", "precision", "recall", "boundary_iou", "boundary_f")
DISTANCES = ("boundary_distance_mean_px", "boundary_distance_p95_px")


def test_bald_and_nothing_found():
    scores = score_mask(TruthCase.prepare(photo(), NOTHING), NOTHING, NOTHING)
    assert {scores[name] for name in (*OVERLAP, *DISTANCES)} == {None}
    assert scores["false_positive_area"] == 0.0
    assert scores["edge_sharpness_ratio"] is None
    assert scores["edge_width_px"] is None
    assert scores["edge_gradient_agreement"] is None
    assert {scores[name] for name in scores if name.startswith("matte")} == {0.0}


def test_bald_but_hair_found():
    scores = score_mask(TruthCase.prepare(photo(), NOTHING), hair(), hair())
    assert {scores[name] for name in OVERLAP} == {0.0}
    assert {scores[name] for name in DISTANCES} == {None}
    assert scores["false_positive_area"] == pytest.approx(np.mean(hair() >= 0.5))


def test_hair_but_nothing_found():
    scores = score_mask(TruthCase.prepare(photo(), hair()), NOTHING, NOTHING)
    assert {scores[name] for name in OVERLAP} == {0.0}
    assert {scores[name] for name in DISTANCES} == {None}
    assert scores["edge_sharpness_ratio"] == 0.0


def test_a_bald_picture_has_no_hair_color_but_can_bleed():
    image = photo()
    case = TruthCase.prepare(image, NOTHING)
    scores = score_picture(case, painted(image, hair()), image, SHADE, 100.0)
    assert case.core.lightness is case.lightness_band is None
    assert {scores[name] for name in scores if not name.startswith("bleed")} == {None}
    assert scores["bleed_area"] > 0.1


def test_hair_everywhere_leaves_nothing_to_bleed_into():
    image, full = photo(), np.ones((SIDE, SIDE), np.float32)
    scores = all_scores(image, full, full, painted(image, full), dye(image, full))
    assert scores["bleed_area"] is scores["bleed_de00"] is None
    assert (scores["iou"], scores["boundary_iou"]) == (1.0, 1.0)
    assert scores["boundary_f"] is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (11, 4)])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_tiny_pictures(shape, fill):
    image = np.full((*shape, 3), 90, np.uint8)
    truth, mask = np.full(shape, fill, np.float32), np.ones(shape, np.float32)
    scores = all_scores(image, truth, mask, image, image)
    assert all(value is None or math.isfinite(value) for value in scores.values())


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
    assert {name for name in found if found[name] is None} == {"redye_de00"}
    found.pop("redye_de00"), expected.pop("redye_de00")
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("shift", [-60, -4, 0, 30, 70])
def test_looking_only_near_the_hair_changes_nothing(shift):
    case = TruthCase.prepare(photo(), hair(side=SIDE))
    alpha = hair(shift=shift, blur=3)
    everywhere = dataclasses.replace(case, near=case.everywhere)
    found, expected = (score_mask(one, alpha, alpha) for one in (case, everywhere))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_a_part_has_the_photos_edges_of_the_whole():
    image, truth, box = photo(), hair(), Box(20, 140, 30, 135)
    part, whole = (Surroundings.of(image, truth, b, 3) for b in (box, Box.full(SIDE, SIDE)))
    for axis in ("x", "y"):
        expected = getattr(whole.photo_edges, axis)[box.slices]
        assert getattr(part.photo_edges, axis) == pytest.approx(expected, abs=1e-5)


def test_an_alpha_next_to_the_hair_is_compared_there_and_one_far_away_everywhere():
    case = TruthCase.prepare(photo(), hair())
    assert case.around(hair(shift=1)) is case.near
    assert case.around(hair(shift=70)) is case.everywhere
    assert case.around(NOTHING) is case.near


def test_a_prepared_oracle_gives_the_same():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    arguments = (painted(image, hair(shift=3)), SHADE, 60.0)
    prepared = Oracle.prepare(case, dye(image, truth))
    plain = score_picture(case, arguments[0], dye(image, truth), *arguments[1:])
    assert score_picture(case, arguments[0], prepared, *arguments[1:]) == plain


@pytest.mark.parametrize("key", ["violet", "#7b2d8b", "7b2d8b"])
def test_exact_redye(key):
    image, truth = photo(), hair()
    true_picture = painted(image, truth)
    case = TruthCase.prepare(image, truth, {key: true_picture})
    exact = score_picture(case, true_picture, image, SHADE, 100.0)
    missed = score_picture(case, image, image, SHADE, 100.0)
    assert exact["redye_de00"] == pytest.approx(0, abs=1e-5)
    assert missed["redye_de00"] > 5
    assert score_picture(case, image, image, SHADE, 50.0)["redye_de00"] is None
    assert score_picture(case, image, image, Shade.parse("pink"), 100.0)["redye_de00"] is None


def test_what_the_encoder_does_to_the_photo_is_no_bleed():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)

    def jpeg(picture):
        data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])

    output = jpeg(painted(image, truth))
    arguments = (output, dye(image, truth), SHADE, 100.0)
    against_photo = score_picture(case, *arguments)
    against_jpeg = score_picture(case, *arguments, untouched=jpeg(image))
    assert against_jpeg["bleed_de00"] < 0.5 * against_photo["bleed_de00"]
    others = [name for name in against_photo if not name.startswith("bleed")]
    assert {name: against_jpeg[name] for name in others} == {
        name: against_photo[name] for name in others
    }


@pytest.mark.parametrize(("level", "band"), [(20, "dark"), (90, "medium"), (200, "light")])
def test_hair_lightness_is_that_of_the_photo(level, band):
    case = TruthCase.prepare(np.full((SIDE, SIDE, 3), level, np.uint8), hair())
    assert case.lightness_band == band


def test_a_proportional_response_is_linear():
    image, truth = photo(), hair(blur=0)
    case = TruthCase.prepare(image, truth)
    outputs = {float(i): painted(image, truth, i / 100) for i in range(0, 101, 10)}
    scores = score_response(case, outputs)
    assert scores["response_monotone"] == pytest.approx(1, abs=1e-3)
    assert scores["response_nonlinearity"] < 0.1


def test_plugins_are_scored_with_the_rest(monkeypatch):
    def area(case, mask, alpha):
        return float(mask.mean() + 0 * alpha.sum() + 0 * case.truth.sum())

    def undefined(case, output, oracle, shade, intensity):
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


IMAGE, TRUTH = photo(), hair()
CASE = TruthCase.prepare(IMAGE, TRUTH)
NAN = np.where(TRUTH > 0.5, np.float32(np.nan), TRUTH)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TruthCase.prepare(IMAGE.astype(float), TRUTH), "image must have dtype uint8, not"),
        (lambda: TruthCase.prepare(IMAGE[..., 0], TRUTH), r"image must have shape \(H, W, 3\)"),
        (lambda: TruthCase.prepare(IMAGE, TRUTH > 0.5), "truth must have dtype float32, not bool"),
        (lambda: TruthCase.prepare(IMAGE, TRUTH[1:]), "truth must be 160 rows by 160 columns"),
        (
            lambda: TruthCase.prepare(IMAGE, TRUTH * 2),
            r"truth must lie in \[0, 1\], not in \[0, 2\]",
        ),
        (lambda: TruthCase.prepare(IMAGE, NAN), r"truth must lie in \[0, 1\]; it holds NaN"),
        (
            lambda: TruthCase.prepare(IMAGE, TRUTH, {"pink": IMAGE[:9]}),
            r"dyed\['pink'\] must be 160 rows",
        ),
        (lambda: score_mask(CASE, NAN, TRUTH), "mask .* holds NaN"),
        (lambda: score_mask(CASE, TRUTH, NAN), "alpha .* holds NaN"),
        (lambda: score_mask(CASE, TRUTH, -TRUTH), r"alpha must lie in \[0, 1\], not in \[-1, -0\]"),
        (lambda: score_mask(CASE, TRUTH[:9], TRUTH), "mask must be 160 rows by 160 columns"),
        (lambda: score_mask(CASE, TRUTH.astype(float), TRUTH), "mask must have dtype float32"),
        (
            lambda: score_picture(CASE, IMAGE[:9], IMAGE, SHADE, 50.0),
            "output must be 160 rows by 160 columns as the truth is, not 9 by 160",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE * 1.5, SHADE, 50.0),
            r"oracle must lie in \[0, 255\]",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE.astype(np.float32), SHADE, 50.0),
            "oracle must have dtype uint8 or float64, not float32",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE, SHADE, 101.0),
            "intensity must be a number from 0 to 100, not 101.0",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE, SHADE, math.nan),
            "intensity must be a number from 0 to 100, not nan",
        ),
        (
            lambda: score_response(CASE, {0.0: IMAGE, 50.0: IMAGE[:9], 100.0: IMAGE}),
            r"outputs\[50\] must be 160 rows",
        ),
    ],
)
def test_bad_input_names_argument_expected_and_actual(call, message):
    with pytest.raises(UsageError, match=message):
        call()
