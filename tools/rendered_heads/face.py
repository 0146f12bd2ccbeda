"""The head and the clothed shoulders as signed distance fields, different for every face seed."""

from __future__ import annotations

import numpy as np

from tools.rendered_heads.fields import (
    Floats,
    capsule,
    carve,
    ellipsoid,
    mirrored,
    smoothstep,
    sphere,
    union,
    vec,
)

EYE = (0.312, -0.655, 0.0)
EYE_RADIUS = 0.125
SKULL_CENTRE = (0.0, 0.13, 0.30)


class Face:
    """Proportions drawn from a seed; ``soft`` 0 is angular and broad-necked, 1 soft and narrow."""

    def __init__(self, seed: int, soft: float) -> None:
        rng = np.random.default_rng(seed)

        def vary(spread: float) -> float:
            return float(rng.uniform(-spread, spread))

        self.jaw = 0.49 - 0.06 * soft + vary(0.025)
        self.chin_z = -0.95 + vary(0.03)
        self.chin_width = 0.14 - 0.04 * soft
        self.nose_z = -0.36 + vary(0.025)
        self.nose_width = 0.098 + vary(0.018)
        self.nose_y = -0.985 + vary(0.03)
        self.lip = 0.95 + 0.15 * soft + vary(0.15)
        self.mouth_width = 0.265 + vary(0.02)
        self.mouth_z = -0.635 + vary(0.015)
        self.brow = 0.10 - 0.035 * soft
        self.lid = 0.040 + vary(0.006)
        self.neck = 0.55 - 0.09 * soft
        self.cheek = vary(0.02)
        self.smile = 0.02 + vary(0.018)

    def lips(self, p: Floats) -> tuple[Floats, Floats]:
        """Distances to the upper and the lower lip."""
        x = np.abs(p[..., 0])
        z = p[..., 2] - self.smile * (x / self.mouth_width) ** 2
        q = np.stack([x, p[..., 1], z], -1)
        corner = (self.mouth_width, -0.760, self.mouth_z + 0.003)
        bow = (0.03, -0.872, self.mouth_z + 0.032)
        upper = capsule(q, bow, corner, 0.030 * self.lip, 0.008)
        low = (0.0, -0.862, self.mouth_z - 0.040)
        return upper, capsule(q, low, corner, 0.042 * self.lip, 0.008)

    def skull(self, p: Floats) -> Floats:
        """The head without eyes, nose, mouth and ears: what hair grows on and slides over."""
        q = mirrored(p)
        d = ellipsoid(q, (0, 0.13, 0.38), (0.755, 0.97, 0.82))
        d = union(d, ellipsoid(q, (0, -0.20, -0.30), (0.585, 0.61, 0.84)), 0.16)
        d = union(d, ellipsoid(q, (0, -0.33, 0.33), (0.60, 0.50, 0.52)), 0.12)
        d = union(d, ellipsoid(q, (0, 0.02, -0.20), (0.69, 0.66, 0.60)), 0.15)
        chin = (self.chin_width, -0.66, self.chin_z)
        d = union(d, capsule(q, (self.jaw, 0.0, -0.50), chin, 0.17, 0.14), 0.17)
        d = union(d, sphere(q, (0, -0.69, self.chin_z), 0.16), 0.12)
        cheekbone = (0.24 + self.cheek, 0.24, 0.19)
        d = union(d, ellipsoid(q, (0.37, -0.50, -0.22), cheekbone), 0.22)
        d = union(d, ellipsoid(q, (0.27, -0.58, -0.52), (0.22, 0.22, 0.25)), 0.15)
        d = union(
            d,
            capsule(q, (0, 0.22, -0.55), (0, 0.30, -2.2), self.neck * 0.93, self.neck * 0.85),
            0.14,
        )
        return union(d, capsule(q, (0.36, 0.05, -0.85), (0.06, -0.10, -1.95), 0.09, 0.09), 0.22)

    def surface(self, p: Floats) -> Floats:
        """The whole head."""
        d = self._mouth(p, self._brow(p, self.skull(p)))
        d = self._nose(p, d)
        d = self._eyes(p, d)
        return self._ears(p, d)

    def _brow(self, p: Floats, d: Floats) -> Floats:
        q = mirrored(p)
        ridge = capsule(
            q, (0.10, -0.75, 0.16), (0.43, -0.65, 0.18), self.brow * 0.9, self.brow * 0.8
        )
        socket = ellipsoid(q, (0.30, -0.93, 0.0), (0.20, 0.19, 0.125))
        return carve(union(d, ridge, 0.10), socket, 0.13)

    def _mouth(self, p: Floats, d: Floats) -> Floats:
        q = mirrored(p)
        d = union(d, ellipsoid(q, (0, -0.585, self.mouth_z), (0.33, 0.225, 0.23)), 0.18)
        upper, lower = self.lips(p)
        d = union(union(d, upper, 0.03), lower, 0.035)
        q[..., 2] -= self.smile * (q[..., 0] / self.mouth_width) ** 2
        end = (self.mouth_width - 0.01, -0.790, self.mouth_z)
        d = carve(d, capsule(q, (0, -0.915, self.mouth_z - 0.002), end, 0.011, 0.005), 0.018)
        philtrum = capsule(
            q, (0, -0.905, self.mouth_z + 0.09), (0, -0.90, self.mouth_z + 0.17), 0.016, 0.016
        )
        return carve(d, philtrum, 0.03)

    def _nose(self, p: Floats, d: Floats) -> Floats:
        q, y, z = mirrored(p), self.nose_y, self.nose_z
        d = union(d, capsule(q, (0, -0.755, 0.10), (0, y + 0.06, z + 0.06), 0.055, 0.072), 0.10)
        d = union(d, ellipsoid(q, (0, y + 0.045, z), (0.085, 0.09, 0.078)), 0.06)
        wing = ellipsoid(q, (self.nose_width, -0.862, z - 0.028), (0.052, 0.085, 0.058))
        d = union(d, wing, 0.05)
        nostril = ellipsoid(q, (self.nose_width * 0.56, -0.925, z - 0.095), (0.030, 0.05, 0.03))
        return carve(d, nostril, 0.03)

    def _eyes(self, p: Floats, d: Floats) -> Floats:
        q, (x, y, z) = mirrored(p), EYE
        d = union(d, sphere(q, EYE, EYE_RADIUS + 0.028), 0.05)
        fold = capsule(q, (x - 0.13, -0.71, 0.095), (x + 0.15, -0.655, 0.088), 0.030, 0.028)
        d = union(d, fold, 0.06)
        t = (q[..., 0] - x) / 0.150
        arch = np.clip(1 - t * t, 0, 1)
        top, bottom, tilt = self.lid * 1.15 * arch**0.7, -self.lid * 0.95 * arch**0.8, 0.02 * t
        slit = np.maximum(q[..., 2] - tilt - top, bottom + tilt - q[..., 2])
        slit = np.maximum(np.maximum(slit, np.abs(t) * 0.15 - 0.15), q[..., 1] - (y - 0.02))
        d = carve(d, slit.astype(np.float32), 0.012)
        return np.maximum(d, -sphere(q, (x, y, z), EYE_RADIUS + 0.002))

    def _ears(self, p: Floats, d: Floats) -> Floats:
        e = _ear_frame(p)
        ear = ellipsoid(e, (0.03, 0.06, 0.03), (0.045, 0.165, 0.27))
        ear = union(ear, ellipsoid(e, (0.015, -0.02, -0.205), (0.042, 0.07, 0.085)), 0.05)
        ear = carve(ear, ellipsoid(e, (0.078, 0.045, 0.055), (0.05, 0.115, 0.205)), 0.025)
        helix = ellipsoid(e, (0.045, 0.085, 0.05), (0.018, 0.065, 0.13))
        ear = union(ear, helix, 0.03)
        ear = carve(ear, ellipsoid(e, (0.075, 0.02, -0.02), (0.055, 0.045, 0.075)), 0.025)
        ear = union(ear, ellipsoid(e, (0.035, -0.055, -0.03), (0.028, 0.03, 0.055)), 0.03)
        return union(d, ear, 0.05)


