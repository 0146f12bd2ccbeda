"""The protocol of an exact rewrite of a network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hairopt.models.contract import Contract

if TYPE_CHECKING:
    import onnx

_PLAIN_ATTRIBUTES = ("FLOAT", "INT", "STRING", "FLOATS", "INTS", "STRINGS")


class Network(NamedTuple):
    """A float32 network with its contract."""

    model: onnx.ModelProto
    contract: Contract

    @property
    def structure(self) -> str:
        """SHA-256 of the operators, their settings and the names of their tensors, in hex.

        Weights do not count: processors round the last bit of a folded weight differently.
        """
        from onnx import AttributeProto, helper

        plain = {getattr(AttributeProto, kind) for kind in _PLAIN_ATTRIBUTES}
        found = hashlib.sha256()
        for node in self.model.graph.node:
            settings = {
                one.name: helper.get_attribute_value(one)
                for one in node.attribute
                if one.type in plain
            }
            said = (node.domain, node.op_type, *node.input, "->", *node.output)
            found.update(repr((said, sorted(settings.items()))).encode())
        return found.hexdigest()


class Pass(Protocol):
    """A rewrite that changes how a network computes, but not its result."""

    name: str
    summary: str

    def apply(self, network: Network) -> Network | None:
        """Rewrite a network.

        Args:
            network: float32, static shapes, as ``hairopt.convert`` makes or reads it; it is not
                changed.

        Returns:
            The rewritten network, equal except for the rounding of float32 sums; None if there is
            nothing to rewrite or the rewrite would not be exact.
        """
        ...
