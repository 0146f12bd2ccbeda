"""Runtime ``openvino``: ONNX networks on OpenVINO's CPU plug-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hairopt.errors import HairoptError, ModelError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import TensorInfo
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.execution import BLANK, Execution, counted
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.onnx_resize import first_line, network_at
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    import openvino

_NUMBERS = {
    "f32": "float32", "fp32": "float32", "f16": "float16", "fp16": "float16", "bf16": "bfloat16",
    "i8": "int8", "u8": "int8",
}  # fmt: skip
"""Suffix of a kernel's name -> number type; other kernels handle positions and sizes."""


class OpenVinoRuntime:
    """Loads ONNX files without MaxUnpool, which OpenVINO does not know (rewrite ``unpool``).

    It computes in float32 unless the file has another precision. OpenVINO's default is bfloat16
    where the CPU supports it, which would be another precision under the same name.
    """

    name = "openvino"
    formats = ("onnx",)

    def check(self) -> None:
        """Raise UnavailableError if OpenVINO is not installed."""
        require("openvino", self.name, 'pip install "hairopt[openvino]"')

    def version(self) -> str:
        """Version of openvino."""
        return package_version("openvino")

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: OpenVINO is not installed or lacks an operator of the network, or
                the network cannot be run at ``settings.input_size``.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        self.check()
        settings.require_only(self.name)
        return _OpenVinoSegmenter(_compiled(file, settings), file, settings.input_size)

    def execution(self, file: ModelFile, settings: RuntimeSettings) -> Execution:
        """The kernels that ran in one inference, from OpenVINO's profiler.

        Raises:
            UnavailableError, ModelError: as ``load``.
        """
        kernels = profile(file, settings, BLANK, 1)
        return counted("ran", [(one.operator, one.numbers) for one in kernels])


@dataclass(frozen=True)
class KernelTime:
    """One kernel of a network in one inference, from OpenVINO's profiler.

    Attributes:
        name: name of the node.
        operator: its kind.
        ms: its time.
        numbers: its number type, such as ``float32``; None where OpenVINO does not say.
    """

    name: str
    operator: str
    ms: float
    numbers: str | None


def profile(
    file: ModelFile, settings: RuntimeSettings, image: ImageU8, runs: int
) -> list[KernelTime]:
    """Every kernel of some warm inferences of one photo, from OpenVINO's profiler.

    Args:
        file: the network.
        settings: how it is executed.
        image: uint8 (H, W, 3) RGB.
        runs: number of inferences, after a cold one that does not count.

    Raises:
        UnavailableError, ModelError: as ``OpenVinoRuntime.load``.
    """
    request = _compiled(file, settings, PERF_COUNT=True).create_infer_request()
    contract = file.contract.at(settings.input_size).input
    feed = {contract.name: prepare(image, contract)}
    found = []
    request.infer(feed)
    for _ in range(runs):
        request.infer(feed)
        found += [
            KernelTime(
                node.node_name,
                node.node_type,
                node.real_time.total_seconds() * 1000,
                _NUMBERS.get(node.exec_type.rpartition("_")[2].lower()),
            )
            for node in request.get_profiling_info()
            if node.status == node.Status.EXECUTED
        ]
    return found


class _OpenVinoSegmenter:
    """A compiled network, with its contract."""

    def __init__(self, compiled: openvino.CompiledModel, file: ModelFile, size: int | None) -> None:
        self._path = file.path
        self._contract = contract = file.contract.at(size)
        inputs = [_info(port, contract.input.name) for port in compiled.inputs]
        outputs = [_info(port, contract.output.name) for port in compiled.outputs]
        check_contract(contract, inputs, outputs, str(file.path))
        self._request: openvino.InferRequest | None = compiled.create_infer_request()

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for uint8 (H, W, 3) RGB.

        Raises:
            ModelError: the network fails on this photo, or its output holds NaN.
        """
        if self._request is None:
            raise ModelError(f"{self._path} was closed")
        contract = self._contract
        tensor = prepare(image, contract.input)
        try:
            self._request.infer({contract.input.name: tensor}, share_inputs=True)
        except RuntimeError as error:
            raise ModelError(f"OpenVINO failed on {self._path}: {first_line(error)}") from error
        # A view of the network's own memory; read_mask returns a new array.
        return read_mask(self._request.get_tensor(contract.output.name).data, contract.output)

    def close(self) -> None:
        """Release the network."""
        self._request = None


def _compiled(file: ModelFile, settings: RuntimeSettings, **more: bool) -> openvino.CompiledModel:
    """A network on the CPU plug-in.

    Raises:
        UnavailableError, ModelError: as ``OpenVinoRuntime.load``.
    """
    import openvino

    core, network = openvino.Core(), network_at(file, settings.input_size)
    options = {**compile_options(file.precision, settings), **more}
    try:
        return core.compile_model(core.read_model(network), "CPU", options)
    except RuntimeError as error:
        raise _refusal(file, error) from error


def compile_options(precision: str, settings: RuntimeSettings) -> dict[str, int | str]:
    """OpenVINO's settings for a network of a precision."""
    return {
        "INFERENCE_NUM_THREADS": settings.threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f16" if precision == "float16" else "f32",
    }


def _refusal(file: ModelFile, error: RuntimeError) -> HairoptError:
    """A one-line error for OpenVINO's long C++ message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    missing = next((line for line in lines if "No conversion rule" in line), None)
    if missing is None:
        return ModelError(f"OpenVINO cannot load {file.path}: {lines[-1] if lines else error!r}")
    operators = missing.rpartition(":")[2].strip()
    advice = (
        "; segment.rewrite = true replaces it by other operators"
        if "MaxUnpool" in operators
        else ""
    )
    return UnavailableError(f"OpenVINO does not know {operators} of {file.path}{advice}")


def _info(port: openvino.ConstOutput, wanted: str) -> TensorInfo:
    """A port under the contract's name: where OpenVINO drops a cast, a port has two names."""
    name = wanted if wanted in port.get_names() else port.get_any_name()
    sides = tuple(
        None if side.is_dynamic else int(side.get_length()) for side in port.get_partial_shape()
    )
    return TensorInfo(name, sides, str(np.dtype(port.get_element_type().to_dtype())))


RUNTIME = OpenVinoRuntime()
