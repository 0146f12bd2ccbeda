"""Runtime ``onnxruntime``: ONNX networks on its CPU execution provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hairopt.errors import ModelError
from hairopt.models.contract import InputContract, ModelFile
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import TensorInfo
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.execution import BLANK, Execution, counted
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.onnx_resize import first_line, network_at
from hairopt.runtimes.onnx_session import NodeTime, open_session, profiled
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    import onnx

    from hairopt.runtimes.onnx_session import NodeArg, Session

_DEFAULTS = RuntimeSettings()
_NUMBERS = {
    "float": "float32", "float16": "float16", "bfloat16": "bfloat16", "double": "float64",
    "int8": "int8", "uint8": "int8",
}  # fmt: skip
"""onnxruntime's tensor type -> number type; tensors of other types hold positions and sizes."""


class OnnxRuntime:
    """Loads ONNX files.

    One operator runs at a time, on ``threads`` threads. Between two operators the threads sleep by
    default, because spinning threads take processor time from the other stages. The memory arena
    is on by default, as in onnxruntime: it never returns memory, which raises peak memory.
    """

    name = "onnxruntime"
    formats = ("onnx",)

    def check(self) -> None:
        """Raise UnavailableError if onnxruntime is not installed."""
        require("onnxruntime", self.name, "pip install onnxruntime")

    def version(self) -> str:
        """Version of the installed onnxruntime package."""
        return package_version("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino")

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: onnxruntime is not installed or does not have the provider, or the
                network cannot be run at ``settings.input_size``.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        self.check()
        network = network_at(file, settings.input_size)
        session = open_session(network, settings, called=str(file.path))
        return _OnnxSegmenter(session, file, settings.input_size)

    def execution(self, file: ModelFile, settings: RuntimeSettings) -> Execution:
        """The kernels that ran in one inference, from onnxruntime's profiler.

        Raises:
            UnavailableError, ModelError: as ``load``.
        """
        size = settings.input_size
        return executed(network_at(file, size), file.contract.at(size).input, settings)


def executed(
    network: onnx.ModelProto | bytes | str,
    contract: InputContract,
    settings: RuntimeSettings = _DEFAULTS,
) -> Execution:
    """The kernels that ran in one inference of a network, from onnxruntime's profiler.

    Args:
        network: as in ``hairopt.runtimes.onnx_session.open_session``.
        contract: how a photo becomes its input.
        settings: how it is executed.

    Raises:
        UnavailableError, ModelError: as ``open_session``.
    """
    feed = {contract.name: prepare(BLANK, contract)}
    nodes = profiled(network, feed, 1, settings)
    return counted("ran", [(node.operator, _numbers(node)) for node in nodes])


def profile(
    file: ModelFile, settings: RuntimeSettings, image: ImageU8, runs: int
) -> list[NodeTime]:
    """Every node of some warm inferences of one photo, from onnxruntime's profiler.

    Args:
        file: the network.
        settings: how it is executed.
        image: uint8 (H, W, 3) RGB.
        runs: number of inferences, after a cold one that does not count.

    Raises:
        UnavailableError, ModelError: as ``OnnxRuntime.load``.
    """
    size = settings.input_size
    contract = file.contract.at(size).input
    feed = {contract.name: prepare(image, contract)}
    nodes = profiled(network_at(file, size), feed, runs + 1, settings)
    return nodes[len(nodes) // (runs + 1) :]


class _OnnxSegmenter:
    """A session, with the contract of its network."""

    def __init__(self, session: Session, file: ModelFile, size: int | None) -> None:
        self._session: Session | None = session
        self._path = file.path
        self._contract = contract = file.contract.at(size)
        check_contract(
            contract, _infos(session.get_inputs()), _infos(session.get_outputs()), str(file.path)
        )

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for uint8 (H, W, 3) RGB.

        Raises:
            ModelError: the network fails on this photo, or its output holds NaN.
        """
        if self._session is None:
            raise ModelError(f"{self._path} was closed")
        contract = self._contract
        tensor = prepare(image, contract.input)
        try:
            outputs = self._session.run([contract.output.name], {contract.input.name: tensor})
        except Exception as error:  # one class per status, no common one
            raise ModelError(f"onnxruntime failed on {self._path}: {first_line(error)}") from error
        return read_mask(outputs[0], contract.output)

    def close(self) -> None:
        """Release the session."""
        self._session = None


def _numbers(node: NodeTime) -> str | None:
    """Number type of a node's output; if the output holds positions, that of its input."""
    for name in (*node.given[:1], *node.taken[:1]):
        if name in _NUMBERS:
            return _NUMBERS[name]
    return None


def _infos(arguments: Sequence[NodeArg]) -> list[TensorInfo]:
    return [
        TensorInfo(argument.name, tuple(argument.shape), _dtype(argument.type))
        for argument in arguments
    ]


def _dtype(type_name: str) -> str:
    """Numpy's name of a type such as ``tensor(float)``."""
    word = type_name.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(word) or str(np.dtype(word))


RUNTIME = OnnxRuntime()
