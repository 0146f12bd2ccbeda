import numpy as np
import pytest

from hairopt.errors import DataError
from hairopt.train.labels import LabelStore, reduced
from hairopt.train.photos import find_photos
from tests.train.conftest import dark, index_lines


def test_what_is_stored_comes_back(photos, tmp_path) -> None:
    store = LabelStore(tmp_path / "labels")
    entries = list(store.fill(find_photos(photos), dark))
    for photo, entry in zip(find_photos(photos), entries, strict=True):
        image, mask = store.read(entry)
        original = photo.read()
        assert np.abs(image.astype(int) - original).mean() < 8
        np.testing.assert_array_equal(mask > 127, dark(original) > 0.5)
        assert entry.hair == pytest.approx(float(dark(original).mean()), abs=0.01)
        assert entry.usable


def test_nothing_is_labelled_twice_and_a_cut_off_line_is_labelled_again(photos, tmp_path) -> None:
    folder = tmp_path / "labels"
    first = list(LabelStore(folder).fill(find_photos(photos), dark))
    index = folder / "index.jsonl"
    index.write_bytes(index.read_bytes()[:-25])
    asked = []

    def counting(image):
        asked.append(1)
        return dark(image)

    assert list(LabelStore(folder).fill(find_photos(photos), counting)) == first
    assert len(asked) == 4  # the views of one photo
    assert len(LabelStore(folder).entries()) == len(first)


def test_what_is_damaged_in_the_store_is_labelled_again_and_costs_nothing_else(
    photos, tmp_path
) -> None:
    folder = tmp_path / "labels"
    first = list(LabelStore(folder).fill(find_photos(photos), dark))
    index = folder / "index.jsonl"
    lines = index.read_text().splitlines()
    index.write_text("\n".join(["", "[1]", '{"sha256": 1}', *lines[2:]]))
    next(folder.glob(f"{first[5].sha256[:20]}.jpg")).unlink()
    store = LabelStore(folder)
    assert list(store.fill(find_photos(photos), dark)) == first
    assert all(store.read(entry)[0].size for entry in first)


def test_a_bad_photo_is_told_and_costs_nothing_else(photos, tmp_path) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    results = list(LabelStore(tmp_path / "labels").fill(find_photos(photos), dark))
    bad = [result for result in results if isinstance(result, DataError)]
    assert len(bad) == 1
    assert "broken.jpg" in str(bad[0])
    assert len(index_lines(tmp_path / "labels")) == 14


def test_doubtful_and_empty_labels_are_not_used(photos, tmp_path) -> None:
    store = LabelStore(tmp_path / "labels")
    photo = find_photos(photos)[0]
    image = photo.read()
    assert not store.add(photo, image, dark(image), 0.5).usable
    assert not store.add(photo, image, np.zeros(image.shape[:2], np.float32), 1.0).usable
    bald = store.add(photo, image, np.zeros(image.shape[:2], np.float32), 1.0, exact=True)
    assert bald.usable


def test_large_photos_are_shrunk_and_small_ones_left() -> None:
    assert reduced(np.zeros((1024, 600, 3), np.uint8)).shape == (512, 300, 3)
    assert reduced(np.zeros((100, 60, 3), np.uint8)).shape == (100, 60, 3)


def test_a_label_that_is_gone_is_named(photos, tmp_path) -> None:
    store = LabelStore(tmp_path / "labels")
    entry = next(iter(store.fill(find_photos(photos), dark)))
    for path in (tmp_path / "labels").glob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="label again"):
        store.read(entry)
