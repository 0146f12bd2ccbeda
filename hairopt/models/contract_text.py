"""A contract in words: the input of a network, and how its output is read."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.models.contract import Contract, InputContract, OutputContract, Quantization


def contract_text(contract: Contract) -> str:
    """One line, such as ``fed RGB/255, mean 0, std 1, squashed to 288x288; hair is ...``."""
    return f"fed {fed_text(contract.input)}; {read_text(contract.output)}"


def fed_text(contract: InputContract) -> str:
    """How a photo becomes the input, without the name of the tensor."""
    size = f"{contract.width}x{contract.height}"
    if contract.width != contract.height:
        size += " (width x height)"
    parts = [
        f"{contract.channel_order}/255",
        f"mean {_numbers(contract.mean)}",
        f"std {_numbers(contract.std)}",
        f"squashed to {size}",
    ]
    if contract.extra_channels:
        plural = "s" if contract.extra_channels > 1 else ""
        parts.append(f"{contract.extra_channels} more channel{plural} of zeros")
    return ", ".join(parts) + _stored(contract.dtype, contract.quantization)


def read_text(contract: OutputContract) -> str:
    """Where the hair is in the output, and how that becomes a probability."""
    stored = _stored(contract.dtype, contract.quantization)
    if contract.kind == "class_map":
        return f"hair is class {contract.hair} of a class map{stored}"
    place = f"channel {contract.hair} of {contract.channels} (from 0 on)"
    if contract.channels == 1:
        place = "the only channel"
    kind = contract.kind if contract.kind != "logits" else f"logits through {contract.activation}"
    return f"hair is {place}, {kind}{stored}"


def _numbers(values: Sequence[float]) -> str:
    """The numbers as text; one number where all are equal."""
    different = values if len(set(values)) > 1 else values[:1]
    return " ".join(f"{value:g}" for value in different)


def _stored(dtype: str, quantization: Quantization | None) -> str:
    if quantization is None:
        return "" if dtype == "float32" else f", {dtype}"
    return f", {dtype} with scale {quantization.scale:g} and zero point {quantization.zero_point}"
