"""The compiled loops of the colour metrics: sRGB to CIELAB and CIEDE2000.

Straight float32 arithmetic without a single library call or jump, so that the compiler can use the
widest vectors of the machine. Import this lazily: it imports numba.
"""

from __future__ import annotations

from math import comb, cos, radians, sin, sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.compiled import compiled

XYZ_OF_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
RELATIVE_XYZ_OF_RGB = XYZ_OF_RGB / WHITE_XYZ[:, None]
"""Linear R, G, B to X / Xn, Y / Yn, Z / Zn."""

KNEE, SLOPE, OFFSET = 0.008856, 7.787, 16.0 / 116.0
"""f(t) is cbrt(t) above the knee and slope t + offset up to it."""

STEPS_PER_BYTE = 16
"""Cells of the transfer table between two byte values; interpolation errs by at most 2e-8."""

Number: TypeAlias = Any
"""A float32 inside a compiled loop; for Python's type checker there is no such thing."""

# numba freezes module constants into the code; float32 ones keep the arithmetic in float32.
_ONE, _TWO, _HALF, _TINY = np.float32(1.0), np.float32(2.0), np.float32(0.5), np.float32(1e-30)
_STEPS = np.float32(STEPS_PER_BYTE)
_LAST_CELL = np.float32(255 * STEPS_PER_BYTE - 1)

_BLOCK_PX = 1024
_KNEE, _SLOPE, _OFFSET = np.float32(KNEE), np.float32(SLOPE), np.float32(OFFSET)
_Y_RED, _Y_GREEN, _Y_BLUE = (np.float32(value) for value in RELATIVE_XYZ_OF_RGB[1])
_XY = RELATIVE_XYZ_OF_RGB[0] - RELATIVE_XYZ_OF_RGB[1]
_YZ = RELATIVE_XYZ_OF_RGB[1] - RELATIVE_XYZ_OF_RGB[2]
_XY_RED, _XY_BLUE, _XY_GREY = np.float32(_XY[0]), np.float32(_XY[2]), np.float32(_XY.sum())
_YZ_RED, _YZ_BLUE, _YZ_GREY = np.float32(_YZ[0]), np.float32(_YZ[2]), np.float32(_YZ.sum())
_L_SCALE, _L_SHIFT = np.float32(116.0), np.float32(16.0)
_A_SCALE, _B_SCALE = np.float32(500.0), np.float32(200.0)

_THIRD, _ROOT_GUESS = np.float32(1.0 / 3.0), np.int32(709921077)


@compiled
def _cube_root(value: Number) -> Number:
    """The cube root of a positive float32: a third of its exponent, then two steps of Halley."""
    bits = np.float32(np.float32(value).view(np.int32))
    root = np.int32(np.int32(bits * _THIRD) + _ROOT_GUESS).view(np.float32)
    cube = root * root * root
    root *= (cube + value + value) / (cube + cube + value)
    cube = root * root * root
    return root * ((cube + value + value) / (cube + cube + value))


@compiled
def _f_gap(t1: Number, root1: Number, t2: Number, root2: Number, gap: Number) -> Number:
    """f(t1) - f(t2) where gap is t1 - t2, without subtracting nearly equal numbers.

    Both above the knee: cbrt(t1) - cbrt(t2) = gap / (cbrt(t1)^2 + cbrt(t1) cbrt(t2) + cbrt(t2)^2);
    both below it: slope gap.
    """
    above = gap / (root1 * root1 + root1 * root2 + root2 * root2)
    f1 = root1 if t1 > _KNEE else _SLOPE * t1 + _OFFSET
    f2 = root2 if t2 > _KNEE else _SLOPE * t2 + _OFFSET
    below = _SLOPE * gap if max(t1, t2) <= _KNEE else f1 - f2
    return above if min(t1, t2) > _KNEE else below


@compiled
def _linear(value: Number, table: NDArray[np.float32]) -> Number:
    """Linear light of an sRGB value in 0..255, interpolated in a table."""
    place = np.float32(value) * _STEPS
    cell = np.uint32(min(place, _LAST_CELL))  # unsigned: no check for counting from the end
    low, high = table[cell], table[cell + np.uint32(1)]
    return low + (place - np.float32(cell)) * (high - low)


