"""The protocol between a pipeline and the runtime of its network."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from hairopt.errors import UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.types import ImageU8, MaskF32


@dataclass(frozen=True)
class RuntimeSettings:
    """Settings of a runtime.

    Attributes:
        threads: threads inside one inference, at least 1.
        input_size: side in pixels of the square input, or None for the model's own.
        arena: whether memory is kept in an arena, which saves time and never shrinks.
        spinning: whether waiting threads spin; this saves time in an inference with several
            threads and takes processor time from everything else.
        graph_optimization: level of graph optimisation when a network is loaded: ``none``,
            ``basic``, ``extended`` or ``all``.
        provider: the execution provider: ``cpu``, ``cuda``, ``coreml`` or ``directml``.
    """

    threads: int = 1
    input_size: int | None = None
    arena: bool = True
    spinning: bool = False
    graph_optimization: str = "all"
    provider: str = "cpu"

    def require_only(self, runtime: str, *known: str) -> None:
        """Raise an error for settings that a runtime does not have.

        Args:
            runtime: its name, for the message.
            known: the settings it has, besides ``threads`` and ``input_size``.

        Raises:
            UnavailableError: another setting is not at its default.
        """
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name not in ("threads", "input_size", *known) and value != one.default:
                raise UnavailableError(
                    f"runtime {runtime} has no setting {one.name}, but the variant says "
                    f"{one.name} = {value!r}; the runtime onnxruntime has it"
                )


class Segmenter(Protocol):
    """A loaded network. Not safe for use from several threads at once."""

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair for the whole picture, at the network's own output resolution.

        Args:
            image: uint8 (H, W, 3) RGB of any size.

        Returns:
            float32 (h, w) in [0, 1], a new array that covers the whole of ``image``.
        """
        ...

    def close(self) -> None:
        """Release the network; a second call has no effect."""
        ...


class Runtime(Protocol):
    """Loads model files and executes them."""

    name: str
    formats: tuple[str, ...]
    """File formats it reads, best first: a subset of ``("onnx", "tflite")``."""

    def check(self) -> None:
        """Raise UnavailableError if it cannot run here; ``fix`` is the command to repair that."""
        ...

    def version(self) -> str:
        """Version of the runtime's package."""
        ...

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: the runtime cannot run here.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        ...
