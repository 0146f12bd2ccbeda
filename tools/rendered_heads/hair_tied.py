"""Gathered hair: bun, ponytail, plaits and box braids."""

from __future__ import annotations

import numpy as np

from tools.rendered_heads.fields import Floats, smoothstep, unit, vec
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.spec import HairSpec
from tools.rendered_heads.strands import (
    Pull,
    Wave,
    arc_length,
    braid,
    clump,
    grow,
    push_out,
    resample,
    wave,
)

TIES: dict[str, tuple[float, float, float]] = {
    "high": (0, 0.55, 1.22),
    "middle": (0, 1.02, 0.72),
    "low": (0, 1.02, -0.15),
}
"""Where hair is tied, by name."""


def gather(rng: np.random.Generator, head: Head, spec: HairSpec, ties: Floats) -> Floats:
    """Hair combed flat from the scalp to the tie ``(m, 3)`` on its own side."""
    roots = head.roots(rng, spec.strands, spec.recede)
    if len(ties) == 1:
        tie = np.repeat(ties, len(roots), 0)
    else:
        jitter = 0.02 * rng.normal(0, 1, len(roots))
        tie = ties[(roots[:, 0] + jitter > 0).astype(int)]
    away = np.linalg.norm(roots - tie, axis=1)

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        del t
        return unit(tie + 0.10 * unit(root - tie) - p)

    lift = 0.018 + 0.07 * rng.uniform(0, 1, len(roots)) * smoothstep(0.1, 1.2, away)
    start = head.bare(roots)[1] * 0.35 + unit(tie - roots)
    pull = Pull(0.55, 0.0, 0.6, noise=0.05, cling=0.10)
    length = (away * 1.25 + 0.12).astype(np.float32)
    strands = grow(rng, roots, start, length, 26, lift, head.bare, comb, pull)
    nearest = np.linalg.norm(strands - tie[:, None], axis=2).argmin(1)
    until = np.take_along_axis(arc_length(strands), nearest[:, None], 1)[:, 0]
    strands, _ = clump(rng, resample(strands, 26, until), 600, 0.45, tight=0.5)
    return push_out(strands, head.bare)


def bun(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Hair tied and coiled into a ball."""
    tie = vec(TIES[spec.tie])
    count, points = spec.strands // 3, 30
    outward = unit(tie - vec((0, 0.15, 0.3)))
    centre = tie + 0.17 * outward
    spin = unit(outward + rng.normal(0, 0.28, (count, 3)).astype(np.float32))
    first = unit(np.cross(spin, rng.normal(0, 1, (count, 3))).astype(np.float32))
    second = np.cross(spin, first)
    height = rng.uniform(-0.85, 0.85, count)
    radius = 0.33 * spec.volume * np.sqrt(1 - height**2) * rng.uniform(0.86, 1.02, count)
    angle = np.linspace(0, 1, points)[None] * rng.uniform(2.0, 4.5, count)[:, None]
    ring = first[:, None] * np.cos(angle)[..., None] + second[:, None] * np.sin(angle)[..., None]
    rise = spin * (height * 0.27 * spec.volume)[:, None]
    coil = (centre + rise[:, None] + radius[:, None, None] * ring).astype(np.float32)
    coil, _ = clump(rng, coil, 180, 0.3, tight=0.6, start=0.0)
    return [gather(rng, head, spec, tie[None]), push_out(coil, head.bare)]


def ponytail(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Hair tied once, its tail hanging."""
    tie = vec(TIES[spec.tie])
    tail = _tail(rng, head, tie, spec.strands // 3, spec.length, 0.055)
    tail, member = clump(rng, tail, 160, 0.5, tight=0.5)
    tail = wave(rng, tail, member, Wave(0.04, 0.9, 1.0, 0.6, 0.25, 0.5))
    return [gather(rng, head, spec, tie[None]), push_out(tail, head.bare)]


def _tail(
    rng: np.random.Generator, head: Head, tie: Floats, count: int, length: float, spread: float
) -> Floats:
    """Strands that leave a tie backwards and fall."""
    roots = (tie + rng.normal(0, spread, (count, 3))).astype(np.float32)
    outward = unit(tie - vec((0, 0.15, 0.3)))

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        del root
        return np.broadcast_to(outward * max(0.0, 1 - 6 * t), p.shape)

    start = unit(outward + vec((0, 0, 0.15)) + rng.normal(0, 0.22, (count, 3)))
    lengths = (length * rng.uniform(0.82, 1.1, count)).astype(np.float32)
    lift = (0.04 + 0.16 * rng.uniform(0, 1, count)).astype(np.float32)
    pull = Pull(0.85, 0.22, 0.3, noise=0.05)
    start = start.astype(np.float32)
    return resample(grow(rng, roots, start, lengths, 30, lift, head.bare, comb, pull), 28)


def braids(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """One plait at the back, or two at the sides where ``tie`` is ``pair``."""
    pair = spec.tie == "pair"
    places = [(-0.62, 0.62, -0.45), (0.62, 0.62, -0.45)] if pair else [TIES[spec.tie]]
    ties = np.array(places, np.float32)
    centres = []
    for tie in ties:
        curve = _tail(rng, head, tie, 8, spec.length, 0.01).mean(0, keepdims=True)
        if pair:  # brought forward over the shoulder
            t = smoothstep(0.05, 0.6, np.linspace(0, 1, curve.shape[1]))[None, :, None]
            curve = curve + t * vec((0.12 * np.sign(tie[0]), -0.95, 0))
        centres.append(push_out(curve.astype(np.float32), head.bare, 0.14))
    plait = braid(rng, np.concatenate(centres), spec.strands // (3 * len(ties)), 0.17, 0.66, 60)
    return [gather(rng, head, spec, ties), plait]


def box_braids(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Many thin plaits from all over the scalp."""
    roots = head.roots(rng, 4000)
    chosen = roots[:1]
    for candidate in roots[1:]:  # spaced like the squares of a grid
        if np.linalg.norm(chosen - candidate, axis=1).min() > 0.155:
            chosen = np.concatenate([chosen, candidate[None]])
    n = len(chosen)

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        del t
        side = np.tanh((root[:, 0] - spec.part) / 0.10)
        back = np.full(len(p), 0.35)
        return unit(np.stack([side * 0.8, back, np.full(len(p), -0.3)], 1).astype(np.float32))

    start = head.shielded(chosen)[1] * 0.5 + comb(chosen, chosen, 0.0)
    lift = (0.05 + 0.10 * rng.uniform(0, 1, n)).astype(np.float32)
    length = (spec.length * rng.uniform(0.9, 1.1, n)).astype(np.float32)
    pull = Pull(0.80, 0.30, 0.34, 0.45, 0.05, cling=0.35)
    curves = grow(rng, chosen, start, length, 60, lift, head.shielded, comb, pull)
    x, y, z = np.moveaxis(curves, -1, 0)
    crossing = (np.abs(x) < 0.46) & (y < -0.45) & (z < 0.52) & (z > -1.3)
    curves = curves[~crossing.any(1)]
    plaits = braid(rng, curves, max(60, spec.strands // n // 2), 0.036, 0.13, 150)
    stubble = head.roots(rng, spec.strands // 4)
    short = stubble[:, None] + head.bare(stubble)[1][:, None] * np.linspace(0, 0.02, 3)[:, None]
    return [push_out(plaits, head.shielded), short.astype(np.float32)]
