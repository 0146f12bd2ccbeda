"""Runtime ``onnxruntime``: ONNX networks on its CPU execution provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import TensorInfo
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    import onnx
    import onnxruntime

_ERRORS_ONLY = 3


class OnnxRuntime:
    """Loads ONNX files.

    One operator runs at a time, on ``threads`` threads that sleep instead of spinning between two
    operators: spinning threads take the processor from the other stages. The memory arena is on,
    onnxruntime's default: it never gives memory back, which shows in peak memory.
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
            UnavailableError: onnxruntime is not installed, or the network cannot be run at
                ``settings.input_size``.
            ModelError: the file cannot be loaded, or its tensors contradict its contract.
        """
        self.check()
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # sent by Windows builds only
        wanted = settings.input_size
        contract = file.contract.input
        network: str | bytes = str(file.path)
        if wanted is not None and (wanted, wanted) != (contract.height, contract.width):
            network = _resized(file, wanted)
        try:
            session = onnxruntime.InferenceSession(
                network, _options(settings.threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has one exception class per status, no common one
            raise ModelError(
                f"onnxruntime cannot load {file.path}: {_first_line(error)}"
            ) from error
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
                f"onnxruntime failed on {self._file.path}: {_first_line(error)}"
            ) from error
        return read_mask(outputs[0], contract.output)

    def close(self) -> None:
        """Release the session."""
        self._session = None


def _options(threads: int) -> onnxruntime.SessionOptions:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    return options


def _resized(file: ModelFile, size: int) -> bytes:
    """The network with another input size, if every operator in it allows that.

    Raises:
        UnavailableError: shapes inside the graph are fixed, or do not fit at that size.
        ModelError: the file is damaged.
    """
    import onnx

    try:
        model = onnx.load(str(file.path))
    except Exception as error:  # of protobuf, which is onnx's business
        raise ModelError(f"{file.path} cannot be read as ONNX: {_first_line(error)}") from error
    contract = file.contract.input
    axes = (2, 3) if contract.layout == "NCHW" else (1, 2)
    for value in model.graph.input:
        if value.name == contract.name:
            for axis in axes:
                value.type.tensor_type.shape.dim[axis].dim_value = size
    _forget_shapes(model)
    try:
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        raise UnavailableError(
            f"{file.path} cannot run at {size}x{size}: its graph is made for {contract.height}x"
            f"{contract.width} ({_first_line(error)})"
        ) from error
    return bytes(model.SerializeToString())


def _forget_shapes(model: onnx.ModelProto) -> None:
    """Drop the shapes that follow from the input's, so that they are inferred anew."""
    del model.graph.value_info[:]
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")


def _infos(arguments: Sequence[onnxruntime.NodeArg]) -> list[TensorInfo]:
    return [
        TensorInfo(argument.name, tuple(argument.shape), _dtype(argument.type))
        for argument in arguments
    ]


def _dtype(type_name: str) -> str:
    """``tensor(float)`` as numpy calls it."""
    word = type_name.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(word) or str(np.dtype(word))


def _first_line(error: BaseException) -> str:
    lines: list[Any] = str(error).strip().splitlines()
    return str(lines[0]) if lines else type(error).__name__


RUNTIME = OnnxRuntime()
