"""A network in 8-bit integers: static quantisation, QDQ format, weights per channel.

Activations are unsigned and weights signed (U8S8), which is what onnxruntime's x86 and ARM kernels
are fastest with. On x86 without VNNI the product of the two saturates at 16 bits, so there the
weights use only 7 bits (``reduce_range``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from hairopt.convert.isa import cpu_isa, has_dot_product
from hairopt.errors import DataError, ModelError
from hairopt.models.contract import InputContract
from hairopt.models.tensors import prepare
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

INT8_VERSION = "1"
"""Part of every cache key: raise it with any change of what this file writes."""

MIN_PHOTOS = 2
"""One photo is no sample of anything; a hundred are advisable."""

INT8_OPERATORS = (
    "Add",
    "AveragePool",
    "Clip",
    "Concat",
    "Conv",
    "GlobalAveragePool",
    "MaxPool",
    "Mul",
    "Relu",
    "Resize",
)
"""Operators with an 8-bit kernel in onnxruntime's CPU provider that segmentation networks use.

Left in float on purpose: ConvTranspose, PRelu and MaxUnpool (no kernel), Sigmoid and Softmax (a
mask in 256 steps, for no gain).
"""


@dataclass(frozen=True)
class Int8Settings:
    """How a network is quantised; everything that decides the bytes of the result.

    Attributes:
        reduce_range: weights in 7 bits.
        operators: the kinds of operators that are quantised.
    """

    reduce_range: bool
    operators: tuple[str, ...] = INT8_OPERATORS

    @classmethod
    def for_this_cpu(cls) -> Int8Settings:
        """Full range where 8-bit products do not saturate, 7 bits elsewhere."""
        return cls(reduce_range=not has_dot_product(cpu_isa()))


def to_int8(
    model: onnx.ModelProto,
    contract: InputContract,
    photos: Iterable[ImageU8],
    settings: Int8Settings,
) -> onnx.ModelProto:
    """Quantise a float32 network, with the ranges its tensors take on photos (MinMax).

    Args:
        model: the network; it is not changed.
        contract: how a photo becomes its input.
        photos: uint8 (H, W, 3) RGB; at least two, better a hundred, none of which may be used to
            judge the result.
        settings: see ``Int8Settings``.

    Raises:
        DataError: fewer than two photos.
        ModelError: a network that cannot be run or quantised.
    """
    from onnxruntime.quantization import (
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    with tempfile.TemporaryDirectory(prefix="hairopt-int8-") as folder:
        prepared = _prepare(model, Path(folder))
        target = Path(folder, "int8.onnx")
        try:
            quantize_static(
                prepared,
                target,
                _Reader(contract, photos),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(settings.operators),
                per_channel=True,
                reduce_range=settings.reduce_range,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_with_indices(prepared),
                calibrate_method=CalibrationMethod.MinMax,
            )
        except (ValueError, RuntimeError, TypeError) as error:
            raise ModelError(f"the network cannot be quantised: {error}") from error
        return _load_checked(target)


class _Reader:
    """Feeds photos to onnxruntime's calibrator, one at a time."""

    def __init__(self, contract: InputContract, photos: Iterable[ImageU8]) -> None:
        self._contract = contract
        self._photos = _at_least(MIN_PHOTOS, photos)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next input by name, or None at the end."""
        photo = next(self._photos, None)
        return None if photo is None else {self._contract.name: prepare(photo, self._contract)}


def _at_least(count: int, photos: Iterable[ImageU8]) -> Iterator[ImageU8]:
    seen = 0
    for photo in photos:
        seen += 1
        yield photo
    if seen < count:
        raise DataError(
            f"calibration got {seen} photo(s); at least {count} are needed, 100 are advisable"
        )


def _prepare(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Fold constants and normalisations, so that fewer tensors are quantised, and infer shapes.

    What ``quant_pre_process`` does, without its need for symbolic shapes.
    """
    import onnx
    import onnxruntime as ort
    from onnx import helper, shape_inference

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "folded.onnx")
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class
        raise ModelError(f"onnxruntime cannot load the network: {error}") from error
    folded = shape_inference.infer_shapes(onnx.load(options.optimized_model_filepath))
    # The quantiser asks for this mark, and warns on the terminal where it is missing.
    helper.set_model_props(folded, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return folded


def _with_indices(model: onnx.ModelProto) -> list[str]:
    """Pooling that also tells where its maxima were has no 8-bit kernel."""
    return [n.name for n in model.graph.node if n.op_type == "MaxPool" and len(n.output) > 1]


def _load_checked(path: Path) -> onnx.ModelProto:
    import onnx

    model = onnx.load(path)
    # The quantiser leaves its own version number, which says nothing about the network.
    model.producer_name, model.producer_version = "hairopt", INT8_VERSION
    del model.metadata_props[:]
    onnx.checker.check_model(model)
    return model
