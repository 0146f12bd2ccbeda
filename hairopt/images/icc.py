"""ICC profiles made from primaries and a tone curve.

Source: ICC.1:2022 (profile version 4.4); the numbers of sections are its own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_D50 = (0.9642, 1.0, 0.8249)
"""XYZ of the white point of all profiles (7.2.16)."""

_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""From XYZ to the cone responses in which white points are adapted (annex E)."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Primaries:
    """CIE 1931 x and y of red, green, blue and white."""

    red: Place
    green: Place
    blue: Place
    white: Place

    @property
    def are_possible(self) -> bool:
        """Whether they span a colour space: a triangle with white inside, and no y of 0."""
        whole = _area(self.red, self.green, self.blue)
        parts = (
            _area(self.white, self.green, self.blue),
            _area(self.red, self.white, self.blue),
            _area(self.red, self.green, self.white),
        )
        luminous = all(y > 0 for _, y in (self.red, self.green, self.blue, self.white))
        return luminous and abs(whole) > 1e-4 and all(part * whole > 0 for part in parts)

    def to_xyz(self) -> NDArray[np.float64]:
        """Linear R, G, B to XYZ under D50: (3, 3), its columns the three primaries."""
        xyz = np.stack([_xyz(place) for place in (self.red, self.green, self.blue)], axis=1)
        white = _xyz(self.white)
        native = xyz * np.linalg.solve(xyz, white)
        adapt = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
        return np.asarray(np.linalg.inv(_BRADFORD) @ (adapt[:, None] * (_BRADFORD @ native)))


@dataclass(frozen=True)
class Curve:
    """From a stored value to linear light, both 0..1.

    ``(scale value + offset) ** gamma`` from ``knee`` on, ``slope value`` below it.
    """

    gamma: float
    scale: float = 1.0
    offset: float = 0.0
    slope: float = 0.0
    knee: float = 0.0


def rgb_profile(primaries: Primaries, curve: Curve) -> bytes:
    """The profile of a screen with these primaries and this curve, version 4."""
    columns = primaries.to_xyz().T
    tone = _parametric(curve)
    text = "hairopt".encode("utf-16-be")
    label = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(text), 28) + text
    tags = {
        b"desc": label,
        b"cprt": label,
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_D50),
        **{
            name: b"XYZ \0\0\0\0" + _fixed(*xyz)
            for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone),
    }
    body, table, start = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    head = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x04400000, b"mntr", b"RGB ", b"XYZ "
    )
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*_D50)
    return head.ljust(128, b"\0") + table + body


def _parametric(curve: Curve) -> bytes:
    """10.18, function type 3."""
    return b"para\0\0\0\0\0\3\0\0" + _fixed(
        curve.gamma, curve.scale, curve.offset, curve.slope, curve.knee
    )


def _fixed(*values: float) -> bytes:
    """4.6: s15Fixed16Number."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(place: Place) -> NDArray[np.float64]:
    x, y = place
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def _area(a: Place, b: Place, c: Place) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
