"""Pictures that are scored in pieces, from disk: the same numbers as in one piece."""

import numpy as np
import pytest

from hairopt.metrics.case import (
    Oracle,
    TruthCase,
    hair_change_de76,
    score_mask,
    score_picture,
    score_redye,
)
from hairopt.metrics.connected_loops import largest_part
from hairopt.raster import Coverage, OnDisk, Raster
from tests.metrics.heads import SHADE, dye, hair, painted, photo

SIDE = 320
SMALL = 500_000
"""Bytes: pieces whose side is not much more than 64 pixels."""

IMAGE = photo(side=SIDE)
NOTHING = np.zeros((SIDE, SIDE), np.float32)
LEVELS = np.rint(hair(side=SIDE) * 255).astype(np.uint8)
TRUTH = np.asarray(Coverage(LEVELS))


def scores(image, truth, alpha, output, ideal, **options):
    case = TruthCase.prepare(image, truth, {"a": output}, **options)
    found = score_mask(case, alpha, alpha)
    found |= score_picture(case, output, ideal, SHADE, 100.0, untouched=image)
    found["redye"] = score_redye(case, "a", image)
    found["change"] = hair_change_de76(case, output)
    return found | {"lightness": case.lightness}


def assert_alike(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        alike = value if value is None else pytest.approx(value, rel=1e-5, abs=1e-6)
        assert found[name] == alike, name


@pytest.mark.parametrize(
    "alpha", [hair(3, side=SIDE), hair(140, 3, side=SIDE), NOTHING], ids=["near", "far", "none"]
)
def test_pieces_give_what_the_whole_gives(alpha):
    output, ideal = painted(IMAGE, alpha), dye(IMAGE, TRUTH)
    whole = scores(IMAGE, TRUTH, alpha, output, ideal)
    on_disk = (OnDisk.of(IMAGE), Coverage(LEVELS), OnDisk.of(alpha), OnDisk.of(output))
    assert_alike(scores(*on_disk, ideal, most_bytes=SMALL), whole)


def test_there_are_several_pieces_and_none_is_kept():
    case = TruthCase.prepare(IMAGE, TRUTH, most_bytes=SMALL)
    for parts in (case.core, case.near, case.outside, case.touched):
        first, again = list(parts), list(parts)
        assert len(first) > 1
        assert all(one is not other for one, other in zip(first, again, strict=True))
    whole = TruthCase.prepare(IMAGE, TRUTH)
    for parts in (whole.core, whole.near, whole.outside, whole.touched):
        assert list(parts) == list(parts)
        assert len(list(parts)) == 1


def test_a_large_picture_is_cut_without_being_asked(monkeypatch):
    monkeypatch.setattr("hairopt.metrics.truth.WHOLE_PX", SIDE * SIDE - 1)
    monkeypatch.setattr("hairopt.metrics.truth.PIECE_BYTES", SMALL)
    assert len(list(TruthCase.prepare(IMAGE, TRUTH).core)) > 1


def test_bald_pictures_in_pieces():
    whole, pieces = (
        scores(IMAGE, NOTHING, NOTHING, painted(IMAGE, TRUTH), IMAGE, **options)
        for options in ({}, {"most_bytes": SMALL})
    )
    assert_alike(pieces, whole)


class Watched(Raster):
    """A picture that remembers which rows it was asked for."""

    def __init__(self, picture):
        self.shape, self._picture, self.rows = picture.shape, picture, []

    def __getitem__(self, key):
        self.rows += [key[0].start, key[0].stop]
        return self._picture[key]


def test_an_ideal_is_computed_only_where_it_is_looked_at():
    case, output = TruthCase.prepare(IMAGE, TRUTH), painted(IMAGE, TRUTH)
    ideal = Watched(dye(IMAGE, TRUTH))
    found = score_picture(case, output, Oracle(case, ideal), SHADE, 100.0)
    assert found == score_picture(case, output, dye(IMAGE, TRUTH), SHADE, 100.0)
    hair_rows = np.flatnonzero((TRUTH >= 0.5).any(axis=1))
    assert hair_rows[0] - 5 <= min(ideal.rows) < max(ideal.rows) <= hair_rows[-1] + 6


@pytest.mark.parametrize("seed", range(300))
def test_the_largest_part_as_labelled(seed):
    from skimage import measure

    generator = np.random.default_rng(seed)
    region = generator.random(generator.integers(1, 14, 2)) < generator.random()
    labels = measure.label(region, connectivity=1).ravel()
    sizes = np.bincount(labels, minlength=2)[1:]
    of_largest = np.isin(labels, 1 + np.flatnonzero(sizes == sizes.max())) & (labels > 0)
    first = int(of_largest.argmax()) if region.any() else -1
    assert largest_part(region) == (first, sizes.max())
