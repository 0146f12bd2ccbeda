"""TensorFlow Lite's padding as explicit numbers for ONNX."""

from __future__ import annotations

from typing import Literal


def forward_pads(
    size_in: int, kernel: int, stride: int, dilation: int, padding: Literal["SAME", "VALID"]
) -> tuple[int, int]:
    """Pixels added before and after one axis of a convolution or pooling.

    SAME gives ``ceil(size_in / stride)`` outputs; an odd surplus goes after, never before
    (TensorFlow, "Notes on padding").

    Returns:
        (before, after), both >= 0.
    """
    if padding == "VALID":
        return 0, 0
    size_out = -(-size_in // stride)
    window = (kernel - 1) * dilation + 1
    total = max((size_out - 1) * stride + window - size_in, 0)
    return total // 2, total - total // 2


def transposed_pads(
    size_in: int, size_out: int, kernel: int, stride: int, padding: Literal["SAME", "VALID"]
) -> tuple[int, int, int]:
    """Pixels cut before and after one axis of a transposed convolution, and rows added after.

    The padding is that of the forward convolution from ``size_out`` back to ``size_in``.

    Returns:
        (before, after, output_padding), all >= 0, such that
        ``stride * (size_in - 1) + kernel - before - after + output_padding == size_out``.

    Raises:
        ValueError: this size is not possible.
    """
    surplus = stride * (size_in - 1) + kernel - size_out
    before = max(surplus, 0) // 2 if padding == "SAME" else 0
    after, extra = max(surplus - before, 0), max(-surplus, 0)
    if extra >= stride:
        raise ValueError(f"{size_in} pixels at stride {stride} cannot become {size_out}")
    return before, after, extra