def _ear_frame(p: Floats) -> Floats:
    """Points in the frame of the ear: it stands off by 28 degrees and leans back by 10."""
    e = mirrored(p) - vec((0.755, 0.10, -0.12))
    stand, lean = np.deg2rad(28), np.deg2rad(-10)
    x = e[..., 0] * np.cos(stand) - e[..., 1] * np.sin(stand)
    y = e[..., 0] * np.sin(stand) + e[..., 1] * np.cos(stand)
    z = y * np.sin(lean) + e[..., 2] * np.cos(lean)
    return np.stack([x, y * np.cos(lean) - e[..., 2] * np.sin(lean), z], -1).astype(np.float32)


def ear_bump(p: Floats) -> Floats:
    """A smooth stand-in for the ear that hair slides over."""
    return ellipsoid(mirrored(p), (0.80, 0.14, -0.12), (0.10, 0.17, 0.26))


def face_bump(p: Floats) -> Floats:
    """A shell before the face that keeps loose hair out of it."""
    return ellipsoid(p, (0, -0.62, -0.42), (0.54, 0.62, 0.96))


def torso(p: Floats) -> Floats:
    """Clothed shoulders with an opening for the neck."""
    r = np.asarray(p, np.float32) - vec((0, 0, 0.36))
    q = mirrored(r)
    d = ellipsoid(q, (0, 0.36, -2.95), (1.25, 0.62, 1.2))
    d = union(d, capsule(q, (0.20, 0.40, -1.55), (1.28, 0.42, -2.08), 0.30, 0.33), 0.30)
    d = union(d, capsule(q, (1.36, 0.42, -2.15), (1.62, 0.5, -3.6), 0.33, 0.30), 0.15)
    d = union(d, ellipsoid(q, (0.5, -0.05, -2.9), (0.55, 0.40, 0.7)), 0.25)
    return carve(d, capsule(r, (0, 0.27, -1.15), (0, -0.12, -1.84), 0.46, 0.46), 0.05)