@compiled
def lab_of_bytes(
    pixels: NDArray[np.uint8], table: NDArray[np.float32], lab: NDArray[np.float32]
) -> None:
    """CIELAB of (N, 3) sRGB bytes into float32 (3, N), with the linear light of all 256.

    In blocks, because looking up and calculating do not fit into one vector loop.
    """
    linear = np.empty((3, _BLOCK_PX), np.float32)
    for start in range(0, pixels.shape[0], _BLOCK_PX):
        count = min(_BLOCK_PX, pixels.shape[0] - start)
        for index in range(count):
            linear[0, index] = table[pixels[start + index, 0]]
            linear[1, index] = table[pixels[start + index, 1]]
            linear[2, index] = table[pixels[start + index, 2]]
        stop = start + count
        _lab_of_linear(linear, lab[0][start:stop], lab[1][start:stop], lab[2][start:stop])


@compiled
def lightness_and_sums(
    pixels: NDArray[np.uint8],
    table: NDArray[np.float32],
    square: NDArray[np.int32],
    lightness: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """L* of (N, 3) sRGB bytes, and L*, a*, b* added up by squares, without planes of a* and b*.

    Args:
        pixels: the bytes.
        table: the linear light of all 256.
        square: of each pixel, int32 (N,); below 0 where it does not count.
        lightness: filled, float32 (N,).
        sums: added to, float64 (3, squares).
    """
    linear, lab = np.empty((3, _BLOCK_PX), np.float32), np.empty((2, _BLOCK_PX), np.float32)
    for start in range(0, pixels.shape[0], _BLOCK_PX):
        count = min(_BLOCK_PX, pixels.shape[0] - start)
        for index in range(count):
            linear[0, index] = table[pixels[start + index, 0]]
            linear[1, index] = table[pixels[start + index, 1]]
            linear[2, index] = table[pixels[start + index, 2]]
        stop = start + count
        _lab_of_linear(linear, lightness[start:stop], lab[0][:count], lab[1][:count])
        for index in range(count):
            where = square[start + index]
            if where >= 0:
                sums[0, where] += lightness[start + index]
                sums[1, where] += lab[0, index]
                sums[2, where] += lab[1, index]


@compiled
def lab_of_values(
    pixels: NDArray[np.float64], table: NDArray[np.float32], lab: NDArray[np.float32]
) -> None:
    """The same for values between the bytes, with a table of STEPS_PER_BYTE cells to each."""
    linear = np.empty((3, _BLOCK_PX), np.float32)
    for start in range(0, pixels.shape[0], _BLOCK_PX):
        count = min(_BLOCK_PX, pixels.shape[0] - start)
        for index in range(count):
            linear[0, index] = _linear(pixels[start + index, 0], table)
            linear[1, index] = _linear(pixels[start + index, 1], table)
            linear[2, index] = _linear(pixels[start + index, 2], table)
        stop = start + count
        _lab_of_linear(linear, lab[0][start:stop], lab[1][start:stop], lab[2][start:stop])


@compiled
def _lab_of_linear(
    linear: NDArray[np.float32],
    lightness: NDArray[np.float32],
    a: NDArray[np.float32],
    b: NDArray[np.float32],
) -> None:
    """CIELAB of one block.

    a* = 500 (f(x) - f(y)) loses its digits for greys, so x - y is made of channel differences.
    """
    for index in range(lightness.shape[0]):
        red, green, blue = linear[0, index], linear[1, index], linear[2, index]
        y = _Y_RED * red + _Y_GREEN * green + _Y_BLUE * blue
        red -= green
        blue -= green
        xy = _XY_RED * red + _XY_BLUE * blue + _XY_GREY * green
        yz = _YZ_RED * red + _YZ_BLUE * blue + _YZ_GREY * green
        x, z = y + xy, y - yz
        root_x = _cube_root(x + _TINY)
        root_y = _cube_root(y + _TINY)
        root_z = _cube_root(z + _TINY)
        f_y = root_y if y > _KNEE else _SLOPE * y + _OFFSET
        lightness[index] = _L_SCALE * f_y - _L_SHIFT
        a[index] = _A_SCALE * _f_gap(x, root_x, y, root_y, xy)
        b[index] = _B_SCALE * _f_gap(y, root_y, z, root_z, yz)


# CIEDE2000: equation numbers of Sharma, Wu & Dalal 2005, twice the means where that is shorter.
_GREY = np.float32(1e-12)
"""The product of two chromas below which hue counts for nothing.

It keeps the divisors of the hue from vanishing: below 1e-19 the squares of the products are 0 in
float32. It moves no difference by more than 1e-6.
"""
_POW50_7 = np.float32(50.0**7)
_STRETCH = np.float32(1.5)
_S_L, _S_L_ROOT, _L_TWICE = np.float32(0.0075), np.float32(80.0), np.float32(100.0)
_S_C, _S_H = np.float32(0.0225), np.float32(0.0075)
_T0 = np.float32(1.0 - 0.20 * cos(radians(63)))
_T1_COS, _T1_SIN = (np.float32(0.17 * part(radians(30))) for part in (cos, sin))
_T2 = np.float32(0.24)
_T3_COS, _T3_SIN = (np.float32(0.32 * part(radians(6))) for part in (cos, sin))
_T4_COS, _T4_SIN = (np.float32(0.40 * part(radians(63))) for part in (cos, sin))
_COS275, _SIN275 = (np.float32(part(radians(275))) for part in (cos, sin))
# arccos(1 - z)^2 = sum of 2 (2 z)^n / (n^2 binomial(2n, n)) gives the angle of Eq. 16 without an
# arctangent; where the terms left out would count, its exponential has vanished. Scaled to a power
# of 2.
_TO_POWER_OF_2 = -1.0 / (radians(25.0) ** 2 * np.log(2.0))
_A1, _A2, _A3, _A4, _A5, _A6, _A7 = (
    np.float32(_TO_POWER_OF_2 * 2.0 * 2.0**n / (n * n * comb(2 * n, n))) for n in range(1, 8)
)
_LEAST_POWER = np.float32(-100.0)
_MANTISSA_BITS, _BIAS = np.int32(23), np.int32(127)
# The polynomials closest to 2^x on [0, 1), to 8e-8, and to the sine on [0, pi / 3], to 2e-8.
_E0, _E1, _E2, _E3, _E4, _E5 = (
    np.float32(value)
    for value in (0.99999993, 0.69315307, 0.24015362, 0.055826318, 0.0089893402, 0.0018775766)
)
_D1, _D3, _D5, _D7 = (
    np.float32(value) for value in (0.999999863, -0.166665001, 0.00832785065, -0.000191713855)
)
_SIXTY_DEGREES = np.float32(radians(60.0))


@compiled
def _chroma_weight(chroma_sum: Number) -> Number:
    """sqrt(C^7 / (C^7 + 25^7)) of Eqs. 4 and 17, from twice the mean chroma."""
    cube = chroma_sum * chroma_sum * chroma_sum
    power7 = cube * cube * chroma_sum
    return np.float32(sqrt(power7 / (power7 + _POW50_7)))


@compiled
def _hue_weight(cos1: Number, sin1: Number) -> Number:
    """T, Eq. 15: cos(3h + 6) is cos 2h cos(h + 6) - sin 2h sin(h + 6), and 4h is twice 2h."""
    cos2, sin2 = _ONE - _TWO * sin1 * sin1, _TWO * sin1 * cos1
    with_cos = _T2 + _T3_COS * cos1 - _T3_SIN * sin1 - _T4_SIN * sin2
    with_sin = _T4_COS * sin2 - _T3_COS * sin1 - _T3_SIN * cos1
    return _T0 - _T1_COS * cos1 - _T1_SIN * sin1 + cos2 * with_cos + sin2 * with_sin


@compiled
def _rotation_sine(cos1: Number, sin1: Number) -> Number:
    """sin(2 dtheta), Eqs. 16 and 21. As printed, hues of 0..95 degrees are not 360 + h."""
    z = _ONE - _COS275 * cos1 - _SIN275 * sin1
    power = z * (_A1 + z * (_A2 + z * (_A3 + z * (_A4 + z * (_A5 + z * (_A6 + z * _A7))))))
    power = max(power, _LEAST_POWER)
    whole = np.int32(np.floor(power))
    x = power - np.float32(whole)
    scale = np.int32((whole + _BIAS) << _MANTISSA_BITS).view(np.float32)
    turn = scale * (_E0 + x * (_E1 + x * (_E2 + x * (_E3 + x * (_E4 + x * _E5)))))
    turn *= _SIXTY_DEGREES
    square = turn * turn
    sine = turn * (_D1 + square * (_D3 + square * (_D5 + square * _D7)))
    return sine if sin1 < np.float32(0.0) else np.float32(0.0)


@compiled
def ciede2000_of_lab(
    lab1: NDArray[np.float32], lab2: NDArray[np.float32], result: NDArray[np.float32]
) -> None:
    """Eqs. 2-22 without angles: hues are unit vectors, and their multiples polynomials."""
    for index in range(result.shape[0]):
        l1, a1, b1 = lab1[0, index], lab1[1, index], lab1[2, index]
        l2, a2, b2 = lab2[0, index], lab2[1, index], lab2[2, index]
        # Of exactly opposite hues, the one below 180 degrees counts as the first. In float64 the
        # products of float32 numbers are exact, so that rounding cannot choose the side.
        cross = np.float64(a1) * np.float64(b2) - np.float64(a2) * np.float64(b1)
        upper = b1 > np.float32(0.0) or (b1 == np.float32(0.0) and a1 > np.float32(0.0))
        forward = cross > 0.0 or (cross == 0.0 and upper)
        side = _ONE if forward else -_ONE
        chroma_sum = np.float32(sqrt(a1 * a1 + b1 * b1)) + np.float32(sqrt(a2 * a2 + b2 * b2))
        stretch = _STRETCH - _HALF * _chroma_weight(chroma_sum)  # 1 + G, Eq. 4
        a1 *= stretch  # Eq. 5
        a2 *= stretch
        c1 = np.float32(sqrt(a1 * a1 + b1 * b1))  # Eq. 6
        c2 = np.float32(sqrt(a2 * a2 + b2 * b2))
        chroma_sum = c1 + c2
        product = c1 * c2 + _GREY
        a1, b1, a2, b2 = a1 * c2, b1 * c2, a2 * c1, b2 * c1  # now of equal length
        gap_a, gap_b = a2 - a1, b2 - b1
        # Eq. 11: the difference of two unit vectors is 2 sin(dh / 2) long.
        hue = side * np.float32(sqrt((gap_a * gap_a + gap_b * gap_b) / product))
        # The mean hue (Eq. 14) bisects the two: it points along their sum, and square to their
        # difference. Both together are long for every angle, so that nothing cancels.
        mean_a, mean_b = a1 + a2 + side * gap_b, b1 + b2 - side * gap_a
        length = np.float32(sqrt(mean_a * mean_a + mean_b * mean_b)) + _GREY
        cos1, sin1 = mean_a / length, mean_b / length
        hue /= _ONE + _S_H * chroma_sum * _hue_weight(cos1, sin1)  # Eq. 20
        chroma = (c2 - c1) / (_ONE + _S_C * chroma_sum)  # Eq. 19
        offset = (l1 + l2 - _L_TWICE) * (l1 + l2 - _L_TWICE)
        lightness = l2 - l1  # Eq. 18
        lightness /= _ONE + _S_L * offset / np.float32(sqrt(_S_L_ROOT + offset))
        rotation = _TWO * _chroma_weight(chroma_sum) * _rotation_sine(cos1, sin1)
        squared = lightness * lightness + chroma * chroma + hue * hue - rotation * chroma * hue
        result[index] = np.float32(sqrt(max(squared, np.float32(0.0))))  # Eq. 22


@compiled
def changes_outside(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    outside: NDArray[np.bool_],
    table: NDArray[np.float32],
    changes: NDArray[np.float32],
) -> int:
    """CIEDE2000 between two (N, 3) pictures at the marked pixels that differ; returns how many."""
    linear1, linear2 = np.empty((3, _BLOCK_PX), np.float32), np.empty((3, _BLOCK_PX), np.float32)
    lab1, lab2 = np.empty((3, _BLOCK_PX), np.float32), np.empty((3, _BLOCK_PX), np.float32)
    total = 0
    for start in range(0, outside.shape[0], _BLOCK_PX):
        count = 0
        for index in range(start, min(start + _BLOCK_PX, outside.shape[0])):
            red1, green1, blue1 = before[index, 0], before[index, 1], before[index, 2]
            red2, green2, blue2 = after[index, 0], after[index, 1], after[index, 2]
            if outside[index] and (red1 != red2 or green1 != green2 or blue1 != blue2):
                linear1[0, count], linear2[0, count] = table[red1], table[red2]
                linear1[1, count], linear2[1, count] = table[green1], table[green2]
                linear1[2, count], linear2[2, count] = table[blue1], table[blue2]
                count += 1
        _lab_of_linear(linear1, lab1[0][:count], lab1[1][:count], lab1[2][:count])
        _lab_of_linear(linear2, lab2[0][:count], lab2[1][:count], lab2[2][:count])
        ciede2000_of_lab(lab1, lab2, changes[total : total + count])
        total += count
    return total
