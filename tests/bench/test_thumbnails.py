from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairopt.bench.thumbnails import SIDE_PX, Thumbnails


def save(thumbnails, index, shape):
    image = np.zeros((*shape, 3), dtype=np.uint8)
    image[..., 0] = 200
    truth = np.ones(shape, dtype=np.float32)
    thumbnails.photo(index, image, truth)
    thumbnails.answer(index, "int8", np.full((8, 8), 0.5, dtype=np.float32), image)


@pytest.mark.parametrize(
    ("shape", "small"),
    [((1024, 512), (256, 128)), ((100, 60), (100, 60)), ((3000, 1), (256, 1)), ((1, 1), (1, 1))],
)
def test_everything_of_a_case_is_shrunk_alike(tmp_path, shape, small):
    thumbnails = Thumbnails(tmp_path)
    save(thumbnails, 0, shape)
    files = sorted((tmp_path / "00001").iterdir())
    assert [file.name for file in files] == ["int8.jpg", "int8.png", "photo.jpg", "truth.png"]
    for file in files:
        assert cv2.imread(str(file)).shape[:2] == small
        assert max(small) <= SIDE_PX
    blue, green, red = cv2.imread(str(tmp_path / "00001" / "photo.jpg"))[0, 0]
    assert red > 190
    assert max(blue, green) < 10
    assert cv2.imread(str(tmp_path / "00001" / "int8.png"))[0, 0, 0] == 128


def test_only_the_worst_cases_keep_their_pictures(tmp_path):
    thumbnails = Thumbnails(tmp_path, max_cases=3)
    for index, score in enumerate([0.9, 0.1, 0.8, 0.7, 1.0, 0.2]):
        save(thumbnails, index, (4, 4))
        thumbnails.judge(index, score)
    kept = [index for index in range(6) if thumbnails.path(index)]
    assert kept == [1, 3, 5]
    assert thumbnails.path(1) == "images/00002"
    assert thumbnails.path(0) is None
