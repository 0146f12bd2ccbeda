"""Pieces make up the whole, and what is made of them is what would be made of the whole."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt import pieces as module
from hairopt.pieces import in_pieces, pieces
from hairopt.stages import mask as mask_stage
from hairopt.stages import postprocess
from hairopt.stages.mask import around, hair_bands, upsample
from hairopt.stages.postprocess import refine
from hairopt.types import Box
from tests.pictures import photo

FRAME = Box.full(613, 1049)


@given(
    height=st.integers(1, 400),
    width=st.integers(1, 400),
    most_px=st.integers(1, 20_000),
    reach_px=st.integers(0, 50),
)
def test_inner_pixels_are_each_there_once_and_outer_ones_reach(height, width, most_px, reach_px):
    box, frame = Box(7, 7 + height, 3, 3 + width), Box.full(500, 450)
    seen = np.zeros((500, 450), np.uint8)
    for piece in pieces(box, bytes_per_px=1, reach_px=reach_px, frame=frame, most_bytes=most_px):
        seen[piece.inner.slices] += 1
        assert piece.inner.meet(piece.outer) == piece.inner
        assert piece.outer.meet(frame) == piece.outer
        assert piece.outer.top == max(0, piece.inner.top - reach_px)
        assert piece.outer.left <= max(0, piece.inner.left - reach_px)
        assert piece.outer.right >= min(450, piece.inner.right + reach_px)
    assert (seen[box.slices] == 1).all()
    assert seen.sum() == height * width


def test_an_empty_box_has_no_pieces():
    assert not list(pieces(Box(0, 0, 0, 0), bytes_per_px=1))


def test_a_small_picture_is_one_piece_and_not_copied():
    pixels = photo(64)
    assert in_pieces(lambda piece: pixels, Box.full(64, 64), bytes_per_px=4) is pixels


def test_pieces_stay_within_what_they_may_take():
    for piece in pieces(Box.full(6000, 10_000), bytes_per_px=40):
        outer = piece.outer
        assert (outer.bottom - outer.top) * (outer.right - outer.left) * 40 <= module.PIECE_BYTES


def made_of_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures take the way of large ones from now on."""
    monkeypatch.setattr(mask_stage, "PIECE_BYTES", 1)
    monkeypatch.setattr(postprocess, "_MOST_BYTES", 3_000_000)


@pytest.fixture
def soft() -> np.ndarray:
    """A mask of 96 x 96 with edges everywhere."""
    noise = np.random.default_rng(0).random((96, 96), dtype=np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 0, 1, cv2.NORM_MINMAX)


@pytest.mark.parametrize("box", [FRAME, Box(0, 613, 77, 78), Box(100, 101, 1048, 1049)])
def test_a_part_of_an_enlarged_mask_is_that_part(
    soft: np.ndarray, box: Box, monkeypatch: pytest.MonkeyPatch
):
    whole = upsample(soft, 613, 1049)
    made_of_pieces(monkeypatch)
    np.testing.assert_array_equal(upsample(soft, 613, 1049, box), whole[box.slices])


@pytest.mark.parametrize("feather_at", ["mask", "image"])
@pytest.mark.parametrize("anti_bleed", [True, "edges", False])
@pytest.mark.parametrize("feather_px", [0.0, 2.0, 7.5])
def test_alpha_of_pieces_is_alpha_bit_for_bit(
    soft: np.ndarray,
    feather_at: str,
    anti_bleed: bool | str,
    feather_px: float,
    monkeypatch: pytest.MonkeyPatch,
):
    image = cv2.resize(photo(200), (1049, 613), interpolation=cv2.INTER_CUBIC)
    options = {"feather_px": feather_px, "feather_at": feather_at, "anti_bleed": anti_bleed}
    for box in (FRAME, around(hair_bands(np.where(soft > 0.8, soft, 0), 613, 1049, 6))):
        whole = refine(soft, image, box, **options)
        with monkeypatch.context() as context:
            made_of_pieces(context)
            np.testing.assert_array_equal(refine(soft, image, box, **options), whole)
            for piece in pieces(box, bytes_per_px=40, most_bytes=5_000_000):
                part = refine(soft, image, piece.inner, **options)
                np.testing.assert_array_equal(part, whole[piece.inner.within(box).slices])
