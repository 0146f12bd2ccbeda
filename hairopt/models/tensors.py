"""From a photo to the input tensor of a network, and from its output tensor to a mask."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import ModelError
from hairopt.models.contract import InputContract, OutputContract
from hairopt.models.squash import squash
from hairopt.quantities import number_of
from hairopt.types import ImageU8, MaskBool, MaskF32

_LOGIT_LIMIT = 80.0
"""Where the logistic function is 0 or 1 in float32; beyond this, exp would overflow."""


def prepare(image: ImageU8, contract: InputContract) -> NDArray[np.generic]:
    """Turn a photo into the input tensor of a network.

    Args:
        image: uint8 (H, W, 3) RGB of any size from 1x1.
        contract: the input of the network.

    Returns:
        A fresh array of the contract's dtype: (1, 3 + extra, h, w) for NCHW, (1, h, w, 3 + extra)
        for NHWC. Channels are ``(pixel / 255 - mean) / std``, quantised where the contract says
        so; extra channels hold the stored value of 0.0.
    """
    small = squash(image, contract.height, contract.width)
    table = _lookup(contract)
    look_up = _planar if contract.layout == "NCHW" else _interleaved
    return look_up(small, table, contract)[None].view(contract.dtype)


def read_mask(output: NDArray[Any], contract: OutputContract) -> MaskF32:
    """Turn the output tensor of a network into the probability of hair.

    Args:
        output: (1, C, h, w) or (1, h, w, C) by the contract's layout; outputs with one channel
            may have no channel axis.
        contract: the output of the network.

    Returns:
        A fresh float32 (h, w) in [0, 1].

    Raises:
        ModelError: another shape than in the contract, or a NaN.
    """
    planes = _planes(np.asarray(output), contract)
    if contract.kind == "class_map":
        is_hair: MaskBool = planes[0] == contract.hair
        return is_hair.astype(np.float32)
    if contract.kind == "logits":
        mask = _probability(planes, contract)
    else:
        mask = _real(planes[contract.hair], contract)
    if not np.isfinite(mask.sum()) and np.isnan(mask).any():
        raise ModelError(f"output {contract.name!r} holds values that are not numbers (NaN)")
    np.clip(mask, 0.0, 1.0, out=mask)
    return mask


@lru_cache(maxsize=16)
def _lookup(contract: InputContract) -> NDArray[Any]:
    """The stored value of each of the 256 pixel values, (4, 256): three channels, and 0.0.

    All arithmetic of the contract is done here, once: a picture then needs only a table lookup.
    float16 values are returned as int16 with the same bits: OpenCV has no lookup for float16.
    """
    levels = np.arange(256, dtype=np.float64) / 255.0
    mean, std = np.array(contract.mean), np.array(contract.std)
    real = np.vstack([(levels - mean[:, None]) / std[:, None], np.zeros(256)])
    if contract.quantization is not None:
        real = np.rint(real / contract.quantization.scale) + contract.quantization.zero_point
    if contract.dtype in ("uint8", "int8"):
        limits = np.iinfo(contract.dtype)
        real = np.clip(real, limits.min, limits.max)
    stored = real.astype(contract.dtype)
    return np.asarray(stored.view(np.int16) if contract.dtype == "float16" else stored)


def _planar(small: ImageU8, table: NDArray[Any], contract: InputContract) -> NDArray[Any]:
    """The picture after the table lookup, (3 + extra, h, w)."""
    import cv2

    tensor = np.empty((3 + contract.extra_channels, *small.shape[:2]), table.dtype)
    planes = cv2.split(small)
    if contract.channel_order == "BGR":
        planes = planes[::-1]
    for channel, plane in enumerate(planes):
        tensor[channel] = cv2.LUT(plane, table[channel][None])
    if contract.extra_channels:
        tensor[3:] = table[3, 0]
    return tensor


def _interleaved(small: ImageU8, table: NDArray[Any], contract: InputContract) -> NDArray[Any]:
    """The picture after the table lookup, (h, w, 3 + extra)."""
    import cv2

    to_bgr = contract.channel_order == "BGR"
    if contract.extra_channels == 1:
        code = cv2.COLOR_RGB2BGRA if to_bgr else cv2.COLOR_RGB2RGBA
        return np.asarray(cv2.LUT(cv2.cvtColor(small, code), table.T[None].copy()))
    if to_bgr:
        small = cast(ImageU8, cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    # Equal channels share a row: OpenCV is twice as fast with one row.
    rows = table[:1] if (table[:3] == table[0]).all() else table[:3].T[None].copy()
    colour = np.asarray(cv2.LUT(small, rows))
    padding = ((0, 0), (0, 0), (0, contract.extra_channels))
    return (
        np.pad(colour, padding, constant_values=table[3, 0]) if contract.extra_channels else colour
    )


def _planes(output: NDArray[Any], contract: OutputContract) -> NDArray[Any]:
    """The output as (C, h, w)."""
    if output.ndim == 3 and contract.channels == 1:
        output = output[:, None] if contract.layout == "NCHW" else output[..., None]
    axis = 1 if contract.layout == "NCHW" else 3
    expected = 1 if contract.kind == "class_map" else contract.channels
    if output.ndim != 4 or output.shape[0] != 1 or output.shape[axis] != expected:
        raise ModelError(
            f"output {contract.name!r} has shape {output.shape}; needed is one picture, "
            f"{contract.layout}, with {number_of(expected, 'channel')}"
        )
    planes: NDArray[Any] = output[0] if contract.layout == "NCHW" else np.moveaxis(output[0], 2, 0)
    return planes


def _real(stored: NDArray[Any], contract: OutputContract) -> MaskF32:
    """Stored values as real numbers, float32."""
    if contract.quantization is None:
        return stored.astype(np.float32)
    real: MaskF32 = stored.astype(np.float32)
    real -= np.float32(contract.quantization.zero_point)
    real *= np.float32(contract.quantization.scale)
    return real


def _probability(planes: NDArray[Any], contract: OutputContract) -> MaskF32:
    """Probability of hair: softmax over two or more channels, the logistic function of one.

    Softmax is evaluated as the logistic function of d, the hair's logit minus the log of the
    summed exponentials of the other logits. For two channels d is their difference.
    """
    hair = _real(planes[contract.hair], contract)
    others = [_real(plane, contract) for i, plane in enumerate(planes) if i != contract.hair]
    if others:
        with np.errstate(invalid="ignore"):  # infinity minus infinity, which read_mask refuses
            rest = others[0] if len(others) == 1 else np.logaddexp.reduce(others)
            np.subtract(hair, rest, out=hair)
    np.clip(hair, -_LOGIT_LIMIT, _LOGIT_LIMIT, out=hair)
    np.exp(np.negative(hair, out=hair), out=hair)
    np.add(hair, 1.0, out=hair)
    np.reciprocal(hair, out=hair)
    return hair
