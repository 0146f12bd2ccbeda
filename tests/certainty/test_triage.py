"""Which photos are worth labelling, with networks whose answers are known."""

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.certainty.expectation import unknown
from hairopt.certainty.triage import Network, labelled_appearances, triage
from hairopt.datasets import load_dataset
from tests.certainty.test_expectation import EXPECTATION


def _dark(image):
    """Soft masks of dark pixels."""
    return cv2.GaussianBlur((image.max(axis=2) < 100).astype(np.float32), (0, 0), 1.5)


def _nothing(image):
    return np.zeros(image.shape[:2], np.float32)


def _photo(file, hair=(60, 40, 30), column=40, wall=180):
    rows, columns = np.mgrid[:80, :80]
    blot = np.hypot(rows - 40, columns - column) < 22
    noise = np.random.default_rng(column).integers(0, 6, (80, 80, 1))
    picture = np.where(blot[..., None], hair, (wall, wall, wall)) + noise
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture.astype(np.uint8)).save(file)


@pytest.fixture
def labelled(tmp_path):
    for place in range(8):
        _photo(tmp_path / "labelled" / f"l{place}.png", column=30 + 2 * place, wall=180 - place)
    return load_dataset(tmp_path / "labelled", needs_masks=False)


def _ranked(tmp_path, networks, labelled=None):
    dataset = load_dataset(tmp_path / "photos", needs_masks=False)
    known = labelled_appearances(labelled.cases, networks[0]) if labelled else ([], set())
    found, bad = triage(dataset.cases, networks, known)
    return {one.name: one for one in found}, bad


def test_two_networks_that_disagree_are_named_and_come_first(tmp_path):
    _photo(tmp_path / "photos" / "hair.png")
    _photo(tmp_path / "photos" / "bald.png", hair=(200, 170, 150))
    networks = [Network("a", _dark, EXPECTATION), Network("b", _nothing, EXPECTATION)]
    found, bad = _ranked(tmp_path, networks)
    assert list(found) == ["hair", "bald"]
    assert found["hair"].networks_iou == 0.0
    assert "a and b agree to 0.00 only" in found["hair"].reason
    assert (found["bald"].expected.doubt, found["bald"].networks_iou) == ("empty", 1.0)
    assert found["bald"].worth == 0.0
    assert bad == []


def test_what_is_labelled_already_is_not_worth_it_also_when_it_was_encoded_again(
    tmp_path, labelled
):
    _photo(tmp_path / "photos" / "copy.png", column=30)
    again = Image.open(tmp_path / "photos" / "copy.png")
    again.save(tmp_path / "photos" / "again.jpg", quality=80)
    found, _ = _ranked(tmp_path, [Network("a", _dark, EXPECTATION)], labelled)
    assert {one.reason for one in found.values()} == {"labelled already"}
    assert {one.worth for one in found.values()} == {0.0}


def test_a_second_copy_of_a_photo_is_worth_nothing(tmp_path):
    _photo(tmp_path / "photos" / "a.png")
    _photo(tmp_path / "photos" / "b.png")
    networks = [Network("a", _dark, EXPECTATION), Network("b", _nothing, EXPECTATION)]
    found, _ = _ranked(tmp_path, networks)
    assert found["a"].worth > 0
    assert (found["b"].worth, found["b"].reason) == (0.0, "the same photo as a")


def test_a_photo_unlike_all_labelled_ones_says_in_what(tmp_path, labelled):
    _photo(tmp_path / "photos" / "usual.png", column=37, wall=150)
    _photo(tmp_path / "photos" / "red.png", hair=(95, 5, 5), column=35, wall=178)
    found, _ = _ranked(tmp_path, [Network("a", _dark, EXPECTATION)], labelled)
    assert found["red"].unlike == 1.0
    assert "more colourful hair" in found["red"].reason


def test_without_a_calibration_disagreement_still_counts(tmp_path):
    _photo(tmp_path / "photos" / "one.png")
    networks = [Network("a", _dark, unknown("no calibration")), Network("b", _nothing, EXPECTATION)]
    found, _ = _ranked(tmp_path, networks)
    assert found["one"].expected.iou is None
    assert found["one"].worth == pytest.approx(1.0)


def test_a_file_that_is_no_picture_is_listed_and_the_others_are_ranked(tmp_path):
    _photo(tmp_path / "photos" / "one.png")
    (tmp_path / "photos" / "two.png").write_bytes(b"no picture")
    found, bad = _ranked(tmp_path, [Network("a", _dark, EXPECTATION)])
    assert list(found) == ["one"]
    assert [one.name for one in bad] == ["two"]
