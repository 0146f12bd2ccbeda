"""What an exact rewrite of a network looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from hairopt.models.contract import Contract

if TYPE_CHECKING:
    import onnx


class Network(NamedTuple):
    """A float32 network and how it is fed and read."""

    model: onnx.ModelProto
    contract: Contract


class Pass(Protocol):
    """One rewrite that changes how a network computes, not what it computes."""

    name: str
    summary: str

    def apply(self, network: Network) -> Network | None:
        """Rewrite a network.

        Args:
            network: float32, static shapes, as ``hairopt.convert`` makes or reads it; it is not
                changed.

        Returns:
            The rewritten network, equal but for the rounding of float32 sums; None where there
            is nothing to rewrite or the rewrite would not be exact.
        """
        ...
