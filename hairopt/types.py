"""Array and value types that all packages use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError

ImageU8: TypeAlias = NDArray[np.uint8]
"""A picture: uint8, (H, W, 3), RGB, sRGB-encoded."""

MaskF32: TypeAlias = NDArray[np.float32]
"""A soft mask (hair coverage or probability): float32, (H, W), in [0, 1]."""

MaskU8: TypeAlias = NDArray[np.uint8]
"""A soft mask as files hold it: uint8, (H, W), coverage in steps of 1/255."""

MaskBool: TypeAlias = NDArray[np.bool_]
"""A set of pixels: bool, (H, W)."""

STAGES = ("decode", "segment", "recolor", "postprocess", "encode")
"""The stages of a pipeline, in the order in which they run."""

NAMED_SHADES = {
    "black": "#1c1817",
    "brown": "#5a3825",
    "auburn": "#7c3a1f",
    "blond": "#d8b27a",
    "platinum": "#e8dcc4",
    "burgundy": "#6d1f33",
    "violet": "#7b2d8b",
    "pink": "#e0589a",
    "blue": "#2b4fb3",
    "green": "#2f8f5b",
}
"""The shades with a name, as sRGB hex."""

_HEX = re.compile(r"#?([0-9a-fA-F]{6})|#([0-9a-fA-F]{3})")


@dataclass(frozen=True)
class Swatch:
    """What a picture of dyed hair tells of a shade, in CIELAB.

    Attributes:
        sha256: of the file, in hex.
        lab: mean colour.
        spread: standard deviation of L*.
        slopes: change of a* and b* for 10 units of L*.
    """

    sha256: str
    lab: tuple[float, float, float]
    spread: float
    slopes: tuple[float, float]


@dataclass(frozen=True)
class Shade:
    """A colour to dye hair in.

    Attributes:
        hex: sRGB as ``#rrggbb``, lower case.
        name: its name; the hex code if it has none.
        swatch: of a picture of hair in this shade, where there is one.
    """

    hex: str
    name: str
    swatch: Swatch | None = None

    @classmethod
    def parse(cls, text: str, others: Iterable[str] = ()) -> Shade:
        """Read ``violet``, ``#7b2d8b``, ``7b2d8b``, ``#72b`` or ``plum=#7b2d8b``.

        ``#72b`` is short for ``#7722bb``, as in CSS.

        Args:
            text: what was typed.
            others: further names that would have been allowed, for the message.

        Raises:
            UsageError: for anything else; the message lists what is allowed.
        """
        name, _, code = text.strip().rpartition("=")
        if not name and code.lower() in NAMED_SHADES:
            return cls(NAMED_SHADES[code.lower()], code.lower())
        match = _HEX.fullmatch(code)
        if match is None:
            allowed = [*others, *(shade for shade in NAMED_SHADES if shade not in others)]
            near = difflib.get_close_matches(code.lower(), allowed, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            names = ", ".join(allowed)
            raise UsageError(
                f"shade {text!r} is no colour{hint} (allowed: #rrggbb, name=#rrggbb, or one of: "
                f"{names})"
            )
        digits = match[1] or "".join(digit * 2 for digit in match[2])
        hex_code = "#" + digits.lower()
        known = {value: key for key, value in NAMED_SHADES.items()}
        return cls(hex_code, name.strip() or known.get(hex_code, hex_code))

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, each 0..255."""
        return int(self.hex[1:3], 16), int(self.hex[3:5], 16), int(self.hex[5:7], 16)


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, ``[top:bottom, left:right]``; empty where bottom == top."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices for indexing an ``(H, W, ...)`` array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, outer: Box) -> Box:
        """The same rectangle, relative to the top left corner of one that contains it."""
        return Box(
            self.top - outer.top,
            self.bottom - outer.top,
            self.left - outer.left,
            self.right - outer.left,
        )

    def meet(self, other: Box) -> Box:
        """The pixels in both rectangles; empty if there are none."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom, right = min(self.bottom, other.bottom), min(self.right, other.right)
        return Box(top, max(top, bottom), left, max(left, right))

    @property
    def is_empty(self) -> bool:
        """Whether the rectangle has no pixels."""
        return self.bottom <= self.top or self.right <= self.left

    @classmethod
    def full(cls, height_px: int, width_px: int) -> Box:
        """The rectangle of a whole picture."""
        return cls(0, height_px, 0, width_px)
