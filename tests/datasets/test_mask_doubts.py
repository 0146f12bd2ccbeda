"""What is odd about masks, found on the project's own heads and on nothing that is right."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.datasets import check_dataset, load_dataset
from hairopt.datasets.mask_doubts import doubts_of
from hairopt.images import decode_levels
from hairopt.images.exif import TURNS
from tests.conftest import ROOT

from .conftest import save

HEADS = (
    "afro_black_front",
    "buzzed_grey_back",
    "coily_brown_back",
    "ponytail_blond_profile",
    "straight_blue_profile",
    "wavy_red_front",
)
SHORT_AND_BALD = ("bald_front", "beard_short_black_front", "headscarf_front", "short_grey_front")


@pytest.fixture(scope="module")
def rendered():
    dataset = load_dataset(ROOT / "datasets" / "rendered")
    return {name: dataset.case(name).read() for name in (*HEADS, *SHORT_AND_BALD)}


def turned(levels: np.ndarray, orientation: int) -> np.ndarray:
    """The mask as stored, whose photo is turned by the orientation to be upright."""
    undone = {6: 8, 8: 6}.get(orientation, orientation)
    exif = Image.Exif()
    exif[0x0112] = undone
    stored = io.BytesIO()
    Image.fromarray(levels).save(stored, "PNG", exif=exif)
    return decode_levels(stored.getvalue(), "m")


@pytest.mark.parametrize("name", HEADS + SHORT_AND_BALD)
def test_nothing_is_odd_about_heads_that_are_right(rendered, name):
    loaded = rendered[name]
    for orientation in (1, *TURNS):
        doubts = doubts_of(loaded.image, loaded.levels, orientation)
        assert doubts == type(doubts)(False, False, 1, doubts.even_grey_fraction)
        assert doubts.even_grey_fraction < 0.001


@pytest.mark.parametrize("name", HEADS)
def test_inverted_masks(rendered, name):
    loaded = rendered[name]
    assert doubts_of(loaded.image, 255 - loaded.levels).is_inverted


@pytest.mark.parametrize("name", HEADS)
def test_close_ups_that_hair_surrounds_are_not_inverted(rendered, name):
    """Hair at the border, and less of it inside: what the geometry of inverted masks is."""
    loaded = rendered[name]
    hair = np.argwhere(loaded.levels >= 128)
    (top, left), (bottom, right) = hair.min(axis=0), hair.max(axis=0) + 1
    height, width = (bottom - top) // 2, (right - left) // 2
    for at in (0.2, 0.35, 0.5, 0.65, 0.8):
        rows = slice(top + int(at * height), top + int(at * height) + height)
        columns = slice(left + int(at * width), left + int(at * width) + width)
        image = np.ascontiguousarray(loaded.image[rows, columns])
        truth = np.ascontiguousarray(loaded.levels[rows, columns])
        assert not doubts_of(image, truth).is_inverted


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("name", HEADS)
def test_masks_in_the_orientation_in_which_their_photo_is_stored(rendered, name, orientation):
    loaded = rendered[name]
    stored = turned(loaded.levels, orientation)
    assert doubts_of(loaded.image, stored, orientation).better_turned == orientation


def test_a_mask_upside_down_is_found_without_any_exif(rendered):
    for name in ("coily_brown_back", "ponytail_blond_profile", "wavy_red_front"):
        loaded = rendered[name]
        assert doubts_of(loaded.image, turned(loaded.levels, 3)).better_turned == 3


def test_turns_are_what_decoding_does(rendered):
    levels = rendered["wavy_red_front"].levels
    for orientation in TURNS:
        back = turned(levels, orientation)
        exif = Image.Exif()
        exif[0x0112] = orientation
        file = io.BytesIO()
        Image.fromarray(back).save(file, "PNG", exif=exif)
        np.testing.assert_array_equal(decode_levels(file.getvalue(), "m"), levels)


@pytest.mark.parametrize("levels", [(12, 120), (128,), (76, 150, 29)])
def test_even_areas_of_grey(rendered, levels):
    loaded = rendered["wavy_red_front"]
    truth = np.zeros_like(loaded.levels)
    for row, level in enumerate(levels):
        truth[row * 150 : (row + 1) * 150] = level
    found = doubts_of(loaded.image, truth).even_grey_fraction
    assert found == pytest.approx(sum(150 for v in levels if v >= 32) / 512, abs=0.02)


def test_photos_too_small_or_even_to_say_anything():
    for side in (1, 2, 9):
        image = np.full((side, side, 3), 7, np.uint8)
        for truth in (np.zeros((side, side), np.uint8), np.full((side, side), 255, np.uint8)):
            assert doubts_of(image, truth, 3) == type(doubts_of(image, truth))(False, False, 1, 0)
    image = np.full((100, 80, 3), 90, np.uint8)
    truth = np.zeros((100, 80), np.uint8)
    truth[:40, :40] = 255
    assert doubts_of(image, truth, 3).better_turned == 1


def _folder(tmp_path: Path, loaded, mask: np.ndarray, **photo_options: object) -> Path:
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    Image.fromarray(loaded.image).save(root / "images" / "a.png", **photo_options)
    save(root / "masks" / "a.png", mask)
    (root / "dataset.toml").write_text('licence = "CC0-1.0"')
    return root


def _rules(root: Path) -> list[str]:
    return [warning.rule for warning in check_dataset(load_dataset(root)).warnings]


def test_each_is_a_warning_of_its_own(rendered, tmp_path):
    loaded = rendered["coily_brown_back"]
    mask = loaded.levels.copy()
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=80)
    trimap = np.where(mask > 250, 255, np.where(cv2.dilate(mask, np.ones((15, 15))) > 0, 128, 0))
    exif = Image.Exif()
    exif[0x0112] = 3
    assert _rules(_folder(tmp_path / "1", loaded, mask)) == []
    assert _rules(_folder(tmp_path / "2", loaded, 255 - mask)) == ["inverted"]
    assert _rules(_folder(tmp_path / "3", loaded, np.asarray(Image.open(file)))) == ["jpeg_noise"]
    assert _rules(_folder(tmp_path / "4", loaded, trimap.astype(np.uint8))) == ["even_grey"]
    assert _rules(_folder(tmp_path / "5", loaded, np.maximum(mask, 1))) == ["haze"]
    # The photo is stored as it is and turned when it is read; the mask stays.
    assert _rules(_folder(tmp_path / "6", loaded, mask, exif=exif)) == ["turned"]
