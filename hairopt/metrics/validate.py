"""What the metrics accept: the exact dtype, shape and range, nothing that merely resembles it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError
from hairopt.raster import Pixels, Raster


def require_image(array: object, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a picture: uint8 (H, W, 3), optionally of the ``shape`` (H, W).

    Of a raster, which is hairopt's own, the shape alone is looked at, here as below.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    picture = _pixels(array, argument, ("uint8",), "(H, W, 3)")
    _require_picture(picture, argument, shape)


def require_mask(array: object, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a soft mask: float32 (H, W) in [0, 1], optionally of the ``shape``.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    plane = _pixels(array, argument, ("float32",), "(H, W)")
    _require_plane(plane, argument, shape)
    if not isinstance(plane, Raster):
        _require_range(plane, argument, 0.0, 1.0)


def require_set(array: object, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a set of pixels: bool (H, W), optionally of the ``shape``.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    _require_plane(_array(array, argument, ("bool",), "(H, W)"), argument, shape)


def require_srgb(array: object, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but sRGB colours: uint8, or float64 in [0, 255], (H, W, 3).

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    picture = _pixels(array, argument, ("uint8", "float64"), "(H, W, 3)")
    _require_picture(picture, argument, shape)
    if not isinstance(picture, Raster) and picture.dtype == np.float64:
        _require_range(picture, argument, 0.0, 255.0)


def require_lab(array: object, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but CIELAB planes: float32 or float64 (3, N) in [-1000, 1000].

    No colour of any RGB space comes near these bounds; within them no power overflows float32.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    planes = _array(array, argument, ("float32", "float64"), "(3, N)")
    if planes.ndim != 2 or planes.shape[0] != 3:
        raise UsageError(f"{argument} must have shape (3, N), not {planes.shape}")
    if shape is not None and planes.shape != shape:
        raise UsageError(f"{argument} must have shape {shape}, not {planes.shape}")
    if planes.size:
        _require_range(planes, argument, -1000.0, 1000.0)


def require_intensity(value: float, argument: str) -> None:
    """Refuse an intensity that is not in [0, 100].

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    if not 0.0 <= value <= 100.0:
        raise UsageError(f"{argument} must be a number from 0 to 100, not {value!r}")


def _pixels(array: object, argument: str, dtypes: tuple[str, ...], expected_shape: str) -> Pixels:
    return array if isinstance(array, Raster) else _array(array, argument, dtypes, expected_shape)


def _array(
    array: object, argument: str, dtypes: tuple[str, ...], expected_shape: str
) -> NDArray[Any]:
    allowed = " or ".join(dtypes)
    if not isinstance(array, np.ndarray):
        kind = type(array).__name__
        raise UsageError(f"{argument} must be a {allowed} array {expected_shape}, not {kind}")
    if array.dtype.name not in dtypes:
        raise UsageError(f"{argument} must have dtype {allowed}, not {array.dtype.name}")
    return array


def _require_picture(array: Pixels, argument: str, shape: tuple[int, ...] | None) -> None:
    if len(array.shape) != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise UsageError(f"{argument} must have shape (H, W, 3), not {array.shape}")
    _require_shape(array, argument, shape)


def _require_plane(array: Pixels, argument: str, shape: tuple[int, ...] | None) -> None:
    if len(array.shape) != 2 or 0 in array.shape:
        raise UsageError(f"{argument} must have shape (H, W), not {array.shape}")
    _require_shape(array, argument, shape)


def _require_shape(array: Pixels, argument: str, shape: tuple[int, ...] | None) -> None:
    if shape is not None and array.shape[:2] != shape[:2]:
        raise UsageError(
            f"{argument} must be {shape[0]} rows by {shape[1]} columns as the truth is, "
            f"not {array.shape[0]} by {array.shape[1]}"
        )


def _require_range(array: NDArray[Any], argument: str, lowest: float, highest: float) -> None:
    low, high = float(array.min()), float(array.max())
    if np.isnan(low):
        raise UsageError(f"{argument} must lie in [{lowest:g}, {highest:g}]; it holds NaN")
    if low < lowest or high > highest:
        raise UsageError(
            f"{argument} must lie in [{lowest:g}, {highest:g}], not in [{low:g}, {high:g}]"
        )
