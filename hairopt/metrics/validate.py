"""What the metrics accept: the exact dtype, shape and range, and nothing that merely resembles it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hairopt.errors import UsageError


def require_image(array: Any, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a picture: uint8 (H, W, 3), optionally of the ``shape`` (H, W).

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    _require_array(array, argument, "uint8", "(H, W, 3)")
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise UsageError(f"{argument} must have shape (H, W, 3), not {array.shape}")
    _require_shape(array, argument, shape)


def require_mask(array: Any, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a soft mask: float32 (H, W) in [0, 1], optionally of the ``shape``.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    _require_array(array, argument, "float32", "(H, W)")
    _require_plane(array, argument, shape)
    _require_range(array, argument, 0.0, 1.0)


def require_set(array: Any, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but a set of pixels: bool (H, W), optionally of the ``shape``.

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    _require_array(array, argument, "bool", "(H, W)")
    _require_plane(array, argument, shape)


def require_srgb(array: Any, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but sRGB colours: uint8, or float64 in [0, 255], (H, W, 3).

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    if not isinstance(array, np.ndarray) or array.dtype == np.uint8:
        require_image(array, argument, shape)
        return
    _require_array(array, argument, "float64", "(H, W, 3)")
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise UsageError(f"{argument} must have shape (H, W, 3), not {array.shape}")
    _require_shape(array, argument, shape)
    _require_range(array, argument, 0.0, 255.0)


def require_lab(array: Any, argument: str, shape: tuple[int, ...] | None = None) -> None:
    """Refuse anything but finite CIELAB planes: float32 or float64 (3, N).

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
        _require_array(array, argument, "float32 or float64", "(3, N)")
    if array.ndim != 2 or array.shape[0] != 3:
        raise UsageError(f"{argument} must have shape (3, N), not {array.shape}")
    if shape is not None and array.shape != shape:
        raise UsageError(f"{argument} must have shape {shape}, not {array.shape}")
    if not np.isfinite(array.sum()):
        raise UsageError(f"{argument} must be finite; it holds NaN or infinity")


def require_intensity(value: float, argument: str) -> None:
    """Refuse an intensity that is not in [0, 100].

    Raises:
        UsageError: naming the argument, what was expected and what came.
    """
    if not 0.0 <= value <= 100.0:
        raise UsageError(f"{argument} must be a number from 0 to 100, not {value!r}")


def _require_array(array: Any, argument: str, dtype: str, shape: str) -> None:
    if not isinstance(array, np.ndarray):
        raise UsageError(f"{argument} must be a {dtype} array {shape}, not {type(array).__name__}")
    if array.dtype.name != dtype:
        raise UsageError(f"{argument} must have dtype {dtype}, not {array.dtype.name}")


def _require_plane(array: Any, argument: str, shape: tuple[int, ...] | None) -> None:
    if array.ndim != 2 or array.size == 0:
        raise UsageError(f"{argument} must have shape (H, W), not {array.shape}")
    _require_shape(array, argument, shape)


def _require_shape(array: Any, argument: str, shape: tuple[int, ...] | None) -> None:
    if shape is not None and array.shape[:2] != shape[:2]:
        raise UsageError(
            f"{argument} must be {shape[0]} rows by {shape[1]} columns as the truth is, "
            f"not {array.shape[0]} by {array.shape[1]}"
        )


def _require_range(array: Any, argument: str, lowest: float, highest: float) -> None:
    low, high = float(array.min()), float(array.max())
    if np.isnan(low):
        raise UsageError(f"{argument} must lie in [{lowest:g}, {highest:g}]; it holds NaN")
    if low < lowest or high > highest:
        raise UsageError(
            f"{argument} must lie in [{lowest:g}, {highest:g}], not in [{low:g}, {high:g}]"
        )
