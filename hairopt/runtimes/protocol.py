"""The protocol between a pipeline and whatever executes its network."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

from hairopt.errors import UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.types import ImageU8, MaskF32


@dataclass(frozen=True)
class RuntimeSettings:
    """How a runtime is asked to execute.

    Attributes:
        threads: threads inside one inference, at least 1.
        input_size: side in pixels of the square input, or None for the model's own.
        arena: whether memory is kept in an arena, which saves time and never shrinks.
        spinning: whether waiting threads spin, which saves time inside an inference of several
            threads and takes it from everything else.
        graph_optimization: how far the runtime may rewrite the graph when it loads it: ``none``,
            ``basic``, ``extended`` or ``all``.
        provider: what computes: ``cpu``, ``cuda``, ``coreml`` or ``directml``.
    """

    threads: int = 1
    input_size: int | None = None
    arena: bool = True
    spinning: bool = False
    graph_optimization: str = "all"
    provider: str = "cpu"

    def require_only(self, runtime: str, *known: str) -> None:
        """Refuse settings that a runtime does not have, instead of ignoring them.

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
                    f"runtime {runtime} has no setting {one.name}, and the variant says "
                    f"{one.name} = {value!r}; the runtime onnxruntime has it"
                )


class Segmenter(Protocol):
    """A loaded network. Not safe for use from several threads at once."""

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair for the whole picture, at the network's own output resolution.

        Args:
            image: uint8 (H, W, 3) RGB of any size.

        Returns:
            float32 (h, w) in [0, 1], a fresh array that covers the whole frame of ``image``.
        """
        ...

    def close(self) -> None:
        """Release the network; calling it twice is harmless."""
        ...


class Runtime(Protocol):
    """Something that can load a model file."""

    name: str
    formats: tuple[str, ...]
    """File formats it reads, best first: a subset of ``("onnx", "tflite")``."""

    def check(self) -> None:
        """Raise UnavailableError, with the command that fixes it, if it cannot run here."""
        ...

    def version(self) -> str:
        """Version of the package behind it."""
        ...

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: the runtime cannot run here.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        ...
