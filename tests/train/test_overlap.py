import io

import numpy as np
import pytest
from PIL import Image

from hairopt.datasets.combined import default_datasets
from hairopt.datasets.load import load_dataset
from hairopt.errors import DataError
from hairopt.train.gather import fingerprints
from hairopt.train.overlap import fingerprint, overlaps, require_disjoint
from hairopt.train.photos import find_photos
from tests.train.conftest import head


@pytest.fixture(scope="module")
def photo(starter):
    return starter.case("astronaut").read().image


def jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "jpeg", quality=quality)
    return np.asarray(Image.open(buffer))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: jpeg(image, 40),
        lambda image: np.asarray(Image.fromarray(image).resize((225, 300))),
        lambda image: image[:, ::-1],
        lambda image: np.clip(image * 0.7 + 20, 0, 255).astype(np.uint8),
        lambda image: jpeg(np.asarray(Image.fromarray(image).resize((150, 180))), 60)[:, ::-1],
    ],
    ids=["compressed", "resized", "mirrored", "darker", "all"],
)
def test_the_same_picture_is_found_again(photo, change) -> None:
    copy = fingerprint("copy", "2", np.ascontiguousarray(change(photo)))
    assert overlaps([copy], [fingerprint("judge", "1", photo)]) == [("copy", "judge")]


def test_the_same_file_is_found_by_its_hash() -> None:
    one, other = (fingerprint(str(seed), "same", head(seed)[0]) for seed in (1, 2))
    assert overlaps([one], [other]) == [("1", "2")]


def test_other_pictures_are_not(shared_dir) -> None:
    photos = find_photos(shared_dir / "data" / "clean" / "rladies")
    prints = [fingerprint(photo.path.name, photo.sha256, photo.read()) for photo in photos]
    for number, one in enumerate(prints):
        assert overlaps([one], prints[:number] + prints[number + 1 :]) == []


def test_nothing_overlaps_with_nothing() -> None:
    assert overlaps([fingerprint("a", "1", head(1)[0])], []) == []


def test_what_is_shared_is_named() -> None:
    one = fingerprint("mine.jpg", "1", head(1)[0])
    with pytest.raises(DataError, match=r"mine\.jpg is theirs/7"):
        require_disjoint([one], [fingerprint("theirs/7", "2", head(1)[0])])


@pytest.mark.slow
@pytest.mark.shared
def test_no_photo_the_bundled_network_learned_from_judges_it(shared_dir) -> None:
    data = shared_dir / "data"
    learned = [
        fingerprint(str(photo.path), photo.sha256, photo.read())
        for photo in find_photos(data / "clean")
    ]
    judges = [load_dataset(path) for path in (data / "figaro_dev", *default_datasets())]
    require_disjoint(learned, [one for judge in judges for one in fingerprints(judge)])
