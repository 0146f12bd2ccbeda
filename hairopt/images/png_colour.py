"""Turn the colour chunks of a PNG into an ICC profile.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 4.3 "Color spaces":
cICP takes precedence over iCCP, iCCP over sRGB, and sRGB over gAMA and cHRM. The code points of
cICP are those of ITU-T H.273.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from hairopt.images.header import RefusedError
from hairopt.images.icc import Curve, Primaries, rgb_profile

_D65 = (0.3127, 0.3290)
_SRGB = Primaries(red=(0.64, 0.33), green=(0.30, 0.60), blue=(0.15, 0.06), white=_D65)

# ITU-T H.273, table 2.
_PRIMARIES = {
    1: _SRGB,
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}

# ITU-T H.273, table 3: curves that need no choice of the brightness of white.
_BT709 = Curve(gamma=1 / 0.45, scale=1 / 1.099, offset=0.099 / 1.099, slope=1 / 4.5, knee=0.081)
_SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES = {
    1: _BT709,
    4: Curve(2.2),
    5: Curve(2.8),
    6: _BT709,
    8: Curve(1.0),
    13: _SRGB_CURVE,
    14: _BT709,
    15: _BT709,
}
_HIGH_DYNAMIC_RANGE = {16: "PQ", 18: "HLG"}

_GAMMA_OF_SRGB = 45455
"""The gAMA value of sRGB (11.3.2.2). A power function of 2.2 is also written as 45455, but libpng
and browsers have always read it as sRGB."""

_MAX_PROFILE_BYTES = 16_000_000
"""Largest profile after unpacking; those for printing presses have up to 4 MB."""

_LEAST_GAMMA, _LARGEST_GAMMA = 0.2, 10.0


def profile_of(chunks: Mapping[bytes, bytes]) -> bytes | None:
    """The ICC profile of the colours of a PNG; None for sRGB or if there is none.

    Args:
        chunks: the content of the first chunk of each kind.

    Raises:
        RefusedError: the colours are coded in a way that cannot be converted.
    """
    if b"cICP" in chunks:
        return _from_code_points(chunks[b"cICP"])
    if b"iCCP" in chunks and (profile := _unpacked(chunks[b"iCCP"])) is not None:
        return profile
    if b"sRGB" in chunks:
        return None
    return _from_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))


def _from_code_points(chunk: bytes) -> bytes:
    if len(chunk) != 4:
        raise RefusedError("it has a cICP chunk of a wrong length, so its colours are unknown")
    primaries, curve, matrix, full_range = chunk
    if curve in _HIGH_DYNAMIC_RANGE:
        kind = _HIGH_DYNAMIC_RANGE[curve]
        raise RefusedError(
            f"it has a high dynamic range ({kind}, by its cICP chunk); save it as sRGB"
        )
    if primaries not in _PRIMARIES or curve not in _CURVES or matrix != 0 or full_range != 1:
        code = "-".join(str(value) for value in chunk)
        raise RefusedError(f"it has colours that are not read (cICP {code}); save it as sRGB")
    return rgb_profile(_PRIMARIES[primaries], _CURVES[curve])


def _unpacked(chunk: bytes) -> bytes | None:
    """The profile of an iCCP chunk; None if it is damaged, as in browsers."""
    _, _, packed = chunk.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    if unpacker.unconsumed_tail:
        limit = f"{_MAX_PROFILE_BYTES / 1e6:.0f} MB"
        raise RefusedError(f"it has a colour profile of more than {limit}; save it as sRGB")
    return profile if unpacker.eof else None


def _from_gamma(gamma: bytes, chromaticities: bytes) -> bytes | None:
    """A profile from gAMA, the exponent times 100,000 (11.3.2.2), and cHRM, x and y (11.3.2.1)."""
    exponent = int.from_bytes(gamma, "big") if len(gamma) == 4 else 0
    primaries = _primaries(chromaticities)
    if exponent == 0 or abs(exponent - _GAMMA_OF_SRGB) <= 1:
        return rgb_profile(primaries, _SRGB_CURVE) if primaries else None
    if not _LEAST_GAMMA <= 100_000 / exponent <= _LARGEST_GAMMA:
        raise RefusedError(
            f"it has a gAMA chunk of {exponent}, which is no tone curve; save it as sRGB"
        )
    return rgb_profile(primaries or _SRGB, Curve(100_000 / exponent))


def _primaries(chunk: bytes) -> Primaries | None:
    if len(chunk) != 32:
        return None
    white_x, white_y, *rest = (value / 100_000 for value in struct.unpack(">8I", chunk))
    red, green, blue = zip(rest[::2], rest[1::2], strict=True)
    found = Primaries(red, green, blue, (white_x, white_y))
    return found if found.are_possible else None
