"""The fit of ``recolor.tone``: its loss, its curve, its pairs, and that it learns."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra [train]")

from hairopt.metrics.ciede2000 import ciede2000_exact  # noqa: E402
from hairopt.stages.recolor.tone import place as placing  # noqa: E402
from hairopt.stages.recolor.tone.curve import Placement  # noqa: E402
from hairopt.stages.recolor.tone.look import Look, lab_of, look_at, tones  # noqa: E402
from hairopt.types import Shade  # noqa: E402
from tools.rendered_heads.develop import develop, linear  # noqa: E402
from tools.tone import pairs, train  # noqa: E402


def colours(seed, count=500):
    rng = np.random.default_rng(seed)
    return lab_of(rng.integers(0, 256, (1, count, 3), dtype=np.uint8))[0]


def test_the_loss_is_ciede2000():
    one, other = colours(0), colours(1)
    found = train.ciede2000(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    exact = ciede2000_exact(one.T, other.T)
    assert np.quantile(np.abs(found - exact), 0.99) < 0.02


def test_the_curve_of_the_training_is_that_of_the_method():
    rng = np.random.default_rng(2)
    for _ in range(20):
        numbers = rng.normal([50, 5, 10, 0, 0, 0, 0, 0], [20, 20, 20, 0.4, 0.2, 1, 1, 0.3])
        mean_tone = float(rng.uniform(20, 70))
        shipped = Placement(*numbers).curve(mean_tone)
        tone = torch.from_numpy(tones() - np.float32(mean_tone))[None]
        trained = train.curve(torch.tensor(numbers, dtype=torch.float32)[None], tone)[0].numpy()
        assert shipped == pytest.approx(trained, abs=2e-3)


def scene(folder):
    """Brown hair whose dye takes half of its light, on a grey ground."""
    rng = np.random.default_rng(4)
    light = np.full((40, 40, 3), 0.2)
    light[:, :20] = np.array([0.3, 0.2, 0.1]) * rng.uniform(0.5, 1.5, (40, 20, 1))
    dyed = light.copy()
    dyed[:, :20] *= 0.5
    alpha = np.zeros((40, 40), np.float32)
    alpha[:, :20] = 1
    pictures = {"": develop(light, 1.0), "102030": develop(dyed, 1.0)}
    return pairs.Scene("pair000_00001_0", pictures, alpha)


def test_linear_light_is_what_was_developed():
    light = np.random.default_rng(3).uniform(0, 0.9, (64, 64, 3))
    picture = develop(light, 1.0)
    assert np.abs(develop(linear(picture), 1.0).astype(int) - picture).max() <= 1
    assert linear(picture) == pytest.approx(light, abs=0.012)


def test_a_scene_gives_the_pair_itself_and_varied_ones():
    rows = list(pairs._pairs(scene(None), None))
    plain = [row for row in rows if row[1]]
    assert len(plain) == 1
    head, _, seen, tone, truth = plain[0]
    assert head == "pair000_00001"
    photo = scene(None).pictures[""]
    look = look_at(photo, pairs.probability(scene(None).alpha))
    assert seen == pytest.approx(look.with_shade(Shade.parse("102030")))
    # Half the light in every pixel, so the truth follows from the tone.
    brighter, darker = truth[tone > 0].mean(axis=0), truth[tone < 0].mean(axis=0)
    assert brighter[0] > darker[0] + 5
    assert truth[:, 0].mean() < look.mean_lab[0] - 8
    # A dyed picture has no pair with itself; of two pictures only the photo has a dyed one. The
    # exposures of the copies differ.
    assert len(rows) == 1 + pairs.COPIES
    assert np.std([row[4][:, 0].mean() for row in rows]) > 1


def small_pairs():
    """Hair of three tones and two shades; a dye moves the mean to the shade, and nothing else."""
    rng = np.random.default_rng(5)
    rows = []
    for index in range(60):
        tone, wanted = rng.uniform(20, 60), np.float32([rng.uniform(20, 80), 10, -10])
        spread = rng.normal(0, 5, pairs.PIXELS).astype(np.float32)
        truth = np.stack([wanted[0] + spread, *np.full((2, pairs.PIXELS), 10.0)], axis=1)
        seen = np.float32([tone, *wanted])
        rows.append((f"head{index}", True, seen, spread, truth.astype(np.float32)))
    head, plain, *numbers = (np.array(column) for column in zip(*rows, strict=True))
    return pairs.Pairs(head, plain, *numbers)


def test_it_learns_and_one_seed_gives_one_fit(monkeypatch, tmp_path):
    given = small_pairs()
    fitted = train.train(given, seed=1, steps=200)
    lab = train.curve(fitted.placements(given.seen), torch.from_numpy(given.tone))
    assert float(train.ciede2000(lab, torch.from_numpy(given.truth)).mean()) < 6
    again = train.train(given, seed=1, steps=200)
    np.testing.assert_array_equal(fitted.layers[0][0], again.layers[0][0])

    # What ships computes the same.
    np.savez(tmp_path / "weights.npz", **fitted.arrays())
    monkeypatch.setattr(placing, "WEIGHTS", tmp_path / "weights.npz")
    placing._weights.cache_clear()
    try:
        look = Look(given.seen[0, :1], np.zeros(3, np.float32), 40.0)
        monkeypatch.setattr(Look, "with_shade", lambda self, shade: given.seen[0])
        placed = placing.place(look, Shade.parse("black"))
    finally:
        placing._weights.cache_clear()
    expected = fitted.placements(given.seen[:1])[0].numpy()
    assert [placed.lightness, placed.a, placed.b, placed.log_gain] == pytest.approx(
        expected[:4], abs=1e-3
    )
