"""Pooling, and MediaPipe's pair of pooling with argmax and unpooling."""

from __future__ import annotations

from hairopt.convert.tflite.padding import forward_pads
from hairopt.convert.tflite.reader import Operator
from hairopt.convert.tflite.to_onnx_graph import Lowering, UnsupportedError

UNPOOL = "MaxUnpooling2D"


def lower_max_pool(low: Lowering, operator: Operator) -> None:
    """MAX_POOL_2D."""
    _pool(low, operator, "MaxPool")


def lower_average_pool(low: Lowering, operator: Operator) -> None:
    """AVERAGE_POOL_2D: the mean over pixels inside the picture."""
    _pool(low, operator, "AveragePool", count_include_pad=0)


def lower_max_pool_argmax(low: Lowering, operator: Operator) -> None:
    """MaxPoolingWithArgmax2D: values, and the index of each maximum.

    MediaPipe's indices are relative to the window, ONNX's to the whole plane. Both mean the same
    pixel if the indices are used only by unpooling of the same geometry.
    """
    options = operator.options
    values, indices = operator.outputs[:2]
    _, height, width, _ = low.shape(operator.inputs[0])
    _require_tiling(operator, (height, width))
    for user in low.graph.operators:
        if indices in user.inputs and user.kind != UNPOOL:
            raise UnsupportedError(f"its indices are used by {user.kind}, not by {UNPOOL}")
    if indices in low.graph.outputs:
        raise UnsupportedError("its indices are an output of the network")
    low.emit(
        "MaxPool",
        [low.activation(operator.inputs[0])],
        [low.name(values), low.name(indices)],
        kernel_shape=low.spatial(options.kernel),
        strides=low.spatial(options.stride),
    )


def lower_max_unpool(low: Lowering, operator: Operator) -> None:
    """MaxUnpooling2D: every value at the place of its maximum, zeros elsewhere."""
    data, indices = operator.inputs[:2]
    source = next((op for op in low.graph.operators if indices in op.outputs[1:2]), None)
    if source is None or source.kind != "MaxPoolingWithArgmax2D":
        raise UnsupportedError("its indices do not come from MaxPoolingWithArgmax2D")
    plane = low.shape(source.inputs[0])
    if plane != low.shape(operator.outputs[0]):
        raise UnsupportedError(
            f"it unpools to {low.shape(operator.outputs[0])}, but was pooled from {plane}"
        )
    _require_tiling(operator, plane[1:3])
    if (source.options.kernel, source.options.stride) != (
        operator.options.kernel,
        operator.options.stride,
    ):
        raise UnsupportedError("its windows are not those of the pooling before it")
    low.emit(
        "MaxUnpool",
        [low.activation(data), low.name(indices)],
        [low.name(operator.outputs[0])],
        kernel_shape=low.spatial(operator.options.kernel),
        strides=low.spatial(operator.options.stride),
    )


def _require_tiling(operator: Operator, plane: tuple[int, int]) -> None:
    options = operator.options
    if options.kernel != options.stride or options.activation != "NONE":
        raise UnsupportedError(
            f"windows {options.kernel} at stride {options.stride} with activation "
            f"{options.activation}; only windows side by side without one are handled"
        )
    if any(size % step for size, step in zip(plane, options.stride, strict=True)):
        raise UnsupportedError(f"its windows {options.kernel} do not tile {plane} pixels")


def _pool(low: Lowering, operator: Operator, op_type: str, **attributes: int) -> None:
    options = operator.options
    _, height, width, _ = low.shape(operator.inputs[0])
    rows, columns = (
        forward_pads(size, options.kernel[i], options.stride[i], 1, options.padding)
        for i, size in enumerate((height, width))
    )
    low.emit_activated(
        operator,
        op_type,
        [low.activation(operator.inputs[0])],
        kernel_shape=low.spatial(options.kernel),
        strides=low.spatial(options.stride),
        pads=low.pads(rows, columns),
        **attributes,
    )
