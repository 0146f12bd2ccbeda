"""From a hair style to strands: one function per style, found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools.rendered_heads.fields import Floats
from tools.rendered_heads.hair_loose import loose
from tools.rendered_heads.hair_short import buzzed, coily, faded, short
from tools.rendered_heads.hair_tied import box_braids, braids, bun, ponytail
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.spec import HairSpec

Bundles = list[Floats]
"""Bundles of strands; bundles may differ in points per strand."""

STYLES: dict[str, Callable[[np.random.Generator, Head, HairSpec], Bundles]] = {
    "straight": loose,
    "wavy": loose,
    "curly": loose,
    "short": short,
    "faded": faded,
    "buzzed": buzzed,
    "coily": coily,
    "bun": bun,
    "ponytail": ponytail,
    "braids": braids,
    "box_braids": box_braids,
}

ROOT_RADIUS, TIP_RADIUS = 0.0032, 0.0014
"""Radius of a strand, 0.32 and 0.14 mm: thicker than a hair (0.04), since there are fewer."""


@dataclass(frozen=True)
class Coat:
    """Everything the renderer needs to know of one bundle.

    Attributes:
        strands: ``(n, k, 3)``.
        radius: ``(n, k)``.
        shade: ``(n,)`` in 0..1, picks the colour variation of the strand.
        white: ``(n,)`` in 0..1; a strand is unpigmented where it is below the dye's white share.
    """

    strands: Floats
    radius: Floats
    shade: Floats
    white: Floats


def coat(rng: np.random.Generator, strands: Floats, thickness: float = 1.0) -> Coat:
    """Give strands a tapering radius and their random shades."""
    n = len(strands)
    t = np.linspace(0, 1, strands.shape[1])
    taper = ROOT_RADIUS + (TIP_RADIUS - ROOT_RADIUS) * t**1.5
    radius: Floats = taper[None] * rng.uniform(0.75, 1.2, n)[:, None] * thickness
    shade, white = (rng.uniform(0, 1, n).astype(np.float32) for _ in range(2))
    return Coat(strands, radius.astype(np.float32), shade, white)


def style(head: Head, spec: HairSpec) -> list[Coat]:
    """The hair of a head; nothing for a bald one.

    Raises:
        KeyError: when the style is unknown.
    """
    if spec.style == "bald":
        return []
    rng = np.random.default_rng(spec.seed)
    return [coat(rng, bundle, spec.thickness) for bundle in STYLES[spec.style](rng, head, spec)]
