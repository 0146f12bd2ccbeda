from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairopt.measure.thumbnails import SIDE_PX, Thumbnails


def save(thumbnails, index, shape):
    image = np.zeros((*shape, 3), dtype=np.uint8)
    image[..., 0] = 200
    truth = np.ones(shape, dtype=np.float32)
    thumbnails.photo(index, image, truth)
    thumbnails.answer(index, "int8", np.full((8, 8), 0.5, dtype=np.float32), image)


@pytest.mark.parametrize(
    ("shape", "small"),
    [((2048, 1024), (1024, 512)), ((100, 60), (100, 60)), ((3000, 1), (1024, 1)), ((1, 1), (1, 1))],
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


def test_pictures_take_no_more_than_they_may(tmp_path):
    rng = np.random.default_rng(0)
    thumbnails = Thumbnails(tmp_path, max_bytes=20_000)
    for index, score in enumerate([0.5, 0.9, 0.1, 0.7]):
        noise = rng.integers(256, size=(96, 96, 3), dtype=np.uint8)
        thumbnails.photo(index, noise, np.ones((96, 96), dtype=np.float32))
        thumbnails.judge(index, score)
    kept = [index for index in range(4) if thumbnails.path(index)]
    assert kept == [0, 2]
    taken = sum(file.stat().st_size for file in tmp_path.rglob("*.*"))
    assert 10_000 < taken <= 20_000


def test_the_worst_case_keeps_its_pictures_whatever_they_take(tmp_path):
    thumbnails = Thumbnails(tmp_path, max_bytes=1)
    for index, score in enumerate([0.5, 0.1, 0.7]):
        save(thumbnails, index, (64, 64))
        thumbnails.judge(index, score)
    assert [index for index in range(3) if thumbnails.path(index)] == [1]
