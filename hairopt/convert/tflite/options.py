"""The options of TFLite operators, built-in (FlatBuffers tables) and custom (C structs) alike."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from hairopt.models.flatbuffer import DamagedError, Table

_ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")
_CUSTOM_POOLS = ("MaxPoolingWithArgmax2D", "MaxUnpooling2D")


@dataclass(frozen=True)
class Options:
    """The options of an operator; fields that it does not have keep their defaults.

    ``stride``, ``kernel`` and ``dilation`` are (height, width).
    """

    padding: Literal["SAME", "VALID"] = "VALID"
    stride: tuple[int, int] = (1, 1)
    kernel: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    activation: str = "NONE"
    axis: int = 0
    alpha: float = 0.0
    beta: float = 1.0
    keep_dims: bool = False
    align_corners: bool = False
    half_pixel_centers: bool = False


def read_options(kind: str, table: Table | None, custom: bytes) -> Options:
    """The options of one operator.

    Args:
        kind: built-in name such as ``CONV_2D``, or the name of a custom operator.
        table: the options table of a built-in operator, None if the file has none.
        custom: the bytes of a custom operator's options.

    Raises:
        DamagedError: values that no operator can have.
    """
    if kind in _CUSTOM_POOLS:
        return _custom_pool(kind, custom)
    if kind == "Convolution2DTransposeBias":
        return _custom_transpose(kind, custom)
    if table is None:
        return Options()
    if kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        return _convolution(kind, table)
    if kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        return Options(
            padding=_padding(table.integer(0, "int8")),
            stride=_pair(table, 2, 1),
            kernel=_pair(table, 4, 3),
            activation=_activation(table.integer(5, "int8")),
        )
    return _pointwise(kind, table)


def _convolution(kind: str, table: Table) -> Options:
    activation_slot, dilation_slot = {
        "CONV_2D": (3, 4),
        "DEPTHWISE_CONV_2D": (4, 5),
        "TRANSPOSE_CONV": (3, None),
    }[kind]
    dilation = (1, 1)
    if dilation_slot is not None:
        dilation = _pair(table, dilation_slot + 1, dilation_slot, default=1)
    return Options(
        padding=_padding(table.integer(0, "int8")),
        stride=_pair(table, 2, 1),
        dilation=dilation,
        activation=_activation(table.integer(activation_slot, "int8")),
    )


def _pointwise(kind: str, table: Table) -> Options:
    if kind in ("ADD", "SUB", "MUL", "DIV"):
        return Options(activation=_activation(table.integer(0, "int8")))
    if kind == "CONCATENATION":
        return Options(
            axis=table.integer(0, "int32"), activation=_activation(table.integer(1, "int8"))
        )
    if kind == "SOFTMAX":
        return Options(beta=table.number(0))
    if kind == "LEAKY_RELU":
        return Options(alpha=table.number(0))
    if kind == "MEAN":
        return Options(keep_dims=table.flag(0))
    if kind in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        first = 2 if kind == "RESIZE_BILINEAR" else 0
        return Options(
            align_corners=table.flag(first),
            half_pixel_centers=table.flag(first + 1),
        )
    return Options()


def _custom_pool(kind: str, custom: bytes) -> Options:
    # TfLitePoolParams: padding, stride w/h, filter w/h, activation, then computed values.
    padding, stride_w, stride_h, width, height, activation = _ints(kind, custom, 6)
    return Options(
        padding=_struct_padding(kind, padding),
        stride=_positive((stride_h, stride_w)),
        kernel=_positive((height, width)),
        activation=_activation(activation),
    )


def _custom_transpose(kind: str, custom: bytes) -> Options:
    # TfLiteTransposeConvParams: padding, stride w/h.
    padding, stride_w, stride_h = _ints(kind, custom, 3)
    return Options(padding=_struct_padding(kind, padding), stride=_positive((stride_h, stride_w)))


def _ints(kind: str, custom: bytes, count: int) -> tuple[int, ...]:
    if len(custom) < 4 * count:
        raise DamagedError(f"{kind} has {len(custom)} bytes of options, {4 * count} are needed")
    return struct.unpack_from(f"<{count}i", custom)


def _struct_padding(kind: str, code: int) -> Literal["SAME", "VALID"]:
    # The C enum starts with "unknown", the FlatBuffers enum does not.
    if code not in (1, 2):
        raise DamagedError(f"{kind} has padding code {code}, which is neither SAME nor VALID")
    return _padding(code - 1)


def _padding(code: int) -> Literal["SAME", "VALID"]:
    if code == 0:
        return "SAME"
    if code == 1:
        return "VALID"
    raise DamagedError(f"padding code {code} is neither SAME (0) nor VALID (1)")


def _activation(code: int) -> str:
    if not 0 <= code < len(_ACTIVATIONS):
        raise DamagedError(f"activation code {code} is unknown")
    return _ACTIVATIONS[code]


def _pair(table: Table, slot_h: int, slot_w: int, default: int = 0) -> tuple[int, int]:
    return _positive(
        (table.integer(slot_h, "int32", default), table.integer(slot_w, "int32", default))
    )


def _positive(pair: tuple[int, int]) -> tuple[int, int]:
    if not all(1 <= value <= 4096 for value in pair):
        raise DamagedError(f"a stride, window or dilation of {pair} is out of range")
    return pair
