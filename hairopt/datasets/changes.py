"""Controlled changes: derive a case from another case, in memory, equal on every machine.

All changes use integer arithmetic or tables of 256 entries, so that the pixels do not depend on
the thread count, the vector unit or the library build. JPEG compression is the exception: it
depends on the version of libjpeg in Pillow.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hairopt.images.header import refuse
from hairopt.images.limits import too_many_pixels
from hairopt.quantities import Share
from hairopt.types import ImageU8, MaskU8

MAX_FACTOR = 8.0
"""Largest factor by which a picture may be enlarged."""

_STRIP_PX = 64
"""Rows that are worked on together: some steps take 40 bytes for each value."""


class _Change(BaseModel):
    """Base of all changes.

    With ``quality`` the changed photo is stored as a JPEG of that quality, otherwise as PNG.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: int | None = Field(default=None, ge=1, le=100)


class Exposed(_Change):
    """Linear light times 2 to the power of ``stops`` (negative: darker), clipped."""

    change: Literal["darker", "brighter"]
    stops: float = Field(default=1.5, gt=0.0, le=6.0)


class Warmer(_Change):
    """Incandescent light: linear red times 1 + strength, linear blue times 1 - strength."""

    change: Literal["warmer"]
    strength: Share = Field(default=0.3, gt=0.0, lt=1.0)


class Noisy(_Change):
    """Independent, nearly Gaussian noise on every channel; sigma in levels of 0..255."""

    change: Literal["noisy"]
    sigma: float = Field(default=12.0, gt=0.0, le=100.0)
    seed: int = Field(default=0, ge=0)


class Blurred(_Change):
    """Out of focus: Gaussian blur of standard deviation sigma_px; the truth mask is not blurred."""

    change: Literal["blurred"]
    sigma_px: float = Field(default=1.5, gt=0.0, le=50.0)


class Jpeg(_Change):
    """Compressed as a JPEG of the given quality."""

    change: Literal["jpeg"]
    quality: int = Field(default=30, ge=1, le=100)


class Resized(_Change):
    """Both sides times factor; photo by Lanczos, mask by area or bilinear (no ringing)."""

    change: Literal["small", "large"]
    factor: float = Field(gt=0.0, le=MAX_FACTOR)


