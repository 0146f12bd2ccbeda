"""Hats, scarves, glasses and headphones: shapes over or beside the hair, and how hats press it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools.rendered_heads.face import Face, ear_bump, torso
from tools.rendered_heads.fields import (
    Field,
    Floats,
    capsule,
    carve,
    ellipsoid,
    mirrored,
    sphere,
    union,
    vec,
)
from tools.rendered_heads.strands import squeeze


@dataclass(frozen=True)
class Shape:
    """A solid to be meshed.

    Attributes:
        field: its signed distance.
        low: lower corner of its box.
        high: upper corner of its box.
        step: grid spacing that resolves it.
        material: cloth, knit or plastic.
    """

    field: Field
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    step: float
    material: str


@dataclass(frozen=True)
class Crown:
    """The hollow of a hat: an ellipsoid above the plane z = height + slope * y."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    height: float
    slope: float

    def above(self, p: Floats) -> Floats:
        """Height of points over the plane."""
        return np.asarray(p[..., 2] - self.height - self.slope * p[..., 1], np.float32)

    def press(self, strands: Floats) -> Floats:
        """Strands pushed under the hat where they lie above its edge."""
        edge = strands[..., 2] - self.above(strands)
        return squeeze(strands, vec(self.centre), vec(self.radii), edge)


CROWNS = {
    "beanie": Crown((0, 0.13, 0.40), (0.86, 1.08, 0.93), 0.15, -0.32),
    "brim-hat": Crown((0, 0.13, 0.40), (0.86, 1.07, 0.98), 0.36, -0.16),
}


def _beanie(face: Face) -> Shape:
    crown = CROWNS["beanie"]

    def field(p: Floats) -> Floats:
        dome = ellipsoid(p, crown.centre, crown.radii)
        dome = np.maximum(dome, -crown.above(p))
        cuff = ellipsoid(p, crown.centre, tuple(1.05 * r for r in crown.radii))
        band = np.abs(crown.above(p) - 0.13) - 0.14
        return union(dome, -union(-cuff, -band.astype(np.float32), 0.06), 0.05)

    return Shape(field, (-1.0, -1.15, -0.4), (1.0, 1.4, 1.45), 0.025, "knit")


def _brim_hat(face: Face) -> Shape:
    crown = CROWNS["brim-hat"]

    def field(p: Floats) -> Floats:
        dome = np.maximum(ellipsoid(p, crown.centre, crown.radii), -crown.above(p))
        tilted = np.stack([p[..., 0], p[..., 1], crown.above(p)], -1).astype(np.float32)
        curl = 0.10 * (tilted[..., 0] / 1.4) ** 2
        tilted[..., 2] -= curl
        return union(dome, ellipsoid(tilted, (0, 0.12, 0.0), (1.42, 1.58, 0.05)), 0.05)

    return Shape(field, (-1.5, -1.55, -0.1), (1.5, 1.8, 1.5), 0.028, "cloth")


def _headscarf(face: Face) -> Shape:
    def field(p: Floats) -> Floats:
        cover = union(face.skull(p), ear_bump(p), 0.12) - 0.10
        fold = capsule(p, (0, 0.20, -0.9), (0, 0.25, -1.75), 0.66, 0.95)
        drape = union(cover, fold, 0.25)
        bun = ellipsoid(p, (0, 0.95, 0.45), (0.42, 0.40, 0.42))
        drape = union(drape, bun, 0.35)
        ripple = 0.012 * np.sin(9 * p[..., 0] + 5 * p[..., 2] + 2 * np.sin(3 * p[..., 1]))
        opening = ellipsoid(p, (0, -0.95, -0.20), (0.545, 0.72, 0.80))
        return carve((drape + ripple).astype(np.float32), opening, 0.06)

    return Shape(field, (-1.5, -1.2, -2.4), (1.5, 1.6, 1.5), 0.035, "cloth")


def _headphones(face: Face) -> Shape:
    def field(p: Floats) -> Floats:
        q = mirrored(p)
        x, y, z = q[..., 0], q[..., 1] - 0.12, q[..., 2] - 0.10
        ring = (np.sqrt((x / 0.98) ** 2 + (z / 1.33) ** 2) - 1) * 1.1
        band = np.sqrt(ring**2 + np.clip(np.abs(y) - 0.05, 0, None) ** 2) - 0.035
        band = np.maximum(band, -z).astype(np.float32)
        cup = ellipsoid(q, (0.95, 0.12, -0.10), (0.13, 0.27, 0.33))
        return union(band, cup, 0.03)

    return Shape(field, (-1.2, -0.3, -0.55), (1.2, 0.6, 1.6), 0.022, "plastic")


def _glasses(face: Face) -> Shape:
    def field(p: Floats) -> Floats:
        q = mirrored(p)
        x, y, z = (
            q[..., 0] - 0.315,
            q[..., 1] + 0.89 - 0.25 * (q[..., 0] - 0.1) ** 2,
            q[..., 2] + 0.02,
        )
        ring = ((np.abs(x) / 0.225) ** 2.6 + (np.abs(z) / 0.185) ** 2.6) ** (1 / 2.6) - 1
        rim = (np.sqrt((ring * 0.20) ** 2 + y**2) - 0.020).astype(np.float32)
        bridge = capsule(q, (0.0, -0.90, 0.05), (0.10, -0.885, 0.03), 0.018)
        temple = capsule(q, (0.545, -0.83, 0.05), (0.80, 0.10, 0.06), 0.020)
        hook = capsule(q, (0.80, 0.10, 0.06), (0.78, 0.28, -0.10), 0.020)
        hinge = sphere(q, (0.545, -0.83, 0.05), 0.028)
        return np.minimum(np.minimum(union(rim, bridge, 0.02), union(temple, hinge, 0.02)), hook)

    return Shape(field, (-0.9, -1.0, -0.3), (0.9, 0.4, 0.3), 0.0105, "plastic")


def shirt() -> Shape:
    """The clothed shoulders."""
    return Shape(torso, (-2.4, -0.75, -3.6), (2.4, 1.35, -0.7), 0.045, "cloth")


OCCLUDERS: dict[str, Callable[[Face], Shape]] = {
    "beanie": _beanie,
    "brim-hat": _brim_hat,
    "headscarf": _headscarf,
    "headphones": _headphones,
    "glasses": _glasses,
}
"""Occluders that are solids; ``beard`` is made of strands and lives in ``facial``."""
