"""Signed distance fields, sampled grids and smooth noise: the geometry everything grows on.

Units: 1 is 10 cm. The head looks towards -y, z is up, its left ear is at +x. Points are float32
arrays ``(..., 3)``; distances are negative inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Points, vectors or distances; float32 wherever there are many."""
Field: TypeAlias = Callable[[Floats], Floats]
Vec: TypeAlias = Sequence[float]

TINY = 1e-6


def vec(value: Vec) -> NDArray[np.float32]:
    """A triple as a float32 array."""
    return np.asarray(value, np.float32)


def unit(v: Floats) -> Floats:
    """Vectors scaled to length one; the null vector stays null."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.asarray(v / np.maximum(length, TINY), np.float32)


def mirrored(p: Floats) -> Floats:
    """Points folded onto x >= 0, so that a field built on one side serves both."""
    q = np.array(p, np.float32)
    q[..., 0] = np.abs(q[..., 0])
    return q


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """Hermite step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def ellipsoid(p: Floats, centre: Vec, radii: Vec) -> Floats:
    """First-order distance to an ellipsoid (Quilez, "ellipsoid SDF")."""
    q, r = p - vec(centre), vec(radii)
    scaled = np.linalg.norm(q / r, axis=-1)
    slope = np.linalg.norm(q / (r * r), axis=-1)
    return np.asarray(scaled * (scaled - 1) / np.maximum(slope, TINY), np.float32)


def sphere(p: Floats, centre: Vec, radius: float) -> Floats:
    """Distance to a sphere."""
    return np.asarray(np.linalg.norm(p - vec(centre), axis=-1) - radius, np.float32)


def capsule(p: Floats, a: Vec, b: Vec, radius_a: float, radius_b: float | None = None) -> Floats:
    """Distance to a rounded cone between two points."""
    start, axis = vec(a), vec(b) - vec(a)
    end_radius = radius_a if radius_b is None else radius_b
    h = np.clip(((p - start) @ axis) / (axis @ axis), 0, 1)
    nearest = np.linalg.norm(p - start - h[..., None] * axis, axis=-1)
    return np.asarray(nearest - (radius_a + (end_radius - radius_a) * h), np.float32)


def union(a: Floats, b: Floats, blend: float) -> Floats:
    """Union of two fields with a fillet of width ``blend`` (polynomial smooth minimum)."""
    h = np.clip(0.5 + 0.5 * (b - a) / blend, 0, 1)
    return np.asarray(b + (a - b) * h - blend * h * (1 - h), np.float32)


def carve(a: Floats, b: Floats, blend: float) -> Floats:
    """Field ``a`` without what ``b`` covers, with a fillet of width ``blend``."""
    return -union(-a, b, blend)


def gradient(field: Field, p: Floats, step: float = 2e-3) -> Floats:
    """Forward-difference gradient of a field, ``(..., 3)``."""
    here = field(p)
    axes = np.eye(3, dtype=np.float32) * np.float32(step)
    return np.stack([(field(p + axis) - here) / step for axis in axes], -1).astype(np.float32)


def project(field: Field, p: Floats, rounds: int = 6, limit: float = 0.1) -> tuple[Floats, Floats]:
    """Newton steps onto the zero surface; returns the points and their unit normals."""
    normal = unit(gradient(field, p))
    for _ in range(rounds):
        p = p - np.clip(field(p), -limit, limit)[..., None] * normal
        normal = unit(gradient(field, p))
    return np.asarray(p, np.float32), normal


def sample(field: Field, low: Vec, high: Vec, step: float) -> Floats:
    """Values of a field on a regular grid, ``(nx, ny, nz)``, one slab at a time."""
    xs, ys, zs = (np.arange(a, b, step, dtype=np.float32) for a, b in zip(low, high, strict=True))
    y, z = np.meshgrid(ys, zs, indexing="ij")
    slabs = [field(np.stack([np.full_like(y, x), y, z], -1)) for x in xs]
    return np.stack(slabs).astype(np.float32)