_AZIMUTH = np.array([0, 18, 32, 48, 62, 74, 82, 92, 104, 116, 135, 180.0])
_HAIRLINE = np.array([0.70, 0.72, 0.70, 0.56, 0.40, 0.22, 0.0, 0.26, 0.22, -0.18, -0.50, -0.58])


def hairline(p: Floats) -> Floats:
    """Height of the hairline, by azimuth round the skull (0 is the face, 180 the nape)."""
    azimuth = np.abs(np.degrees(np.arctan2(p[..., 0], 0.13 - p[..., 1])))
    return np.asarray(np.interp(azimuth, _AZIMUTH, _HAIRLINE), np.float32)


def complexion(face: Face, p: Floats) -> dict[str, Floats]:
    """Where lips, blush and shadowed lids lie on the skin, each 0..1 per vertex."""
    q = mirrored(p)

    def spot(centre: tuple[float, ...], radii: tuple[float, ...]) -> Floats:
        squared = (((q - vec(centre)) / vec(radii)) ** 2).sum(-1)
        return np.asarray(np.exp(-squared), np.float32)

    upper, lower = face.lips(p)
    front = p[..., 1] < -0.6
    blush = spot((0.38, -0.65, -0.28), (0.2, 0.25, 0.17))
    blush += 0.9 * spot((0, -1.0, -0.38), (0.14, 0.12, 0.12))
    blush += 0.5 * spot((0.85, 0.1, -0.1), (0.15, 0.3, 0.35))
    lids = 0.8 * spot((0.31, -0.73, -0.11), (0.16, 0.1, 0.05))
    lids += 0.9 * spot((0.30, -0.72, 0.06), (0.17, 0.12, 0.05))
    scalp = smoothstep(-0.04, 0.05, p[..., 2] - hairline(p)) * (p[..., 2] > -0.6)
    lip = np.clip(1 - np.minimum(upper, lower) / 0.02, 0, 1) * front
    return {
        "lip": lip.astype(np.float32),
        "blush": np.clip(blush, 0, 1),
        "shade": np.clip(lids, 0, 1),
        "scalp": scalp.astype(np.float32),
    }
