import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import DataError, UsageError
from hairopt.train.photos import HELD_OUT_SHARE, Photo, balance, find_photos


def test_every_content_counts_once_and_folders_are_groups(photos) -> None:
    shutil.copy(photos / "large" / "00.png", photos / "small" / "again.png")
    found = find_photos(photos)
    assert len(found) == 14
    assert {photo.group for photo in found} == {"large", "small"}


def test_renaming_changes_neither_order_nor_split(photos) -> None:
    before = [(photo.sha256, photo.held_out) for photo in find_photos(photos)]
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        path.rename(path.with_name(f"z{99 - number}.png"))
    assert [(photo.sha256, photo.held_out) for photo in find_photos(photos)] == before


def test_about_the_named_share_is_held_out(tmp_path) -> None:
    import hashlib

    hashes = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(4000)]
    share = sum(Photo(tmp_path, sha256, "").held_out for sha256 in hashes) / len(hashes)
    assert abs(share - HELD_OUT_SHARE) < 0.015


def test_no_folder_and_no_photo_are_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        find_photos(tmp_path / "absent")
    with pytest.raises(DataError, match="holds no photo"):
        find_photos(tmp_path)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=60))
def test_weights_sum_to_one_and_a_folder_counts_by_the_root_of_its_size(groups) -> None:
    weights = balance(groups)
    assert sum(weights) == pytest.approx(1)
    totals = {
        group: sum(w for w, g in zip(weights, groups, strict=True) if g == group)
        for group in set(groups)
    }
    scale = totals[groups[0]] / groups.count(groups[0]) ** 0.5
    for group, total in totals.items():
        assert total == pytest.approx(scale * groups.count(group) ** 0.5)
