"""Check that the tensors of a network agree with its contract."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.errors import ModelError
from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.models.file_summary import TensorInfo


def check_contract(
    contract: Contract,
    inputs: Sequence[TensorInfo],
    outputs: Sequence[TensorInfo],
    origin: str,
) -> None:
    """Compare a contract with the tensors of a file.

    Sizes that the file leaves open fit any contract.

    Args:
        contract: the stated input and output.
        inputs: input tensors of the file.
        outputs: output tensors of the file.
        origin: the file, for the message.

    Raises:
        ModelError: a tensor is missing, there is a second input, or a shape or type differs.
    """
    source = _find(contract.input.name, inputs, f"{origin}: input")
    if len(inputs) > 1:
        names = ", ".join(tensor.name for tensor in inputs)
        raise ModelError(f"{origin} has {len(inputs)} inputs ({names}); hairopt feeds one photo")
    _compare(source, _input_shape(contract.input), contract.input.dtype, f"{origin}: input")
    target = _find(contract.output.name, outputs, f"{origin}: output")
    _compare(
        target, _output_shape(contract.output, target), contract.output.dtype, f"{origin}: output"
    )


def _find(name: str, tensors: Sequence[TensorInfo], what: str) -> TensorInfo:
    for tensor in tensors:
        if tensor.name == name:
            return tensor
    names = ", ".join(repr(tensor.name) for tensor in tensors) or "none"
    raise ModelError(f"{what} {name!r} of the contract is not in the file (it has: {names})")


def _input_shape(contract: InputContract) -> tuple[int | None, ...]:
    channels = 3 + contract.extra_channels
    if contract.layout == "NCHW":
        return 1, channels, contract.height, contract.width
    return 1, contract.height, contract.width, channels


def _output_shape(contract: OutputContract, tensor: TensorInfo) -> tuple[int | None, ...]:
    channels = 1 if contract.kind == "class_map" else contract.channels
    if channels == 1 and len(tensor.shape) == 3:
        return 1, None, None
    return (1, channels, None, None) if contract.layout == "NCHW" else (1, None, None, channels)


def _compare(tensor: TensorInfo, expected: tuple[int | None, ...], dtype: str, what: str) -> None:
    fits = len(tensor.shape) == len(expected) and all(
        wanted is None or not isinstance(side, int) or side == wanted
        for side, wanted in zip(tensor.shape, expected, strict=True)
    )
    if not fits:
        raise ModelError(
            f"{what} {tensor.name!r} has shape {_words(tensor.shape)}, the contract says "
            f"{_words(expected)}"
        )
    if tensor.dtype != dtype:
        raise ModelError(f"{what} {tensor.name!r} holds {tensor.dtype}, the contract says {dtype}")


def _words(shape: Sequence[int | str | None]) -> str:
    return " x ".join("any" if side is None else str(side) for side in shape)
