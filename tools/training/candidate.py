"""A trained file that is to become the bundled network: what it takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.models.contract import Contract

if TYPE_CHECKING:
    import onnx


def contract_of(model: onnx.ModelProto, bundled: Contract) -> Contract:
    """The contract of the bundled network, at the input size of a file of the same design."""
    side = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    sides = {"height": side, "width": side}
    return bundled.model_copy(update={"input": bundled.input.model_copy(update=sides)})
