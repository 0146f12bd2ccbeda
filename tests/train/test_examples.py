import numpy as np
import pytest

from hairopt.errors import DataError
from hairopt.train.examples import Examples, Mixture
from hairopt.train.labels import LabelStore
from hairopt.train.photos import find_photos
from tests.train.conftest import dark, head


@pytest.fixture
def store(tmp_path, photos):
    made = LabelStore(tmp_path / "labels")
    list(made.fill(find_photos(photos), dark))
    return made


def examples(store, mixture=None, seed=1, entries=None):
    entries = list(store.entries().values()) if entries is None else entries
    return Examples(store, entries, [head(77)[0]], seed=seed, side_px=64, mixture=mixture)


def test_the_nth_example_is_the_same_whoever_asks(store) -> None:
    for index in (0, 5, 10**9):
        one, other = examples(store).draw(index), examples(store).draw(index)
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_examples_differ_by_number_and_by_seed(store) -> None:
    picture, _ = examples(store).draw(3)
    assert not np.array_equal(picture, examples(store).draw(4)[0])
    assert not np.array_equal(picture, examples(store, seed=2).draw(3)[0])


def test_they_are_what_a_network_takes(store) -> None:
    drawn = [examples(store).draw(index) for index in range(40)]
    for picture, label in drawn:
        assert picture.shape == (3, 64, 64)
        assert label.shape == (1, 64, 64)
        assert picture.dtype == label.dtype == np.float32
        assert picture.min() >= 0 <= label.min()
        assert picture.max() <= 1 >= label.max()
    assert 0 < sum(label.max() == 0 for _, label in drawn) < 20


def test_held_out_photos_are_never_drawn(store) -> None:
    entries = list(store.entries().values())
    marked = [entry for entry in entries if entry.held_out]
    assert examples(store).count == len(entries) - len(marked)


def test_hair_alone_stands_before_something_else(store) -> None:
    only = Mixture(empty=0, exact=0, back_view=0, hat=0, recolour=0, alone=1, small=0, crop=0)
    one, other = (examples(store, mixture).draw(2)[0] for mixture in (only, Mixture(empty=0)))
    assert not np.array_equal(one, other)


def test_exact_photos_are_drawn_as_often_as_asked(store) -> None:
    import dataclasses

    entries = [
        dataclasses.replace(entry, exact=number < 3, held_out=False)
        for number, entry in enumerate(store.entries().values())
    ]
    drawer = examples(store, Mixture(exact=0.5), entries=entries)
    picked = [drawer._pick(np.random.default_rng(i)).exact for i in range(400)]
    assert 0.4 < np.mean(picked) < 0.6


def test_nothing_to_learn_from_is_refused(store) -> None:
    with pytest.raises(DataError, match="no label is left"):
        examples(store, entries=[])
