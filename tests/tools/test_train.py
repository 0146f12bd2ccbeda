from collections import Counter

import numpy as np
import pytest

from tools.rendered_heads import train
from tools.rendered_heads.hair import STYLES
from tools.rendered_heads.manifest import Manifest
from tools.rendered_heads.scenes import load


@pytest.fixture(scope="module")
def recipe():
    return load()


def heads(count, seed=0, mix="broad"):
    return [
        train.random_head(np.random.default_rng((seed, i)), train.MIXES[mix], f"n{i}")
        for i in range(count)
    ]


def test_one_seed_gives_one_head_and_another_seed_another():
    assert heads(5) == heads(5)
    assert heads(5) != heads(5, seed=1)


def test_every_style_is_drawn_and_exists():
    drawn = {mix: Counter(head.hair.style for head in heads(300, mix=mix)) for mix in train.MIXES}
    assert {style for counts in drawn.values() for style in counts} == {*STYLES, "bald"}
    assert drawn["broad"]["coily"] > drawn["broad"]["bald"]
    assert drawn["salon"]["faded"] > drawn["salon"]["short"]


def test_hair_like_cloth_is_nowhere_bluer_than_red():
    for head in heads(50, mix="salon"):
        red, green, blue = bytes.fromhex(head.cloth[1:])
        assert red >= green >= 0.6 * red
        assert red >= blue


def test_views_from_behind_and_from_the_side_are_drawn_most(recipe):
    rng = np.random.default_rng(1)
    head = heads(1)[0]
    shots = [train.random_shot(rng, recipe, train.MIXES["broad"], head, str(i)) for i in range(400)]
    views = Counter(shot.view for shot in shots)
    assert views["back"] > views["front"]
    assert views["profile"] > views["front"]
    assert all(shot.hair == head.hair for shot in shots)
    for shot in shots:
        low, high = train.YAW[shot.view]
        assert low <= abs(shot.yaw_deg) <= high
        assert shot.lighting in recipe.lightings
        assert shot.color in recipe.dyes


def test_varied_dyes_stay_legal_and_white_tints_white(recipe):
    rng = np.random.default_rng(2)
    for dye in recipe.dyes.values():
        for _ in range(50):
            near = train.vary(rng, dye)
            assert 0.04 <= near.melanin <= 1
            assert len(near.tint) == 7
            assert (near.tint == "#ffffff") == (dye.tint == "#ffffff")


def test_a_batch_is_resumed_without_rendering_what_is_there(tmp_path, monkeypatch):
    manifest = Manifest(tmp_path)
    for number in range(train.SHOTS):
        name = f"train004_00000_{number}"
        manifest.add(name, {"fingerprint": "4", "files": [], "tags": {"view": "back"}})

    def refuse(*_):
        raise AssertionError("a finished head was rendered again")

    monkeypatch.setattr(train, "produce_head", refuse)
    train.produce_batch(tmp_path, train.SHOTS, 4)
    assert len(Manifest(tmp_path).records) == train.SHOTS
