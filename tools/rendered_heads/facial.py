"""Brows, lashes and beards: strands that are not hair of the head and never count as hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.rendered_heads.face import EYE, EYE_RADIUS, Face
from tools.rendered_heads.fields import Floats, project, smoothstep, unit, vec


@dataclass(frozen=True)
class FacialHair:
    """Strands ``(n, k, 3)`` with one radius per point ``(k,)``."""

    strands: Floats
    radius: Floats


def _both_sides(strands: Floats) -> Floats:
    return np.concatenate([strands, strands * vec((-1, 1, 1))]).astype(np.float32)


def brows(rng: np.random.Generator, face: Face, count: int = 380) -> FacialHair:
    """Two eyebrows."""
    t: Floats = rng.uniform(0, 1, count) ** 0.9
    across = rng.uniform(-1, 1, count) * (0.034 * (1 - t) ** 0.6 + 0.006)
    z = 0.145 + 0.065 * np.sin(t * 2.3) - 0.03 * t + across
    start = np.stack([0.10 + 0.40 * t, np.full(count, -0.80), z], -1).astype(np.float32)
    p, normal = project(face.surface, start)
    lie: Floats = np.stack([0.55 + 0.6 * t, 0 * t, 0.75 - 1.0 * t], -1) + rng.normal(
        0, 0.12, (count, 3)
    )
    lie = unit((lie - (lie * normal).sum(-1, keepdims=True) * normal).astype(np.float32))
    length = rng.uniform(0.05, 0.085, count)[:, None]
    points = [
        p + lie * length * k + normal * (0.010 * np.sin(2.6 * k) + 0.002)
        for k in np.linspace(0, 1, 5)
    ]
    radius = np.linspace(0.0028, 0.0010, 5, dtype=np.float32)
    return FacialHair(_both_sides(np.stack(points, 1)), radius)


def lashes(rng: np.random.Generator, face: Face, count: int = 46) -> FacialHair:
    """Upper and lower lashes of both eyes."""
    rows = []
    for upper in (True, False):
        t = np.linspace(-0.92, 0.92, count) + rng.uniform(-0.01, 0.01, count)
        arch = 1 - t * t
        opening = 1.15 * arch**0.7 if upper else -0.95 * arch**0.8
        x, z = EYE[0] + 0.145 * t, 0.02 * t + face.lid * opening + (0.004 if upper else -0.004)
        depth = (EYE_RADIUS + 0.022) ** 2 - (x - EYE[0]) ** 2 - z**2
        p = np.stack([x, EYE[1] - np.sqrt(np.maximum(depth, 0.002)), z], -1)
        aim = np.stack([0.5 * t, np.full(count, -0.9), np.full(count, 0.55 if upper else -0.5)], -1)
        aim = unit((aim + rng.normal(0, 0.1, (count, 3))).astype(np.float32))
        length = (0.050 if upper else 0.025) * rng.uniform(0.7, 1.1, count)[:, None]
        curl = vec((0, 0, 0.025 if upper else 0.0))
        rows.append(
            np.stack([p + aim * length * k + curl * k * k for k in np.linspace(0, 1, 5)], 1)
        )
    radius = np.linspace(0.0032, 0.0008, 5, dtype=np.float32)
    return FacialHair(_both_sides(np.concatenate(rows)), radius)


def _beard_area(face: Face, p: Floats) -> Floats:
    """Density 0..1 of a beard on the skin: cheeks below a line, moustache, chin, not lips."""
    x, y, z = np.abs(p[..., 0]), p[..., 1], p[..., 2]
    cheek_line = -0.60 + np.clip(x - 0.27, 0, None) * 1.05 + 0.10 * (x < 0.27)
    density = 1 - smoothstep(-0.06, 0.04, z - cheek_line)
    density = density * smoothstep(-1.20, -1.08, z) * (1 - smoothstep(-0.10, 0.02, y))
    lip = np.minimum(*face.lips(p))
    return np.asarray(density * smoothstep(0.012, 0.035, lip), np.float32)


def beard(
    rng: np.random.Generator, face: Face, length: float = 0.16, count: int = 14000
) -> FacialHair:
    """A full beard with moustache."""
    box = rng.uniform((-0.85, -1.05, -1.25), (0.85, 0.05, -0.05), (count * 3, 3))
    p, normal = project(face.surface, box.astype(np.float32), 8, 0.2)
    chosen = (np.abs(face.surface(p)) < 0.01) & (rng.random(len(p)) < _beard_area(face, p))
    p, normal = p[chosen][:count], normal[chosen][:count]
    n = len(p)
    down = vec((0, -0.15, -1.0)) + np.stack([0.5 * p[:, 0], 0 * p[:, 0], 0 * p[:, 0]], -1)
    start = unit(normal * 0.6 + down + rng.normal(0, 0.25, (n, 3)).astype(np.float32))
    chin = 0.45 + 0.75 * (1 - smoothstep(-0.95, -0.5, p[:, 2]))
    size = (length * chin * rng.uniform(0.5, 1.1, n))[:, None]
    side = unit(np.cross(start, rng.normal(0, 1, (n, 3))).astype(np.float32))
    curl = 0.012 * rng.uniform(0.3, 1, n)[:, None]
    points = [
        p + start * size * k + side * curl * np.sin(5 * k) - vec((0, 0, 1)) * size * 0.25 * k * k
        for k in np.linspace(0, 1, 6)
    ]
    return FacialHair(
        np.stack(points, 1).astype(np.float32), np.linspace(0.0032, 0.0016, 6, dtype=np.float32)
    )
