"""The edge of the mask: ranges, boxes, and that leaked dye goes."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hairopt.models.squash import squash
from hairopt.stages.anti_bleed import follow_edges, limit_by_colour
from hairopt.stages.mask import around, coverage, hair_bands, upsample
from hairopt.stages.postprocess import blend, plain, refine
from hairopt.stages.protocol import AntiBleed
from hairopt.types import Box


def scene(side: int = 96, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A photo of noise and a soft mask of a disc a quarter its size."""
    image = np.random.default_rng(seed).integers(0, 256, (side, side + 20, 3), dtype=np.uint8)
    mask = np.zeros((32, 32), np.float32)
    cv2.circle(mask, (14, 12), 6, 1.0, -1)
    return image, cv2.GaussianBlur(mask, (0, 0), 1.0)


SETTINGS = [
    {"feather_px": feather, "feather_at": at, "anti_bleed": anti_bleed}
    for feather in (0.0, 0.3, 4.0)
    for at in ("mask", "image")
    for anti_bleed in (False, "edges", True)
]


def test_coverage_by_hand():
    mask = np.array([[0, 0.1, 0.3, 0.5, 0.9, 1]], np.float32)
    np.testing.assert_allclose(coverage(mask), [[0, 0, 0.25, 0.5, 1, 1]], atol=1e-6)


def test_upsample_keeps_the_frame():
    mask = np.array([[0, 1], [0, 1]], np.float32)
    np.testing.assert_allclose(upsample(mask, 2, 4)[0], [0, 0.25, 0.75, 1])
    np.testing.assert_allclose(upsample(upsample(mask, 64, 64), 2, 2), mask, atol=0.26)
    assert upsample(mask, 2, 2) is mask


@pytest.mark.parametrize("options", SETTINGS)
def test_alpha_is_in_range_and_independent_of_the_box(options: dict):
    image, mask = scene()
    whole = refine(mask, image, Box.full(*image.shape[:2]), **options)
    assert whole.dtype == np.float32
    assert whole.min() >= 0
    assert whole.max() <= 1
    for box in (Box(10, 60, 30, 70), Box(0, 96, 0, 40), Box(50, 51, 60, 61)):
        part = refine(mask, image, box, **options)
        np.testing.assert_allclose(part, whole[box.slices], atol=2e-5)


@pytest.mark.parametrize("options", SETTINGS)
def test_nothing_is_outside_the_bands_of_hair(options: dict):
    image, mask = scene()
    bands = hair_bands(mask, *image.shape[:2], 3 * options["feather_px"])
    alpha = refine(mask, image, Box.full(*image.shape[:2]), **options).copy()
    assert alpha.max() > 0.5
    for band in bands:
        alpha[band.slices] = 0
    assert alpha.max() == 0


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([(288, 288), (7, 5)]))
@settings(max_examples=60, deadline=None)
def test_enlarged_and_shrunken_masks_stay_within_0_and_1(height: int, width: int, sides):
    mask = np.ones(sides, np.float32)
    mask[::3] -= np.float32(1e-7)
    large = upsample(mask, height, width)
    assert large.shape == (height, width)
    assert large.min() >= 0
    assert large.max() <= 1


@given(st.integers(0, 2**32 - 1), st.integers(20, 200), st.integers(20, 200))
@settings(max_examples=40, deadline=None)
def test_bands_are_apart_and_hold_all_that_can_be_covered(seed: int, height: int, width: int):
    rng = np.random.default_rng(seed)
    mask = np.where(rng.random((32, 24)) > rng.uniform(0.9, 1), 0.2, 0.0).astype(np.float32)
    times = np.zeros((height, width), int)
    bands = hair_bands(mask, height, width, 0)
    for band in bands:
        times[band.slices] += 1
    assert times.max(initial=0) <= 1
    assert (times[upsample(coverage(mask), height, width) > 0] == 1).all()
    whole = around(bands)
    assert times.sum() == times[whole.slices].sum()
    assert all(not band.is_empty for band in bands)


@pytest.mark.parametrize("options", SETTINGS)
def test_mirrored_in_mirrored_out(options: dict):
    image, mask = scene()
    full = Box.full(*image.shape[:2])
    alpha = refine(mask, image, full, **options)
    mirrored = refine(
        np.ascontiguousarray(mask[:, ::-1]), np.ascontiguousarray(image[:, ::-1]), full, **options
    )
    np.testing.assert_allclose(mirrored[:, ::-1], alpha, atol=2e-3)