class Grid:
    """A field sampled once, then read by trilinear interpolation with its gradient."""

    def __init__(self, field: Field, low: Vec, high: Vec, step: float) -> None:
        values = sample(field, low, high, step)
        slopes = [np.asarray(s, np.float32) for s in np.gradient(values, step)]
        self._low, self._step = vec(low), step
        self._cells = np.stack([values, *slopes], -1)
        self._last = np.array(values.shape) - 1.001

    def __call__(self, p: Floats) -> tuple[Floats, Floats]:
        """Distance ``(n,)`` and unit gradient ``(n, 3)`` at points ``(n, 3)``."""
        q = np.clip((p - self._low) / self._step, 0, self._last)
        i = q.astype(np.int32)
        f = (q - i).astype(np.float32)
        total = np.zeros((len(p), 4), np.float32)
        for corner in np.ndindex(2, 2, 2):
            x, y, z = (f[:, axis] if up else 1 - f[:, axis] for axis, up in enumerate(corner))
            j = i + np.array(corner, np.int32)
            total += (x * y * z)[:, None] * self._cells[j[:, 0], j[:, 1], j[:, 2]]
        return total[:, 0], unit(total[:, 1:])


class Noise:
    """A smooth random vector field: a sum of random sine waves."""

    def __init__(self, rng: np.random.Generator, frequency: float, waves: int = 10) -> None:
        self._waves = rng.normal(0, frequency, (3, waves)).astype(np.float32)
        self._phase = rng.uniform(0, 2 * np.pi, waves).astype(np.float32)
        scale = np.sqrt(waves / 2)
        self._amplitude = (rng.normal(0, 1, (waves, 3)) / scale).astype(np.float32)

    def __call__(self, p: Floats) -> Floats:
        """Vectors ``(..., 3)`` of unit variance per component."""
        return np.asarray(np.sin(p @ self._waves + self._phase) @ self._amplitude, np.float32)


def _near_surface(field: Field, low: Vec, high: Vec, step: float, coarse: int) -> Floats:
    """As ``sample``, but exact only near the surface: far blocks repeat their centre's value."""
    shape = [len(np.arange(a, b, step)) for a, b in zip(low, high, strict=True)]
    start = vec(low) + step * (coarse - 1) / 2
    end = [a + step * n for a, n in zip(low, shape, strict=True)]
    blocks = sample(field, start.tolist(), [e + coarse * step for e in end], step * coarse)
    values = blocks
    for axis, n in enumerate(shape):
        values = np.repeat(values, coarse, axis).take(np.arange(n), axis)
    # Half a block's diagonal, tripled since blended fields understate how near the surface is.
    near = np.nonzero(np.abs(values) < 2.6 * step * coarse)
    points = np.stack(near, -1).astype(np.float32) * np.float32(step) + vec(low)
    values[near] = field(points)
    return values


def mesh(
    field: Field, low: Vec, high: Vec, step: float, coarse: int = 1
) -> tuple[Floats, NDArray[np.int32]]:
    """Triangles of the zero surface: marching cubes, then projected onto the exact surface.

    Args:
        field: the solid.
        low: lower corner of its box.
        high: upper corner of its box.
        step: grid spacing.
        coarse: block size of a first look that skips what is far from the surface; only for
            fields without thin parts.

    Returns:
        Vertices ``(n, 3)`` and faces ``(m, 3)``, wound outwards.
    """
    from skimage.measure import marching_cubes

    look = sample if coarse == 1 else partial(_near_surface, coarse=coarse)
    values = look(field, low, high, step)
    spacing = (step,) * 3
    vertices, faces, _, _ = marching_cubes(values, 0.0, spacing=spacing)  # type: ignore[no-untyped-call, unused-ignore]
    vertices = (vertices + vec(low)).astype(np.float32)
    for _ in range(2):  # removes the stair steps of the cubes
        slope = gradient(field, vertices, 1e-3)
        squared = np.maximum((slope * slope).sum(-1, keepdims=True), 0.25)
        distance = np.clip(field(vertices), -step / 2, step / 2)[:, None]
        vertices = (vertices - distance * slope / squared).astype(np.float32)
    return vertices, faces.astype(np.int32)
