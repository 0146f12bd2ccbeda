"""Operations on strands: grow, cut, resample, clump, wave, braid. Plain NumPy.

A bundle of strands is float32 ``(n, k, 3)``: n strands of k points, root first, in 10 cm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads.fields import Floats, Grid, Noise, smoothstep, unit, vec

Comb = Callable[[Floats, Floats, float], Floats]
"""Direction ``(n, 3)`` a comb pulls to, at points, for roots, at a fraction of the length."""


@dataclass(frozen=True)
class Pull:
    """What bends a growing strand.

    Attributes:
        stiffness: how much of its direction a strand keeps per step.
        gravity: pull downwards per step.
        comb: pull of the comb per step.
        comb_reach: distance from the root at which the comb lets go; 0 is never.
        noise: strength of the smooth wander that neighbours share.
        noise_frequency: waves of that wander per unit.
        fray: wander of single strands, growing towards the tip.
        cling: how strongly strands are drawn back onto the head.
        inward: how strongly strands below the chin are kept from sliding off the shoulders.
    """

    stiffness: float = 0.80
    gravity: float = 0.10
    comb: float = 0.25
    comb_reach: float = 0.0
    noise: float = 0.05
    noise_frequency: float = 2.2
    fray: float = 0.0
    cling: float = 0.0
    inward: float = 0.0


def grow(
    rng: np.random.Generator,
    roots: Floats,
    start: Floats,
    length: Floats,
    points: int,
    lift: Floats,
    collider: Grid,
    comb: Comb,
    pull: Pull,
) -> Floats:
    """Integrate strands ``(n, k, 3)`` from their roots through comb, gravity and collision.

    Args:
        rng: source of the wander.
        roots: ``(n, 3)`` points on the scalp.
        start: ``(n, 3)`` first directions.
        length: ``(n,)``.
        points: k, points per strand.
        lift: ``(n,)`` distance at which a strand rests above the surface.
        collider: the surface.
        comb: where the comb pulls.
        pull: strengths.
    """
    p, direction = roots.astype(np.float32), unit(start)
    wander, own = Noise(rng, pull.noise_frequency), rng.normal(0, 1, roots.shape)
    step = (length / (points - 1))[:, None].astype(np.float32)
    path = [p]
    for index in range(1, points):
        t = index / (points - 1)
        reach = np.exp(-((t * length / pull.comb_reach) ** 2))[:, None] if pull.comb_reach else 1.0
        direction = pull.stiffness * direction + pull.comb * comb(p, roots, t) * reach
        direction += pull.noise * wander(p) + pull.fray * t * own
        direction[:, 2] -= pull.gravity
        direction[:, 0] -= pull.inward * p[:, 0] * (1 - smoothstep(-1.2, -0.5, p[:, 2]))
        direction = unit(direction)
        p = p + direction * step
        rest = lift * smoothstep(0, 0.12, t * length / max(float(length.mean()), 0.3))
        p, direction = _collide(p, direction, step[:, 0], rest, collider)
        if pull.cling:
            p, direction = _cling(p, direction, rest, collider, pull.cling)
        path.append(p)
    return np.stack(path, 1).astype(np.float32)


def _collide(
    p: Floats, d: Floats, step: Floats, rest: Floats, collider: Grid
) -> tuple[Floats, Floats]:
    """Push points out to their resting distance and turn their direction along the surface."""
    distance, normal = collider(p)
    depth = rest - distance
    push = np.minimum(np.clip(depth, 0, None), step * 1.5) * 0.8
    inward = (d * normal).sum(1)
    turn = np.where((depth > -0.02) & (inward < 0), inward, 0)
    return p + push[:, None] * normal, unit(d - turn[:, None] * normal * 0.9)


def _cling(
    p: Floats, d: Floats, rest: Floats, collider: Grid, strength: float
) -> tuple[Floats, Floats]:
    """Draw points beside the head (not below the ears) back to their resting distance."""
    distance, normal = collider(p)
    gap = np.clip(distance - rest, 0, 0.35) * smoothstep(-0.35, 0.2, p[:, 2])
    outward = np.clip((d * normal).sum(1), 0, None) * (gap > 0.01) * min(1.0, strength * 3)
    return p - (gap * strength)[:, None] * normal, unit(d - outward[:, None] * normal)


def arc_length(strands: Floats) -> Floats:
    """Length from the root to each point, ``(n, k)``."""
    steps = np.linalg.norm(np.diff(strands, axis=1), axis=2)
    return np.concatenate([np.zeros((len(strands), 1)), np.cumsum(steps, 1)], 1).astype(np.float32)


def resample(strands: Floats, points: int, until: Floats | None = None) -> Floats:
    """Strands of ``points`` equidistant points, each cut at arc length ``until`` ``(n,)``."""
    s = arc_length(strands)
    end = s[:, -1] if until is None else np.minimum(until, s[:, -1])
    at = np.linspace(0, 1, points, dtype=np.float32)[None] * end[:, None]
    index = np.full(at.shape, -1, np.int64)
    for column in range(s.shape[1]):
        index += s[:, column : column + 1] <= at
    index = np.clip(index, 0, s.shape[1] - 2)
    before, after = np.take_along_axis(s, index, 1), np.take_along_axis(s, index + 1, 1)
    weight = ((at - before) / np.maximum(after - before, 1e-6))[..., None]
    i = index[..., None]
    low, high = np.take_along_axis(strands, i, 1), np.take_along_axis(strands, i + 1, 1)
    return (low * (1 - weight) + high * weight).astype(np.float32)


def length_above(strands: Floats, z: Floats, shortest: float = 0.15) -> Floats:
    """Arc length ``(n,)`` at which each strand first falls below its height ``z`` ``(n,)``."""
    s, below = arc_length(strands), strands[..., 2] < z[:, None]
    first = np.where(below.any(1), below.argmax(1), strands.shape[1] - 1)
    return np.maximum(np.take_along_axis(s, first[:, None], 1)[:, 0], shortest).astype(np.float32)


def clump(
    rng: np.random.Generator,
    strands: Floats,
    clumps: int,
    amount: float,
    tight: float = 0.25,
    start: float = 0.15,
) -> tuple[Floats, NDArray[np.int64]]:
    """Draw strands towards a leader near their root.

    Args:
        rng: chooses the leaders.
        strands: ``(n, k, 3)``.
        clumps: number of leaders.
        amount: 0 leaves the strands, 1 puts their ends together.
        tight: how much of the distance at the root stays at the end.
        start: fraction of the length at which the pull sets in.

    Returns:
        The strands and the clump of each, ``(n,)``.
    """
    from scipy.spatial import cKDTree

    n, k = len(strands), strands.shape[1]
    leaders = rng.choice(n, min(clumps, n), replace=False)
    _, member = cKDTree(strands[leaders, 0]).query(strands[:, 0])
    target = strands[leaders[member]]
    weight = smoothstep(start, 0.85, np.linspace(0, 1, k)) * amount
    pull = weight[None, :, None] * rng.uniform(0.6, 1, n)[:, None, None]
    near = np.linalg.norm(strands[:, -1] - target[:, -1], axis=1) < 0.6
    pull = pull * near[:, None, None]
    goal = target + (strands[:, :1] - target[:, :1]) * tight
    return (strands * (1 - pull) + goal * pull).astype(np.float32), np.asarray(member, np.int64)


@dataclass(frozen=True)
class Wave:
    """A wave or helix along strands.

    Attributes:
        amplitude: half its width.
        period: its length along the strand.
        ramp: distance from the root over which it builds up.
        helix: 0 is flat, 1 a round corkscrew.
        jitter: phase difference inside a clump, radians.
        drift: 0 gives all clumps one phase, 1 any.
    """

    amplitude: float
    period: float
    ramp: float = 0.35
    helix: float = 0.3
    jitter: float = 0.25
    drift: float = 0.5


def frames(strands: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors across each point of each strand, steady along the strand."""
    tangent = unit(np.gradient(strands, axis=1).astype(np.float32))
    anchor = np.broadcast_to(vec((0, 0.13, 0.1)), strands.shape).copy()
    anchor[..., 2] = np.minimum(strands[..., 2], 0.1)  # below the skull "out" means sideways
    across = unit(np.cross(tangent, unit(strands - anchor)).astype(np.float32))
    return across, np.cross(tangent, across).astype(np.float32)


