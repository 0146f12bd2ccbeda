"""Class indices are told from coverage, and the recipe that is printed converts them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hairopt.errors import DataError
from hairopt.images.class_indices import find_classes
from tests.pictures import mask_of, saved

Y, X = np.mgrid[:96, :120]
DISTANCE = np.hypot(Y - 48, X - 60)
HAIR = DISTANCE < 30
BORDER = np.abs(DISTANCE - 30) < 3


def as_jpeg(mask: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def labels(*areas: tuple[np.ndarray, int], start: int = 0) -> np.ndarray:
    mask = np.full(HAIR.shape, start, np.uint8)
    for area, label in areas:
        mask[area] = label
    return mask


NINETEEN = labels(*((row == Y // 5, 7 * row % 19) for row in range(19)))
FACE = (DISTANCE < 15, 1)

INDICES = {
    "0 and 1": (labels((HAIR, 1)), (0, 1), False),
    "0 and 2": (labels((HAIR, 2)), (0, 2), False),
    "counted from 1": (labels((HAIR, 2), start=1), (1, 2), False),
    "nineteen": (NINETEEN, tuple(range(19)), False),
    "hair around a face": (labels((HAIR, 17), FACE), (0, 1, 17), False),
    "an ignore border": (labels((HAIR, 1), (BORDER, 255)), (0, 1), True),
    "parts and a border": (labels((HAIR, 13), FACE, (BORDER, 255)), (0, 1, 13), True),
}


@pytest.mark.parametrize("name", INDICES)
def test_class_indices_are_found(name: str):
    mask, found, has_ignore = INDICES[name]
    classes = find_classes(mask)
    assert classes is not None
    assert (classes.labels, classes.has_ignore) == (found, has_ignore)


def _soft(largest: float) -> np.ndarray:
    return np.rint(largest * np.clip(1 - DISTANCE / 50, 0, 1)).astype(np.uint8)


NOISE = np.random.default_rng(3).integers(0, 12, HAIR.shape).astype(np.uint8)
COVERAGE = {
    "empty": labels(),
    "full": labels(start=255),
    "binary": labels((HAIR, 255)),
    "soft": _soft(255),
    "a bald head, as a network sees it": _soft(9),
    "faint noise": NOISE,
    "hair and faint noise": np.where(HAIR, 255, NOISE // 9).astype(np.uint8),
    "hair and specks of 1": np.where(HAIR, 255, (X * Y) % 7 == 3).astype(np.uint8),
    "hair in grey": labels((HAIR, 128)),
    "five levels": labels((DISTANCE < 32, 64), (DISTANCE < 30, 128), (DISTANCE < 28, 255)),
    **{f"once a JPEG of {q}": as_jpeg(labels((HAIR, 255)), q) for q in (50, 75, 95, 100)},
    "empty and once a JPEG of 70": as_jpeg(labels(), 70),
    "blocks of a JPEG of 70": as_jpeg(labels((Y < 48, 255)), 70),
    "soft and once a JPEG": as_jpeg(_soft(255), 80),
}


@pytest.mark.parametrize("name", COVERAGE)
def test_coverage_is_no_class_index(name: str):
    assert find_classes(COVERAGE[name]) is None


def _run_recipe(error: DataError, hair: int | None = None) -> None:
    lines = error.fix.splitlines()[1:]
    code = "\n".join(line[2:] for line in lines)
    exec(code.replace("HAIR", str(hair)) if hair else code)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "LA"])
def test_the_recipe_converts_the_folder(mode: str, tmp_path: Path):
    folder = tmp_path / "it's masks"
    folder.mkdir()
    file = folder / "a.png"
    mask = labels((HAIR, 2), (BORDER, 255))
    if mode == "P":
        picture = Image.fromarray(mask, "P")
        picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [224, 224, 192] * 253)
    else:
        picture = Image.fromarray(mask).convert(mode)
    picture.save(file)
    with pytest.raises(DataError) as caught:
        mask_of(file.read_bytes(), str(file))
    assert "HAIR" in caught.value.fix or mode != "P"
    _run_recipe(caught.value, 2)
    np.testing.assert_array_equal(mask_of(file.read_bytes(), "m"), mask == 2)


def test_the_reader_has_to_name_the_class_where_there_are_several():
    with pytest.raises(DataError, match=r"0, 1, 17") as caught:
        mask_of(saved(labels((HAIR, 17), FACE), "PNG"), "masks/a.png")
    assert "HAIR, 255" in caught.value.fix


def test_masks_that_are_right_already_stay_as_they_are(tmp_path: Path):
    wrong, right = tmp_path / "a.png", tmp_path / "b.png"
    wrong.write_bytes(saved(labels((HAIR, 2)), "PNG"))
    right.write_bytes(saved(labels((HAIR, 255)), "PNG"))
    with pytest.raises(DataError) as caught:
        mask_of(wrong.read_bytes(), str(wrong))
    for _ in range(2):
        _run_recipe(caught.value)
        for file in (wrong, right):
            np.testing.assert_array_equal(mask_of(file.read_bytes(), "m"), HAIR)
