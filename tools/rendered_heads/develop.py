"""From linear light to 8-bit pictures: one exposure and one tone curve for a scene's pictures."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads.fields import Floats

FLARE = 0.0008
"""Stray light of a lens, linear: keeps deep shadow above zero, as in a photograph."""
KNEE = 0.6
"""Linear value above which the tone curve bends; below it, it is the identity."""
BRIGHTEST = 0.985
"""Linear value the tone curve never passes: 253 of 255, so nothing is cut off."""
HAIR_LIMIT, HAIR_SHARE = 1.0, 0.97
"""Exposed linear value that this share of the hair stays under, in every picture of a scene."""


def tone(light: Floats) -> Floats:
    """Identity up to the knee, then a hyperbolic tangent towards ``BRIGHTEST``; any shape."""
    span = BRIGHTEST - KNEE
    return np.where(light < KNEE, light, KNEE + span * np.tanh((light - KNEE) / span))


def expose(pictures: Iterable[Floats], alpha: Floats, wanted: float) -> float:
    """The exposure of a scene: as wanted, or lower where hair would become too bright.

    Args:
        pictures: linear ``(H, W, 3)``, photo and dyed, all counted alike.
        alpha: coverage ``(H, W)``.
        wanted: factor on the light.
    """
    hair = alpha > 0.5
    if not hair.any():
        return wanted
    brightest = max(float(np.quantile(p[hair].max(axis=1), HAIR_SHARE)) for p in pictures)
    return min(wanted, HAIR_LIMIT / max(brightest, 1e-6))


def develop(light: Floats, exposure: float) -> NDArray[np.uint8]:
    """An sRGB picture (IEC 61966-2-1), uint8 ``(H, W, 3)``, of linear light ``(H, W, 3)``."""
    x = tone(np.clip(light[..., :3], 0, None) * exposure + FLARE)
    code = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(np.clip(code, 0, 1) * 255), np.uint8)


def linear(picture: NDArray[np.uint8]) -> Floats:
    """The exposed linear light of a developed picture: the reverse of ``develop``, same shape.

    Near white the tone curve is flat, so that the light of a code is known less exactly there.
    """
    code = picture.astype(np.float32) / 255
    x = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    span = BRIGHTEST - KNEE
    bent = KNEE + span * np.arctanh(np.clip((x - KNEE) / span, 0, 0.98))
    return np.asarray(np.where(x < KNEE, x, bent) - FLARE)