def wave(
    rng: np.random.Generator, strands: Floats, member: NDArray[np.int64], shape: Wave
) -> Floats:
    """Strands with a wave that is shared inside each clump."""
    n, clumps = len(strands), int(member.max()) + 1
    across, up = frames(strands)
    s = arc_length(strands)
    phase = rng.uniform(0, 2 * np.pi, clumps)[member] * shape.drift
    phase = phase + rng.normal(0, shape.jitter, n)
    period = (shape.period * rng.uniform(0.85, 1.15, clumps))[member] * rng.uniform(0.97, 1.03, n)
    amplitude = (shape.amplitude * rng.uniform(0.7, 1.25, clumps))[member]
    amplitude = amplitude * rng.uniform(0.85, 1.1, n)
    hand = rng.choice([-1, 1], clumps)[member][:, None]
    a = amplitude[:, None] * smoothstep(0, shape.ramp, s)
    angle = 2 * np.pi * s / period[:, None] + phase[:, None]
    swing = across * (a * np.sin(angle))[..., None]
    roll = up * (hand * shape.helix * a * np.cos(angle))[..., None]
    return (strands + swing + roll).astype(np.float32)


def push_out(strands: Floats, collider: Grid, margin: float = 0.012) -> Floats:
    """Strands whose points, but for the roots, lie at least ``margin`` outside the surface."""
    flat = strands.reshape(-1, 3)
    distance, normal = collider(flat)
    moved = flat + np.clip(margin - distance, 0, 0.3)[:, None] * normal
    result: Floats = moved.reshape(strands.shape).astype(np.float32)
    result[:, 0] = strands[:, 0]
    return result


