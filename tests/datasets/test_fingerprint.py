from __future__ import annotations

import hashlib
import os
import shutil

import pytest

from hairopt.datasets import load_dataset

from .conftest import disc, photo, save


def _fingerprint(root):
    return load_dataset(root).fingerprint


def test_it_ignores_path_order_and_age(make_folder, tmp_path):
    first, second = make_folder("a", "b"), tmp_path / "elsewhere"
    for folder in ("masks", "images"):
        for file in sorted((first / folder).iterdir(), reverse=True):
            (second / folder).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, second / folder / file.name)
            os.utime(second / folder / file.name, (0, 0))
    assert _fingerprint(first) == _fingerprint(second)


def test_it_is_computed_as_it_was_when_it_was_first_published(tmp_path):
    """Pins the format, so that runs of different versions stay comparable."""
    for folder, data in (("images", b"photo"), ("masks", b"mask")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(data)
    lines = [
        "hairopt.dataset/1",
        '["a", "a", [], null]',
        hashlib.sha256(b"photo").hexdigest(),
        hashlib.sha256(b"mask").hexdigest(),
        "",
    ]
    assert _fingerprint(tmp_path) == hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: save(root / "images" / "a.png", photo(99)),
        lambda root: save(root / "masks" / "a.png", 255 - disc()),
        lambda root: (root / "masks" / "a.png").unlink(),
        lambda root: (root / "cases.csv").write_text("name,hat\na,yes\n"),
        lambda root: (root / "cases.csv").write_text("name,source\na,b\n"),
        lambda root: save(root / "dyed" / "a@blue.png", photo(1)),
        lambda root: save(root / "images" / "c.png", photo(3)),
        lambda root: (root / "dataset.toml").write_text("[cases.d]\nfrom='a'\nchange='mirrored'"),
        lambda root: [
            (root / folder / "a.png").rename(root / folder / "z.png")
            for folder in ("images", "masks")
        ],
    ],
)
def test_it_sees_whatever_changes_a_measurement(make_folder, change):
    root = make_folder("a", "b")
    before = _fingerprint(root)
    change(root)
    assert _fingerprint(root) != before


def test_it_sees_the_parameters_of_a_derived_case(make_folder):
    root = make_folder("a")
    prints = set()
    for seed in range(3):
        (root / "dataset.toml").write_text(f"[cases.n]\nfrom='a'\nchange='noisy'\nseed={seed}")
        prints.add(_fingerprint(root))
    assert len(prints) == 3


def test_words_about_the_dataset_do_not_count(make_folder):
    root = make_folder("a")
    before = _fingerprint(root)
    (root / "dataset.toml").write_text("title = 'T'\nlicence = 'L'\nsource = 'S'")
    dataset = load_dataset(root)
    assert (dataset.title, dataset.licence, dataset.source) == ("T", "L", "S")
    assert dataset.fingerprint == before
