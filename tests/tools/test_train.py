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


def heads(count, seed=0):
    return [train.random_head(np.random.default_rng((seed, i)), f"n{i}") for i in range(count)]


def test_one_seed_gives_one_head_and_another_seed_another():
    assert heads(5) == heads(5)
    assert heads(5) != heads(5, seed=1)


def test_every_style_is_drawn_and_exists():
    drawn = Counter(head.hair.style for head in heads(300))
    assert set(drawn) == {*STYLES, "bald"}
    assert drawn["coily"] > drawn["bald"]


def test_views_from_behind_and_from_the_side_are_drawn_most(recipe):
    rng = np.random.default_rng(1)
    head = heads(1)[0]
    shots = [train.random_shot(rng, recipe, head, str(i)) for i in range(400)]
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
