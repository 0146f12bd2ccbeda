import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rendered_heads import strands
from tools.rendered_heads.face import Face
from tools.rendered_heads.fields import Grid, Noise, capsule, ellipsoid, mesh, sphere, union
from tools.rendered_heads.hair import STYLES, style
from tools.rendered_heads.occluders import CROWNS
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.spec import HairSpec


def line(points=5, length=2.0):
    z = -np.linspace(0, length, points)
    return np.stack([0 * z, 0 * z, z], -1)[None].astype(np.float32)


def test_arc_length_of_a_straight_strand():
    assert strands.arc_length(line()) == pytest.approx(np.array([[0, 0.5, 1, 1.5, 2]]))


@given(st.integers(2, 40), st.floats(0.1, 2.0))
def test_resampled_strands_are_equidistant_and_end_where_asked(points, until):
    short = strands.resample(line(7), points, np.array([until], np.float32))
    steps = np.diff(strands.arc_length(short)[0])
    assert steps == pytest.approx(np.full(points - 1, until / (points - 1)), rel=1e-3)
    assert short[0, -1, 2] == pytest.approx(-until, rel=1e-4)


def test_a_strand_is_cut_at_its_height():
    bent = np.float32([[(0, 0, 0), (1, 0, 0), (1, 0, -1), (1, 0, -2)]])
    assert strands.length_above(bent, np.float32([-0.5])) == pytest.approx([2.0])
    assert strands.length_above(bent, np.float32([-9.0])) == pytest.approx([3.0])


def test_a_clump_without_pull_changes_nothing_and_a_full_one_joins_ends():
    rng = np.random.default_rng(0)
    bundle = line() + rng.normal(0, 0.02, (50, 1, 3)).astype(np.float32)
    same, _ = strands.clump(rng, bundle, 3, 0.0)
    assert same == pytest.approx(bundle)
    joined, member = strands.clump(rng, bundle, 1, 1.0, tight=0.0)
    assert set(member) == {0}
    assert joined[:, -1].std(0).max() < bundle[:, -1].std(0).max()


def test_a_wave_keeps_the_root_and_its_amplitude():
    rng = np.random.default_rng(1)
    long = line(200, 3.0) + np.float32((0.3, 0.5, 0))
    shape = strands.Wave(0.1, 0.5, ramp=0.3)
    waved = strands.wave(rng, long, np.zeros(1, int), shape)
    assert waved[0, 0] == pytest.approx(long[0, 0])
    assert 0.05 < np.abs(waved - long).max() < 0.15


def test_grown_strands_stay_outside_and_have_their_length():
    rng = np.random.default_rng(2)
    ball = Grid(lambda p: sphere(p, (0, 0, 0), 1.0), (-2, -2, -3), (2, 2, 2), 0.08)
    roots = np.float32([(0, 0, 1.0)] * 20)
    length = np.full(20, 2.0, np.float32)
    start = rng.normal(0, 1, (20, 3)) + np.float32((0, 0, 1))
    grown = strands.grow(
        rng, roots, start, length, 30, np.full(20, 0.05), ball, lambda p, r, t: 0 * p,
        strands.Pull(gravity=0.3),
    )  # fmt: skip
    assert np.linalg.norm(grown[:, 5:], axis=-1).min() > 0.93
    assert grown[:, -1, 2].mean() < 0
    assert strands.arc_length(grown)[:, -1] == pytest.approx(length, rel=0.25)


def test_push_out_moves_only_what_is_inside():
    ball = Grid(lambda p: sphere(p, (0, 0, 0), 1.0), (-2, -2, -2), (2, 2, 2), 0.05)
    through = np.float32([[(0, 0, 1), (0, 0.9, 0.1), (0, 1.5, 0)]])
    pushed = strands.push_out(through, ball, 0.05)
    assert np.linalg.norm(pushed[0, 1]) == pytest.approx(1.05, abs=0.02)
    assert pushed[0, [0, 2]] == pytest.approx(through[0, [0, 2]])