class Cropped(_Change):
    """Cropped to a rectangle, given as fractions of the sides, each 0..1."""

    change: Literal["cropped"]
    left: Share = Field(default=0.0, ge=0.0, lt=1.0)
    top: Share = Field(default=0.0, ge=0.0, lt=1.0)
    right: Share = Field(default=1.0, gt=0.0, le=1.0)
    bottom: Share = Field(default=1.0, gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _holds_pixels(self) -> Cropped:
        if self.right - self.left < 0.05 or self.bottom - self.top < 0.05:
            raise ValueError("the rectangle must span at least 0.05 of both sides")
        return self


class Mirrored(_Change):
    """Mirrored: left and right exchanged."""

    change: Literal["mirrored"]


Change: TypeAlias = Annotated[
    Exposed | Warmer | Noisy | Blurred | Jpeg | Resized | Cropped | Mirrored,
    Field(discriminator="change"),
]
"""Any of the changes; the key ``change`` says which."""


def require_size(name: str, size_px: tuple[int, int], change: Change) -> None:
    """Refuse a change whose result would be larger than any picture that is read.

    Args:
        name: name of the new case.
        size_px: height and width before the change.
        change: the change.

    Raises:
        DataError: it would have too many pixels.
    """
    if isinstance(change, Resized):
        height, width = _size_after(size_px, change.factor)
        if (reason := too_many_pixels(height, width)) is not None:
            refuse(name, f"resized by {change.factor:g}, {reason}")


def change_image(image: ImageU8, change: Change) -> ImageU8:
    """Apply a change to a photo.

    Args:
        image: uint8 (H, W, 3) RGB.
        change: the change; JPEG compression (``Jpeg``, ``quality``) is done by ``encode``.

    Returns:
        uint8 (H', W', 3) RGB; only ``Resized`` and ``Cropped`` change the size.
    """
    if isinstance(change, Exposed):
        gain = 2.0 ** (change.stops if change.change == "brighter" else -change.stops)
        return _gained(image, (gain, gain, gain))
    if isinstance(change, Warmer):
        return _gained(image, (1.0 + change.strength, 1.0, 1.0 - change.strength))
    if isinstance(change, Noisy):
        return _noisy(image, change)
    if isinstance(change, Blurred):
        blur = ImageFilter.GaussianBlur(change.sigma_px)
        return _by_plane(image, lambda plane: plane.filter(blur))
    if isinstance(change, Resized):
        return _resized(image, change.factor, Image.Resampling.LANCZOS)
    return _moved(image, change)


def change_mask(levels: MaskU8, change: Change) -> MaskU8:
    """Apply a change to the truth mask; changes of colour have no effect on it.

    Args:
        levels: uint8 (H, W), coverage in steps of 1/255.
        change: the change of the photo.

    Returns:
        uint8 (H', W').
    """
    if isinstance(change, Resized):
        # Coverage is an area: average when it shrinks, otherwise interpolate without overshoot.
        kind = Image.Resampling.BOX if change.factor < 1 else Image.Resampling.BILINEAR
        return _resized(levels, change.factor, kind)
    return _moved(levels, change)


def encode(image: ImageU8, change: Change) -> bytes:
    """The changed photo as a request would send it: PNG, or JPEG where a quality is given.

    Args:
        image: uint8 (H, W, 3) RGB.
        change: its ``quality`` sets the format.
    """
    buffer = io.BytesIO()
    if change.quality is None:
        Image.fromarray(image).save(buffer, "PNG")
    else:
        Image.fromarray(image).save(buffer, "JPEG", quality=change.quality)
    return buffer.getvalue()


def _gained(image: ImageU8, gains: tuple[float, float, float]) -> ImageU8:
    """Each channel multiplied in linear light (IEC 61966-2-1) and encoded again."""
    import cv2

    tables = np.stack([_gain_table(gain) for gain in gains], axis=-1)
    return np.asarray(cv2.LUT(image, tables[None]), dtype=np.uint8)


def _gain_table(gain: float) -> NDArray[np.uint8]:
    encoded = np.arange(256) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.minimum(linear * gain, 1.0)
    again = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    # Rounded twice: a tie must not depend on the last bit of a machine's power function.
    return np.rint(np.round(again * 255.0, 6)).astype(np.uint8)


def _noisy(image: ImageU8, change: Noisy) -> ImageU8:
    # NumPy promises the stream of a bit generator, not that of its distributions. The sum of the
    # eight bytes of one draw (mean 1020, variance 8 (256^2 - 1) / 12) is nearly Gaussian.
    stream = np.random.PCG64(change.seed)
    scale = round(change.sigma * 2**20 / (8 * (256**2 - 1) / 12) ** 0.5)
    noisy = np.empty_like(image)
    for top in range(0, len(image), _STRIP_PX):
        rows = image[top : top + _STRIP_PX]
        draws = stream.random_raw(rows.size).astype("<u8", copy=False)
        sums = draws.view(np.uint8).reshape(-1, 8).sum(axis=1, dtype=np.int64) - 1020
        noise = (sums * scale + 2**19) >> 20
        noisy[top : top + _STRIP_PX] = (rows + noise.reshape(rows.shape)).clip(0, 255)
    return noisy


def _resized(pixels: NDArray[np.uint8], factor: float, kind: Image.Resampling) -> ImageU8:
    height, width = _size_after(pixels.shape, factor)
    return _by_plane(pixels, lambda plane: plane.resize((width, height), kind))


def _size_after(shape: tuple[int, ...], factor: float) -> tuple[int, int]:
    """Height and width."""
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def _by_plane(
    pixels: NDArray[np.uint8], filtered: Callable[[Image.Image], Image.Image]
) -> NDArray[np.uint8]:
    """Resize a picture with Pillow, channel by channel, because it stores RGB in 4 bytes."""
    if pixels.ndim == 2:
        return np.asarray(filtered(Image.fromarray(pixels)), dtype=np.uint8)
    first = np.asarray(filtered(Image.fromarray(np.ascontiguousarray(pixels[..., 0]))))
    whole = np.empty((*first.shape, 3), np.uint8)
    whole[..., 0] = first
    for channel in (1, 2):
        plane = Image.fromarray(np.ascontiguousarray(pixels[..., channel]))
        whole[..., channel] = np.asarray(filtered(plane))
    return whole


def _moved(pixels: NDArray[np.uint8], change: Change) -> NDArray[np.uint8]:
    if isinstance(change, Mirrored):
        return np.ascontiguousarray(pixels[:, ::-1])
    if isinstance(change, Cropped):
        height, width = pixels.shape[:2]
        top, bottom = round(change.top * height), round(change.bottom * height)
        left, right = round(change.left * width), round(change.right * width)
        return np.ascontiguousarray(pixels[top:bottom, left:right])
    return pixels
