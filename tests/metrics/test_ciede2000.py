"""CIEDE2000: the published pairs, two independent libraries, and the properties of a distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import deltaE_ciede2000, rgb2lab

from hairopt.errors import UsageError
from hairopt.metrics.ciede2000 import _turn_and_mean, ciede2000, ciede2000_exact
from hairopt.metrics.color_loops import XYZ_OF_RGB
from hairopt.metrics.lab import lab_from_srgb

# Sharma, Wu & Dalal (2005), Table 1: L1 a1 b1 L2 a2 b2 dE00.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


def planes(rows):
    return np.ascontiguousarray(np.asarray(rows, np.float64).T)


@pytest.mark.parametrize("difference", [ciede2000, ciede2000_exact])
@pytest.mark.parametrize("swap", [False, True])
def test_all_34_published_pairs_to_four_decimals(difference, swap):
    first, second = planes(SHARMA[:, :3]), planes(SHARMA[:, 3:6])
    found = difference(second, first) if swap else difference(first, second)
    assert np.abs(found - SHARMA[:, 6]).max() <= 0.5e-4 + 2e-6


def random_bytes(seed):
    generator = np.random.default_rng(seed)
    first = generator.integers(0, 256, (10_000, 3))
    second = generator.integers(0, 256, (10_000, 3))
    near = np.clip(first + generator.integers(-3, 4, first.shape), 0, 255)
    return np.concatenate([first, first]), np.concatenate([second, near])


def near_neutral_bytes():
    """Every grey with every channel moved by up to two, against its neighbours."""
    steps = np.array(np.meshgrid(*[[-2, -1, 0, 1, 2]] * 3)).reshape(3, -1).T
    colors = np.clip(np.arange(256)[:, None, None] + steps, 0, 255).reshape(-1, 3)
    return colors, np.roll(colors, 37, axis=0)


@pytest.mark.parametrize("pairs", [random_bytes(1), near_neutral_bytes()], ids=["random", "grey"])
def test_from_bytes_as_scikit_image(pairs):
    first, second = (side.astype(np.uint8) for side in pairs)
    expected = deltaE_ciede2000(*(rgb2lab(side[None])[0] for side in (first, second)))
    assert np.abs(ciede2000(lab_from_srgb(first), lab_from_srgb(second)) - expected).max() <= 1e-4


@pytest.mark.parametrize("pairs", [random_bytes(2), near_neutral_bytes()], ids=["random", "grey"])
def test_from_bytes_as_colour_science(pairs):
    colour = pytest.importorskip("colour")
    white = np.array([0.95047, 1.0, 1.08883])
    labs = []
    for side in pairs:
        xyz = colour.cctf_decoding(side / 255.0, function="sRGB") @ XYZ_OF_RGB.T
        labs.append(colour.XYZ_to_Lab(xyz, colour.XYZ_to_xy(white)))
    expected = colour.delta_E(*labs, method="CIE 2000")
    first, second = (lab_from_srgb(side.astype(np.uint8)) for side in pairs)
    gap = np.abs(ciede2000(first, second) - expected)
    # colour-science has CIE 15:2004's exact fractions, we CIE's of 1976: that shows below L* = 8.
    dark = np.minimum(*(lab[..., 0] for lab in labs)) < 9.0
    saturated = np.minimum(first[0], second[0]) < 40.0
    assert gap[~dark & ~saturated].max() <= 1e-4
    assert gap.max() <= 1e-3


def test_exactly_opposite_hues_follow_the_printed_rule():
    # At multiples of 45 degrees the printed formula's own angles are exact.
    directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]
    first = np.array([(50, 21.7 * a, 21.7 * b) for a, b in directions], np.float32).T.copy()
    second = first * np.array([[1], [-1], [-1]], np.float32)
    assert np.abs(ciede2000(first, second) - ciede2000_exact(first, second)).max() <= 1e-4


lab_colors = (
    arrays(
        np.float32,
        st.tuples(st.just(3), st.integers(1, 8)),
        elements=st.floats(0, 100, width=32),
    )
    .map(lambda lab: lab * np.array([[1.0], [2.0], [2.0]], np.float32) - [[0], [100], [100]])
    .map(lambda lab: lab.astype(np.float32))
)


@given(lab_colors)
def test_identity_symmetry_and_sign(lab):
    other = np.ascontiguousarray(lab[:, ::-1])
    assert np.all(ciede2000(lab, lab) <= 1e-5)
    assert np.all(ciede2000(lab, other) >= 0)
    # At opposite hues the formula itself jumps, so symmetry is asked where float32 can decide.
    cross = lab[1] * other[2] - lab[2] * other[1]
    apart = (np.abs(cross) > 1e-2) | (lab[1] * other[1] + lab[2] * other[2] >= 0)
    gap = np.abs(ciede2000(lab, other) - ciede2000(other, lab))
    assert np.all(gap[apart] <= 1e-4)


def parts(limit):
    """A coordinate of CIELAB, as often near 0 as far from it, down to denormal numbers."""
    corners = (0.0, -0.0, 1e-45, -1e-45, -5.7e-14, 1e-19, 1e-10, limit, -limit)
    signed = st.sampled_from([1.0, -1.0])
    small = st.builds(lambda sign, power: sign * 10.0**power, signed, st.floats(-45, 0))
    return st.one_of(st.sampled_from(corners), small, st.floats(-limit, limit))


def pairs(limit):
    lightness = st.one_of(st.sampled_from([0.0, 50.0, 100.0]), st.floats(0, 100))
    color = st.tuples(lightness, parts(limit), parts(limit))
    return st.lists(st.tuples(color, color), min_size=8, max_size=8).map(
        lambda found: np.array(found, np.float32).transpose(1, 2, 0).copy()
    )


def decided(first, second):
    """Pairs whose hues are not opposite: there the printed formula itself jumps."""
    (_, a1, b1), (_, a2, b2) = first.astype(np.float64), second.astype(np.float64)
    return (np.abs(a1 * b2 - a2 * b1) > 1e-9 * np.hypot(a1, b1) * np.hypot(a2, b2)) | (
        a1 * a2 + b1 * b2 >= 0
    )


@pytest.mark.parametrize(("limit", "within"), [(128.0, 1e-4), (1000.0, 1e-3)])
@given(st.data())
def test_fast_kernel_as_the_printed_formula_for_every_pair(limit, within, data):
    first, second = data.draw(pairs(limit))
    found, expected = ciede2000(first, second), ciede2000_exact(first, second)
    assert np.isfinite(found).all()
    assert np.isfinite(expected).all()
    gap = np.abs(found - expected)[decided(first, second)]
    assert np.all(gap <= within)


@pytest.mark.parametrize("difference", [ciede2000, ciede2000_exact])
@pytest.mark.parametrize("chroma", [0.0, 1e-45, 1e-30, 1e-20, 5.7e-14, 1e-10, 1e-8])
def test_neutral_colors_differ_by_their_lightness_alone(difference, chroma):
    # On paper: dE = |dL| / S_L, and S_L = 1 + 0.015 44.5^2 / sqrt(20 + 44.5^2) for L* 5 and 6.
    on_paper = 1.0 / (1.0 + 0.015 * 44.5**2 / np.sqrt(20.0 + 44.5**2))
    assert on_paper == pytest.approx(0.6009, abs=5e-5)
    directions = [(1, 0), (0, 1), (-1, 0), (0, -1), (0.6, -0.8), (-0.6, 0.8)]
    for a1, b1 in directions:
        for a2, b2 in directions:
            first = planes([(5, chroma * a1, chroma * b1)])
            second = planes([(6, chroma * a2, chroma * b2)])
            assert difference(first, second) == pytest.approx(on_paper, abs=1e-6)


@given(st.floats(5, 95), st.floats(-60, 60), st.floats(-60, 60), st.floats(0.1, 4))
def test_more_lightness_error_is_more_difference(lightness, a, b, step):
    base = np.array([[lightness], [a], [b]])
    near, far = base.copy(), base.copy()
    near[0] += step
    far[0] += 1.5 * step
    assert ciede2000(base, near)[0] < ciede2000(base, far)[0]


def test_no_colors_give_no_differences():
    assert ciede2000(np.empty((3, 0), np.float32), np.empty((3, 0), np.float32)).shape == (0,)


@pytest.mark.parametrize(
    ("lab2", "message"),
    [
        ([[1.0], [2.0], [3.0]], "lab2 must be a float32 or float64 array"),
        (np.zeros((3, 2), np.int64), "lab2 must have dtype float32 or float64, not int64"),
        (np.zeros((3, 3), np.float32), r"lab2 must have shape \(3, 2\), not \(3, 3\)"),
        (np.full((3, 2), np.nan, np.float32), r"lab2 must lie in \[-1000, 1000\]; it holds NaN"),
        (np.full((3, 2), np.inf), r"lab2 must lie in \[-1000, 1000\], not in \[inf, inf\]"),
        (np.full((3, 2), -1001.0), r"lab2 must lie in \[-1000, 1000\], not in \[-1001, -1001\]"),
    ],
)
@pytest.mark.parametrize("difference", [ciede2000, ciede2000_exact])
def test_bad_input_is_named(difference, lab2, message):
    with pytest.raises(UsageError, match=message):
        difference(np.zeros((3, 2), np.float32), lab2)


@pytest.mark.parametrize("rounding", [-1e-11, 0.0, 1e-11])
def test_opposite_hues_have_one_mean_however_the_arctangent_rounds(rounding):
    first, second = np.array([20.0]), np.array([200.0 + rounding])
    for pair in ((first, second), (second, first)):
        _, mean = _turn_and_mean(*pair, np.array([False]))
        assert mean[0] == pytest.approx(110.0)
