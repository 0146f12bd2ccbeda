"""Runtime ``onnxruntime``: ONNX networks on its CPU execution provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import TensorInfo
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.onnx_resize import first_line, resized
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    import onnxruntime

_ERRORS_ONLY = 3
_LEVELS = {
    "none": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
_PROVIDERS = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "coreml": ("CoreMLExecutionProvider", "onnxruntime"),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml"),
}
"""Name -> what onnxruntime calls it, and the package that has it (CoreML: the one for macOS)."""


class OnnxRuntime:
    """Loads ONNX files.

    One operator runs at a time, on ``threads`` threads. Unless asked for they sleep instead of
    spinning between two operators: spinning threads take the processor from the other stages.
    The memory arena is on, onnxruntime's default: it never gives memory back, which shows in peak
    memory.
    """

    name = "onnxruntime"
    formats = ("onnx",)

    def check(self) -> None:
        """Raise UnavailableError if onnxruntime is not installed."""
        require("onnxruntime", self.name, "pip install onnxruntime")

    def version(self) -> str:
        """Version of onnxruntime, whichever of its packages is installed."""
        return package_version("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino")

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: onnxruntime is not installed or does not have the provider, or the
                network cannot be run at ``settings.input_size``.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        self.check()
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # sent by Windows builds only
        providers = _providers(settings.provider)
        wanted = settings.input_size
        contract = file.contract.input
        network: str | bytes = str(file.path)
        if wanted is not None and (wanted, wanted) != (contract.height, contract.width):
            network = resized(file, wanted)
        try:
            options = session_options(settings)
            session = onnxruntime.InferenceSession(network, options, providers=providers)
        except Exception as error:  # onnxruntime has one exception class per status, no common one
            raise ModelError(f"onnxruntime cannot load {file.path}: {first_line(error)}") from error
        if session.get_providers()[0] != providers[0]:  # onnxruntime falls back without a word
            raise UnavailableError(
                f"onnxruntime could not start the provider {settings.provider} on this machine"
            )
        return _OnnxSegmenter(session, file, wanted)


class _OnnxSegmenter:
    """A session with its contract."""

    def __init__(
        self, session: onnxruntime.InferenceSession, file: ModelFile, size: int | None
    ) -> None:
        self._session: onnxruntime.InferenceSession | None = session
        self._file = file
        self._size = size
        contract = file.contract
        if size is not None:
            sides = {"height": size, "width": size}
            contract = contract.model_copy(
                update={"input": contract.input.model_copy(update=sides)}
            )
        check_contract(
            contract, _infos(session.get_inputs()), _infos(session.get_outputs()), str(file.path)
        )

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for uint8 (H, W, 3) RGB.

        Raises:
            ModelError: the network fails on it, or gives values that are not numbers.
        """
        if self._session is None:
            raise ModelError(f"{self._file.path} was closed")
        contract = self._file.contract
        tensor = prepare(image, contract.input, self._size)
        try:
            outputs = self._session.run([contract.output.name], {contract.input.name: tensor})
        except Exception as error:  # as above
            raise ModelError(
                f"onnxruntime failed on {self._file.path}: {first_line(error)}"
            ) from error
        return read_mask(outputs[0], contract.output)

    def close(self) -> None:
        """Release the session."""
        self._session = None


def session_options(settings: RuntimeSettings) -> onnxruntime.SessionOptions:
    """What a session is made with."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = settings.arena
    options.graph_optimization_level = getattr(
        onnxruntime.GraphOptimizationLevel, _LEVELS[settings.graph_optimization]
    )
    spinning = "1" if settings.spinning else "0"
    options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
    options.add_session_config_entry("session.inter_op.allow_spinning", spinning)
    options.log_severity_level = _ERRORS_ONLY
    return options


def _providers(name: str) -> list[str]:
    """The execution provider asked for, with the CPU behind it for what it cannot run.

    Raises:
        UnavailableError: the installed package was built without it.
    """
    import onnxruntime

    wanted, package = _PROVIDERS[name]
    if wanted not in onnxruntime.get_available_providers():
        raise UnavailableError(
            f"the installed onnxruntime has no provider {name}", f"pip install {package}"
        )
    return list(dict.fromkeys([wanted, "CPUExecutionProvider"]))


def _infos(arguments: Sequence[onnxruntime.NodeArg]) -> list[TensorInfo]:
    return [
        TensorInfo(argument.name, tuple(argument.shape), _dtype(argument.type))
        for argument in arguments
    ]


def _dtype(type_name: str) -> str:
    """``tensor(float)`` as numpy calls it."""
    word = type_name.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(word) or str(np.dtype(word))


RUNTIME = OnnxRuntime()