@pytest.mark.parametrize("options", SETTINGS)
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_all_hair_and_no_hair_stay_so(options: dict, level: float):
    image, mask = scene()
    alpha = refine(np.full_like(mask, level), image, Box.full(*image.shape[:2]), **options)
    np.testing.assert_allclose(alpha, level, atol=1e-3)


def test_without_feather_and_anti_bleed_it_is_the_plain_mask():
    image, mask = scene()
    box = Box(5, 50, 10, 80)
    off = refine(mask, image, box, feather_px=0, feather_at="mask", anti_bleed=False)
    np.testing.assert_array_equal(off, plain(mask, image, box))


def test_feathering_widens_the_edge_by_its_sigma():
    """A step blurred with standard deviation s: at +s from it, the normal CDF says 0.1587."""
    mask = np.zeros((200, 200), np.float32)
    mask[:, :100] = 1
    image = np.zeros((200, 200, 3), np.uint8)
    full = Box.full(200, 200)
    alpha = refine(mask, image, full, feather_px=5, feather_at="image", anti_bleed=False)[100]
    middle = (alpha[104] + alpha[105]) / 2  # pixel centres 4.5 and 5.5 beyond the step
    assert abs(middle - 0.1587) < 0.005


def test_feathering_at_mask_size_is_about_feathering_at_image_size():
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 16:48] = 1
    image = np.zeros((256, 256, 3), np.uint8)
    full = Box.full(256, 256)
    small, large = (
        refine(mask, image, full, feather_px=8, feather_at=at, anti_bleed=False)
        for at in ("mask", "image")
    )
    assert np.abs(small - large).max() < 0.05


@pytest.mark.parametrize(("anti_bleed", "times_less"), [(True, 10), ("edges", 2)])
@pytest.mark.parametrize("at", ["mask", "image"])
def test_anti_bleed_removes_leakage_on_skin(at: str, anti_bleed: AntiBleed, times_less: float):
    """Dark hair left of column 60, light skin right of it; the mask leaks 2 columns further."""
    image = np.full((128, 128, 3), 200, np.uint8)
    image[:, :60] = 40
    mask = np.zeros((128, 128), np.float32)
    mask[:, :62] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 2)
    full = Box.full(128, 128)
    before = plain(mask, image, full)
    after = refine(mask, image, full, feather_px=0, feather_at=at, anti_bleed=anti_bleed)
    assert before[:, 60:].sum() > times_less * after[:, 60:].sum()
    assert after[:, :60].min() > 0.99


def test_an_empty_mask_gives_an_empty_box_and_the_photo():
    image, mask = scene()
    bands = hair_bands(np.zeros_like(mask), *image.shape[:2], 6)
    box = around(bands)
    assert (bands, box.is_empty) == ((), True)
    alpha = refine(mask, image, box, feather_px=2, feather_at="mask", anti_bleed=True)
    assert alpha.size == 0
    np.testing.assert_array_equal(blend(image, [], alpha, box), image)


def test_blend_by_hand():
    image = np.array([[[100] * 3, [100] * 3, [100] * 3]], np.uint8)
    dyed = np.array([[[200, 0, 100], [200, 0, 100]]], np.uint8)
    alpha = np.array([[0.25, 1]], np.float32)
    box = Box(0, 1, 1, 3)
    out = blend(image, [(box, dyed)], alpha, box)
    assert out.tolist() == [[[100] * 3, [125, 75, 100], [200, 0, 100]]]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_blend_is_the_photo_where_alpha_is_0_and_near_the_formula_elsewhere(seed: int):
    rng = np.random.default_rng(seed)
    image, dyed = rng.integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    alpha = np.clip(rng.normal(0.5, 0.6, (40, 40)), 0, 1).astype(np.float32)
    kept = image.copy()
    full = Box.full(40, 40)
    out = blend(image, [(full, dyed)], alpha, full)
    np.testing.assert_array_equal(image, kept)
    np.testing.assert_array_equal(out[alpha == 0], image[alpha == 0])
    np.testing.assert_array_equal(out[alpha == 1], dyed[alpha == 1])
    exact = image + alpha[..., None].astype(float) * (dyed.astype(float) - image)
    assert np.abs(out - exact).max() <= 1.5
    assert np.abs((out - exact).mean()) < 0.03


