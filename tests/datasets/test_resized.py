"""A dataset at another size is a dataset: same cases, tags and sources, other pixels."""

import shutil

import numpy as np
import pytest

from hairopt.datasets import check_dataset, load_dataset
from hairopt.datasets.resized import write_resized
from hairopt.errors import DataError, UsageError
from hairopt.images import limits
from tests.datasets.conftest import disc, photo, save
from tests.killed import every_kill, needs_fork


@pytest.fixture
def dataset(make_folder):
    folder = make_folder("anna", "ben")
    save(folder / "dyed" / "anna@ff0000.png", photo(7))
    (folder / "cases.csv").write_text("name,source,hair\nanna,one,curly\nben,one,\n")
    (folder / "dataset.toml").write_text('title = "Two \\"friends\\""\nlicence = "CC0-1.0"\n')
    return load_dataset(folder)


@pytest.mark.parametrize(("side", "height"), [(250, 200), (50, 40)])
def test_sizes_change_and_what_is_known_stays(dataset, tmp_path, side, height):
    write_resized(dataset, tmp_path / "out", side, 92)
    found = load_dataset(tmp_path / "out")
    assert not check_dataset(found).bad
    assert [case.name for case in found.cases] == ["anna", "ben"]
    assert [case.source for case in found.cases] == ["one", "one"]
    assert [case.tags for case in found.cases] == [{"hair": "curly"}, {}]
    assert (found.title, found.licence) == (f'Two "friends", resized to {side} px', "CC0-1.0")
    anna = found.case("anna").read()
    assert anna.image.shape == (height, side, 3)
    assert anna.dyed["#ff0000"].shape == (height, side, 3)
    assert anna.truth.mean() == pytest.approx(np.mean(disc() / 255), abs=0.01)
    assert found.case("anna").photo_bytes()[:2] == b"\xff\xd8"


def test_nothing_is_written_over(dataset, tmp_path):
    with pytest.raises(UsageError, match="exists already"):
        write_resized(dataset, tmp_path / "set", 50, 92)


def test_enlarging_ends_at_eight_times(dataset, tmp_path):
    write_resized(dataset, tmp_path / "most", 800, 92)
    reason = (
        "anna cannot be used: it has 100 x 80 pixels; a longer side of 801 would enlarge it 8.0"
    )
    with pytest.raises(DataError, match=reason):
        write_resized(dataset, tmp_path / "more", 801, 92)


def test_a_result_that_is_too_large_to_be_read_is_refused(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_MEGAPIXELS", 0.1)
    with pytest.raises(DataError, match=r"resized by 4, it has 400 x 320 .* more than 0\.1 meg"):
        write_resized(dataset, tmp_path / "out", 400, 92)
    assert not (tmp_path / "out").exists()


def test_half_a_dataset_is_none(dataset, tmp_path):
    (tmp_path / "set" / "masks" / "ben.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="ben"):
        write_resized(dataset, tmp_path / "out", 50, 92)
    assert not (tmp_path / "out").exists()


@needs_fork
def test_killed_at_every_step_it_is_whole_or_not_there(dataset, tmp_path):
    below = tmp_path / "below"
    below.mkdir()
    found = []
    for _ in every_kill(lambda: write_resized(dataset, below / "out", 50, 92), below):
        found.append((below / "out").exists())
        if found[-1]:
            assert len(check_dataset(load_dataset(below / "out")).bad) == 0
            assert len(load_dataset(below / "out").cases) == 2
            shutil.rmtree(below / "out")
    assert found == sorted(found)
    assert set(found) == {False, True}