def test_a_braid_stays_round_its_centre_and_its_locks_cross():
    rng = np.random.default_rng(3)
    centre = line(60, 3.0) + np.float32((0, 0.8, 0))
    plait = strands.braid(rng, centre, 90, 0.1, 0.5, 120)
    across = np.abs(plait - np.float32((0, 0.8, 0)))[..., :2]
    assert across.max() < 0.2
    assert (np.diff(np.sign(plait[..., 0]), axis=1) != 0).sum(1).mean() > 5


def test_a_hat_presses_hair_under_it_and_leaves_what_hangs_below():
    crown = CROWNS["beanie"]
    hanging = np.float32([[(0, 0.1, 1.8), (0.9, 0.1, -0.6)]])
    pressed = crown.press(hanging)
    top = (pressed[0, 0] - np.float32(crown.centre)) / np.float32(crown.radii)
    assert np.linalg.norm(top) <= 0.98
    assert pressed[0, 1] == pytest.approx(hanging[0, 1])


def test_blended_union_is_below_both_and_equal_far_apart():
    p = np.random.default_rng(4).uniform(-2, 2, (500, 3)).astype(np.float32)
    a, b = sphere(p, (0, 0, 0), 0.5), capsule(p, (0, 0, 0), (1, 0, 0), 0.2)
    joined = union(a, b, 0.2)
    assert (joined <= np.minimum(a, b) + 1e-5).all()
    far = np.abs(a - b) > 0.2
    assert joined[far] == pytest.approx(np.minimum(a, b)[far], abs=1e-5)


def test_an_ellipsoid_is_exact_on_its_surface():
    axes = np.float32([(2, 0, 0), (0, 0.5, 0), (0, 0, 1)])
    assert ellipsoid(axes, (0, 0, 0), (2, 0.5, 1)) == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.parametrize("coarse", [1, 4])
def test_a_meshed_sphere_is_a_sphere(coarse):
    vertices, faces = mesh(
        lambda p: sphere(p, (0, 0, 0), 0.7), (-1, -1, -1), (1, 1, 1), 0.05, coarse
    )
    assert np.linalg.norm(vertices, axis=1) == pytest.approx(np.full(len(vertices), 0.7), abs=2e-3)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    volume = (np.cross(a, b) * c).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.01)


def test_noise_is_smooth_and_of_unit_variance():
    field = Noise(np.random.default_rng(5), 2.0, waves=40)
    p = np.random.default_rng(6).uniform(-9, 9, (4000, 3)).astype(np.float32)
    assert field(p).std(0) == pytest.approx(np.ones(3), rel=0.5)
    assert np.abs(field(p + 1e-3) - field(p)).max() < 0.1


@pytest.fixture(scope="module")
def head():
    return Head(Face(3, 0.5))


@pytest.mark.parametrize("name", sorted(STYLES))
def test_every_style_grows_finite_hair_that_spares_the_face(head, name):
    coats = style(head, HairSpec(style=name, strands=600, length=0.8, seed=4))
    assert coats
    for coat in coats:
        assert np.isfinite(coat.strands).all()
        assert coat.radius.shape == coat.strands.shape[:2]
        assert ((coat.shade >= 0) & (coat.shade <= 1)).all()
        x, y, z = np.moveaxis(coat.strands, -1, 0)
        in_face = (np.abs(x) < 0.25) & (y < -0.7) & (np.abs(z + 0.3) < 0.35)
        assert in_face.mean() < 0.002
        tip_distance, _ = head.bare(coat.strands[:, 1:].reshape(-1, 3))
        assert (tip_distance < -0.05).mean() < 0.01


def test_one_seed_grows_one_head_of_hair(head):
    spec = HairSpec(style="short", strands=300, seed=9)
    first, again = style(head, spec)[0], style(head, spec)[0]
    assert np.array_equal(first.strands, again.strands)
    other = style(head, HairSpec(style="short", strands=300, seed=10))[0]
    assert not np.array_equal(first.strands, other.strands)


def test_a_bald_head_has_no_hair(head):
    assert style(head, HairSpec(style="bald")) == []