def test_a_layer_equal_to_the_photo_changes_nothing():
    levels, steps = np.meshgrid(np.arange(256, dtype=np.uint8), np.linspace(0, 1, 1021))
    image = cv2.merge([levels] * 3)
    out = blend(
        image, [(Box.full(1021, 256), image)], steps.astype(np.float32), Box.full(1021, 256)
    )
    np.testing.assert_array_equal(out, image)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_limiting_by_colour_only_takes_away(seed: int):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    alpha = np.clip(cv2.GaussianBlur(rng.normal(0.5, 3, (40, 50)), (0, 0), 3), 0, 1)
    alpha = alpha.astype(np.float32)
    limited = limit_by_colour(alpha, image)
    assert (limited <= alpha).all()
    assert limited.min() >= 0
    np.testing.assert_array_equal(limited[alpha == 1], 1)


def test_colours_that_are_alike_prove_nothing():
    alpha = np.tile(np.linspace(-1, 2, 60, dtype=np.float32).clip(0, 1), (40, 1))
    image = np.full((40, 60, 3), 90, np.uint8)
    image[:, 30:] = 110
    np.testing.assert_array_equal(limit_by_colour(alpha, image), alpha)


def test_a_pixel_halfway_between_two_colours_gets_half():
    """Hair 0, background 240: an uncertain pixel of 120 has at most 0.5, one of 240 nothing."""
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, 32:] = 1
    image = np.where(alpha[..., None] == 1, 0, 240).astype(np.uint8).repeat(3, axis=2)
    alpha[10, 30:32], image[10, 30], image[10, 31] = 0.9, 240, 120
    np.testing.assert_allclose(limit_by_colour(alpha, image)[10, 30:32], [0, 0.5], atol=0.01)


@pytest.mark.parametrize("side", [192, 288, 300, 512])
def test_edges_followed_on_a_smaller_frame_are_about_those_of_the_whole(side: int):
    """A slanted edge of the photo, and a mask whose edge lies 3 px beside it."""
    y, x = np.mgrid[:side, :side]
    image = np.where((x + y / 4 < side / 2)[..., None], np.uint8(40), np.uint8(200))
    image = cv2.GaussianBlur(np.repeat(image, 3, axis=2), (0, 0), 1.0)
    beside = (x + y / 4 < side / 2 + 3).astype(np.float32)
    mask = cv2.GaussianBlur(beside, (0, 0), 4.0)
    exact = follow_edges(mask, image, (side, side), fast=False)
    fast = follow_edges(mask, image, (side, side), fast=True)
    truth = (x + y / 4 < side / 2).astype(np.float32)
    assert np.abs(fast - exact).mean() < 0.3 * np.abs(exact - mask).mean()
    assert np.abs(fast - truth).mean() < 0.5 * np.abs(mask - truth).mean()


def test_a_box_of_an_enlarged_mask_is_a_part_of_the_whole():
    mask = np.random.default_rng(0).random((30, 40), dtype=np.float32)
    box = Box(17, 90, 5, 111)
    np.testing.assert_array_equal(
        upsample(mask, 128, 160, box), upsample(mask, 128, 160)[box.slices]
    )


def test_edges_alone_do_not_look_at_colours():
    image, mask = scene()
    height, width = image.shape[:2]
    followed = follow_edges(coverage(mask), squash(image, 64, 64), (64, 64), fast=True)
    how = {"feather_px": 0.0, "feather_at": "mask", "anti_bleed": "edges"}
    found = refine(mask, image, Box.full(height, width), **how)
    np.testing.assert_array_equal(found, upsample(followed, height, width))


def test_a_small_mask_follows_the_edges_of_a_photo_of_twice_its_size():
    """The mask of a trimmed network: half the size, and nearly the same alpha."""
    y, x = np.mgrid[:576, :576]
    radius = 150 + 12 * np.sin(np.arctan2(y - 200, x - 256) * 9)
    shape = np.hypot(x - 256, y - 200) < radius
    colours = np.where(shape[..., None], np.uint8([40, 30, 20]), np.uint8([210, 190, 170]))
    image = cv2.GaussianBlur(colours, (0, 0), 1.0)
    large = cv2.GaussianBlur(cv2.resize(shape.astype(np.float32), (288, 288)), (0, 0), 2.0)
    small = cv2.resize(large, (144, 144), interpolation=cv2.INTER_AREA)
    how = {"feather_px": 0.0, "feather_at": "mask", "anti_bleed": "edges"}
    full = Box.full(576, 576)
    off_large, off_small = (
        np.abs(refine(mask, image, full, **how) - shape).mean() for mask in (large, small)
    )
    assert off_small < 1.1 * off_large
    assert off_small < 0.7 * np.abs(plain(small, image, full) - shape).mean()
