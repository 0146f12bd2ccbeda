"""Random changes of light, lens, sensor and compression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8


def through_camera(image: ImageU8, rng: np.random.Generator) -> NDArray[np.float32]:
    """Change a photo as if another camera had taken it.

    Args:
        image: uint8 (H, W, 3) RGB.
        rng: decides everything.

    Returns:
        float32 (H, W, 3) RGB in [0, 1].
    """
    import cv2

    pixels = image.astype(np.float32) / np.float32(255)
    if rng.random() < 0.8:
        pixels = _lit(pixels, rng)
    if rng.random() < 0.1:
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.2:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.6)))
    if rng.random() < 0.3:
        noise = rng.standard_normal(pixels.shape, np.float32)
        pixels = pixels + noise * np.float32(rng.uniform(0.005, 0.05))
    pixels = np.clip(pixels, 0, 1)
    return _compressed(pixels, rng) if rng.random() < 0.2 else pixels


def _lit(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Gamma, colour of the light, contrast and brightness."""
    gamma = np.float32(np.exp(rng.uniform(-0.45, 0.45)))
    gains = np.array([1 + rng.normal(0, 0.08), 1, 1 + rng.normal(0, 0.1)], np.float32)
    contrast, offset = np.float32(rng.uniform(0.7, 1.3)), np.float32(rng.uniform(-0.12, 0.12))
    lit: NDArray[np.float32] = (pixels**gamma * gains - 0.5) * contrast + 0.5 + offset
    return lit.astype(np.float32)


def _compressed(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    import cv2

    stored = np.rint(pixels[..., ::-1] * 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
    decoded = cv2.imdecode(cv2.imencode(".jpg", stored, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(np.divide(np.asarray(decoded)[..., ::-1], 255, dtype=np.float32))
