"""Change the input size of an ONNX network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import InputContract, ModelFile

if TYPE_CHECKING:
    import onnx


def network_at(file: ModelFile, size: int | None) -> str | bytes:
    """The network for a runtime: the path of the file, or its bytes at another input size.

    Args:
        file: an ONNX file.
        size: side of the square input in pixels; None for the file's own.

    Raises:
        UnavailableError: shapes in the graph are fixed, or do not match at that size.
        ModelError: the file is damaged.
    """
    own = file.contract.input
    if size is None or (size, size) == (own.height, own.width):
        return str(file.path)
    return _resized(file, size)


def _resized(file: ModelFile, size: int) -> bytes:
    """The network with another input size, if every operator allows it."""
    import onnx

    try:
        model = onnx.load(str(file.path))
    except Exception as error:  # of protobuf, which is onnx's business
        raise ModelError(f"{file.path} cannot be read as ONNX: {first_line(error)}") from error
    return bytes(resized(model, file.contract.input, size, str(file.path)).SerializeToString())


def resized(
    model: onnx.ModelProto, contract: InputContract, size: int, called: str
) -> onnx.ModelProto:
    """Give a network another input size, in place, if every operator allows it.

    Args:
        model: the network.
        contract: its input.
        size: side of the square input in pixels.
        called: the network's name in messages.

    Raises:
        UnavailableError: shapes in the graph are fixed, or do not match at that size.
    """
    import onnx

    axes = (2, 3) if contract.layout == "NCHW" else (1, 2)
    for value in model.graph.input:
        if value.name == contract.name:
            for axis in axes:
                value.type.tensor_type.shape.dim[axis].dim_value = size
    _forget_shapes(model)
    try:
        return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        raise UnavailableError(
            f"{called} cannot run at {size}x{size}: its graph is made for {contract.height}x"
            f"{contract.width} ({first_line(error)})"
        ) from error


def _forget_shapes(model: onnx.ModelProto) -> None:
    """Remove the shapes that depend on the input size, so that they are inferred again."""
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")


def first_line(error: BaseException) -> str:
    """The first line of an error's text; the error's type if it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