def braid(
    rng: np.random.Generator,
    centres: Floats,
    per_braid: int,
    radius: float,
    period: float,
    points: int,
) -> Floats:
    """Three-strand braids along given curves.

    The three locks follow the flat figure-eight of a plait: x = sin(a), y = sin(2a) / 2, a third
    of a turn apart.

    Args:
        rng: places the hairs in the locks.
        centres: ``(m, k, 3)`` centre lines.
        per_braid: hairs per braid.
        radius: half the width of the braid.
        period: length of one full crossing.
        points: points per hair.

    Returns:
        ``(m * per_braid, points, 3)``.
    """
    curves = resample(centres, points)
    across, up = frames(curves)
    which = np.repeat(np.arange(len(curves)), per_braid)
    n = len(which)
    lock = rng.integers(0, 3, n) * (2 * np.pi / 3)
    spread = rng.normal(0, 1, (n, 2, 1)) * radius * 0.20
    s = arc_length(curves)[which]
    turn = 2 * np.pi * s / period + lock[:, None]
    t = np.linspace(0, 1, points)[None]
    end = rng.uniform(0.9, 1.0, n)[:, None]
    taper = (1 - 0.45 * t**2) * radius
    x = 0.62 * np.sin(turn) * taper + spread[:, 0] * (1 - 0.4 * t)
    y = 0.40 * np.sin(2 * turn) * taper + spread[:, 1] * (1 - 0.4 * t)
    hairs = curves[which] + across[which] * x[..., None] + up[which] * y[..., None]
    return resample(hairs.astype(np.float32), points, end[:, 0] * s[:, -1] * 1.2)


def squeeze(strands: Floats, centre: Floats, radii: Floats, brim: Floats) -> Floats:
    """Strands pressed under a hat: an ellipsoid that ends at the heights ``brim`` ``(n, k)``."""
    q = (strands - vec(centre.tolist())) / radii
    size = np.linalg.norm(q, axis=-1)
    inside = np.where(size > 0.97, 0.97 / np.maximum(size, 1e-6), 1.0)
    amount = smoothstep(-0.18, 0.0, strands[..., 2] - brim)
    scale = 1 + (inside - 1) * amount
    return (centre + q * scale[..., None] * radii).astype(np.float32)
