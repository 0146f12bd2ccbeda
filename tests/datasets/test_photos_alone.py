import numpy as np
import pytest
from PIL import Image

from hairopt.datasets import check_dataset, dataset_stats, load_dataset
from hairopt.datasets.case import BadFileError
from hairopt.errors import DataError


def _photos(folder, count=2):
    folder.mkdir(parents=True)
    for place in range(count):
        picture = np.random.default_rng(place).integers(0, 255, (70, 80, 3)).astype(np.uint8)
        Image.fromarray(picture).save(folder / f"photo{place}.png")


@pytest.mark.parametrize("inside", ["images", "."])
def test_images_without_masks_and_a_folder_of_photos_are_a_dataset_where_no_mask_is_needed(
    tmp_path, inside
):
    _photos(tmp_path / "data" / inside if inside != "." else tmp_path / "data")
    dataset = load_dataset(tmp_path / "data", needs_masks=False)
    assert [case.name for case in dataset.cases] == ["photo0", "photo1"]
    assert not dataset.is_labelled
    assert not dataset.ignored
    data, image = dataset.cases[0].read_photo()
    assert image.shape == (70, 80, 3)
    assert data == (dataset.cases[0].photo).read_bytes()
    with pytest.raises(BadFileError, match="has no mask: its dataset has photos alone"):
        dataset.cases[0].read()


def test_where_masks_are_needed_they_are_missed_as_before(tmp_path):
    _photos(tmp_path / "data" / "images")
    dataset = load_dataset(tmp_path / "data")
    assert dataset.is_labelled
    with pytest.raises(BadFileError, match="every photo needs a mask"):
        dataset.cases[0].read()


def test_masks_for_some_photos_make_a_labelled_dataset(tmp_path):
    _photos(tmp_path / "data" / "images")
    (tmp_path / "data" / "masks").mkdir()
    assert not load_dataset(tmp_path / "data", needs_masks=False).is_labelled
    Image.new("L", (80, 70), 255).save(tmp_path / "data" / "masks" / "photo1.png")
    dataset = load_dataset(tmp_path / "data", needs_masks=False)
    assert dataset.is_labelled
    assert [bad.name for bad in check_dataset(dataset).bad] == ["photo0"]


def test_tags_and_the_licence_are_read_beside_the_photos(tmp_path):
    _photos(tmp_path / "data")
    (tmp_path / "data" / "cases.csv").write_text("name,hair_type\nphoto0,curly\n")
    (tmp_path / "data" / "dataset.toml").write_text('licence = "CC0"\n')
    dataset = load_dataset(tmp_path / "data", needs_masks=False)
    assert dataset.cases[0].tags == {"hair_type": "curly"}
    assert not dataset.ignored
    assert check_dataset(dataset).warnings == ()


def test_nothing_is_said_of_masks_that_nobody_drew(tmp_path):
    _photos(tmp_path / "data")
    dataset = load_dataset(tmp_path / "data", needs_masks=False)
    assert [one.rule for one in check_dataset(dataset).warnings] == ["licence"]
    stats = dataset_stats(dataset)
    assert (stats.n_without_hair, stats.hair_fraction, stats.hair_lightness) == (0, None, None)


def test_a_folder_without_photos_is_none(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="no photo"):
        load_dataset(tmp_path / "data", needs_masks=False)


def test_a_photo_that_is_none_is_named(tmp_path):
    _photos(tmp_path / "data")
    (tmp_path / "data" / "photo1.png").write_bytes(b"no picture")
    report = check_dataset(load_dataset(tmp_path / "data", needs_masks=False))
    assert [bad.name for bad in report.bad] == ["photo1"]
