"""Runtime ``litert``: TFLite networks through LiteRT and its XNNPACK delegate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import TensorInfo
from hairopt.models.tensors import prepare, read_mask
from hairopt.native_log import quiet_stderr
from hairopt.runtimes.execution import Execution, counted
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

_NUMBERS = {"float32": "float32", "float16": "float16", "int8": "int8", "uint8": "int8"}
"""Tensor type -> number type; tensors of other types hold positions and sizes."""

_DELEGATE = "DELEGATE"
"""LiteRT's entry for a group of operators that XNNPACK runs; the operators are listed, too."""


class LiteRtRuntime:
    """Loads TFLite files; the custom operators of MediaPipe's networks run inside XNNPACK."""

    name = "litert"
    formats = ("tflite",)

    def check(self) -> None:
        """Raise UnavailableError if LiteRT is not installed."""
        require("ai_edge_litert", self.name, 'pip install "hairopt[litert]"')

    def version(self) -> str:
        """Version of ai-edge-litert."""
        return package_version("ai-edge-litert")

    def load(self, file: ModelFile, settings: RuntimeSettings) -> _LiteRtSegmenter:
        """Load a network.

        Raises:
            UnavailableError: LiteRT is not installed, or the network cannot be run at
                ``settings.input_size``.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        self.check()
        settings.require_only(self.name)
        from ai_edge_litert.interpreter import Interpreter

        with quiet_stderr() as log:
            try:
                interpreter = Interpreter(str(file.path), num_threads=settings.threads)
                check_contract(
                    file.contract,
                    [_info(tensor) for tensor in interpreter.get_input_details()],
                    [_info(tensor) for tensor in interpreter.get_output_details()],
                    str(file.path),
                )
                _allocate(interpreter, file, settings.input_size)
            except (RuntimeError, ValueError, OSError) as error:
                reason = " ".join(f"{error} {log()}".split())
                raise ModelError(f"LiteRT cannot load {file.path}: {reason}") from error
        return _LiteRtSegmenter(interpreter, file, settings.input_size)

    def execution(self, file: ModelFile, settings: RuntimeSettings) -> Execution:
        """The operators that LiteRT lists after loading; it has no profiler to see them run.

        Raises:
            UnavailableError, ModelError: as ``load``.
        """
        loaded = self.load(file, settings)
        try:
            return counted("loaded", loaded.operators())
        finally:
            loaded.close()


class _LiteRtSegmenter:
    """An interpreter, with the contract of its network."""

    def __init__(self, interpreter: Interpreter, file: ModelFile, size: int | None) -> None:
        self._interpreter: Interpreter | None = interpreter
        self._path = file.path
        self._contract = file.contract.at(size)
        self._input = _index(interpreter.get_input_details(), file.contract.input.name)
        self._output = _index(interpreter.get_output_details(), file.contract.output.name)

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for uint8 (H, W, 3) RGB.

        Raises:
            ModelError: the network fails on this photo, or its output holds NaN.
        """
        if self._interpreter is None:
            raise ModelError(f"{self._path} was closed")
        tensor = prepare(image, self._contract.input)
        try:
            self._interpreter.set_tensor(self._input, tensor)
            self._interpreter.invoke()
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"LiteRT failed on {self._path}: {error}") from error
        # A view of the network's own memory; read_mask returns a new array.
        return read_mask(self._interpreter.tensor(self._output)(), self._contract.output)

    def operators(self) -> list[tuple[str, str | None]]:
        """Each operator and the number type of its output."""
        assert self._interpreter is not None
        return [
            (step["op_name"], _NUMBERS.get(np.dtype(step["result_types"][0]).name))
            for step in self._interpreter._get_ops_details()
            if step["op_name"] != _DELEGATE
        ]

    def close(self) -> None:
        """Release the interpreter."""
        self._interpreter = None


def _allocate(interpreter: Interpreter, file: ModelFile, size: int | None) -> None:
    """Allocate the tensors, at another input size if one is given.

    Raises:
        UnavailableError: the network cannot be run at that size.
        RuntimeError: it cannot be run at all.
    """
    contract = file.contract.input
    height, width = size or contract.height, size or contract.width
    channels = 3 + contract.extra_channels
    wanted = (
        [1, height, width, channels] if contract.layout == "NHWC" else [1, channels, height, width]
    )
    details = interpreter.get_input_details()
    try:
        if list(details[0]["shape"]) != wanted:  # also where the file leaves sizes open
            interpreter.resize_tensor_input(_index(details, contract.name), wanted)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        if size is None:
            raise
        raise UnavailableError(
            f"{file.path} cannot run at {size}x{size}: its graph is made for {contract.height}x"
            f"{contract.width} ({error})"
        ) from error


def _index(details: list[dict[str, Any]], name: str) -> int:
    return next(int(tensor["index"]) for tensor in details if tensor["name"] == name)


def _info(tensor: dict[str, Any]) -> TensorInfo:
    sides = tuple(int(side) if side >= 0 else None for side in tensor["shape_signature"])
    return TensorInfo(tensor["name"], sides, str(np.dtype(tensor["dtype"])))


RUNTIME = LiteRtRuntime()
