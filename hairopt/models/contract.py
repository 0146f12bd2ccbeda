"""Input and output of a segmentation network, described as data: enough to run any network."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator
from typing_extensions import Self

MAX_SIDE_PX = 4096
"""Largest side of a network's input, in pixels."""

_MAX_VALUES = 2**26
"""Most values in a network's input: 4096 x 4096 in colour fits; as float32 it is 256 MiB."""


Activation: TypeAlias = Literal["none", "sigmoid", "softmax"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Quantization(_Frozen):
    """Affine quantisation of a tensor: ``real = scale * (stored - zero_point)``."""

    scale: FiniteFloat = Field(gt=0)
    zero_point: int = Field(ge=-(2**31), lt=2**31)


class InputContract(_Frozen):
    """The one input tensor.

    The whole photo is resized to ``height`` x ``width`` without keeping its aspect ratio. Each
    channel holds ``(pixel / 255 - mean) / std``. Then follow ``extra_channels`` channels of zeros
    (MediaPipe's previous mask). All values are quantised where ``quantization`` is given.
    """

    name: str
    layout: Literal["NCHW", "NHWC"]
    height: int = Field(gt=0, le=MAX_SIDE_PX)
    width: int = Field(gt=0, le=MAX_SIDE_PX)
    channel_order: Literal["RGB", "BGR"] = "RGB"
    mean: tuple[FiniteFloat, FiniteFloat, FiniteFloat] = (0.0, 0.0, 0.0)
    std: tuple[FiniteFloat, FiniteFloat, FiniteFloat] = (1.0, 1.0, 1.0)
    extra_channels: int = Field(default=0, ge=0)
    dtype: Literal["float32", "float16", "uint8", "int8"] = "float32"
    quantization: Quantization | None = None

    @model_validator(mode="after")
    def _can_be_fed(self) -> Self:
        values = self.height * self.width * (3 + self.extra_channels)
        if values > _MAX_VALUES:
            raise ValueError(f"the input has {values} values; at most {_MAX_VALUES} are allowed")
        if not all(self.std):
            raise ValueError("std contains a zero, and pixels are divided by std")
        if "int" in self.dtype and self.quantization is None:
            raise ValueError(
                f"{self.dtype} input needs quantization; a scale of 1/255 with zero point 0 "
                "passes pixels unchanged"
            )
        return self


class OutputContract(_Frozen):
    """The one output tensor that is read, and how it becomes the probability of hair.

    ``logits`` with two or more channels go through softmax, with one channel through the
    logistic function; ``softmax`` and ``sigmoid`` are probabilities already; ``class_map`` holds
    a class number per pixel. ``hair`` is the channel, or the class number, that means hair.
    """

    name: str
    layout: Literal["NCHW", "NHWC"]
    kind: Literal["logits", "softmax", "sigmoid", "class_map"]
    channels: int = Field(default=1, gt=0)
    hair: int = Field(default=0, ge=0)
    dtype: Literal["float32", "float16", "uint8", "int8", "int32", "int64"] = "float32"
    quantization: Quantization | None = None

    @property
    def activation(self) -> Activation:
        """The function that turns the output into the probability of hair."""
        if self.kind != "logits":
            return "none"
        return "softmax" if self.channels > 1 else "sigmoid"

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.kind == "class_map":
            return self
        if self.hair >= self.channels:
            raise ValueError(
                f"hair is channel {self.hair}, but there are {self.channels} channels, from 0 on"
            )
        if "int" in self.dtype and self.quantization is None:
            raise ValueError(f"{self.dtype} {self.kind} needs quantization")
        return self


class Contract(_Frozen):
    """Input and output of a network together."""

    input: InputContract
    output: OutputContract

    @property
    def digest(self) -> str:
        """SHA-256 of the whole contract, in lower-case hex."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def at(self, side_px: int | None) -> Contract:
        """The same with a square input of that side; itself for None."""
        if side_px is None:
            return self
        sides = {"height": side_px, "width": side_px}
        return self.model_copy(update={"input": self.input.model_copy(update=sides)})


class ModelRecord(_Frozen):
    """A model of the store: a network file, with what is needed to verify and run it.

    Attributes:
        name: the name for use in variants.
        format: ``onnx`` or ``tflite``.
        sha256: SHA-256 of the file, in lower-case hex; a file with another hash is refused.
        bytes: size of the file.
        licence: SPDX identifier, or a description by the person who added it.
        source: where the file comes from (an address or a sentence).
        contract: input and output.
        origin: ``bundled`` in the package, ``known`` (pinned, can be pulled) or ``added``.
    """

    name: str
    format: Literal["onnx", "tflite"]
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="64 hexadecimal digits in lower case"
    )
    bytes: int = Field(gt=0)
    licence: str
    source: str
    contract: Contract
    origin: Literal["bundled", "known", "added"]
    summary: str = ""

    @property
    def identity(self) -> str:
        """Hash of file and contract: all files made from the model depend only on these."""
        return f"{self.sha256[:16]}-{self.contract.digest[:16]}"


class OperatorCoverage(_Frozen):
    """Which operators of a quantised network onnxruntime runs in 8 bits.

    Attributes:
        int8: kind of operator -> number of them that run in 8 bits.
        float32: kind of operator -> number of them that run in float32.
        quantize_nodes: QuantizeLinear nodes in the file.
        dequantize_nodes: DequantizeLinear nodes in the file.
        conversions_left: number of these nodes that are executed, not fused into a neighbour.
        fusions_lost: activations and sums that float32 fuses into its convolutions and this
            network executes separately.
    """

    int8: dict[str, int]
    float32: dict[str, int]
    quantize_nodes: int
    dequantize_nodes: int
    conversions_left: int
    fusions_lost: int


class ModelFile(_Frozen):
    """One runnable file: a model in one format and precision, as a runtime loads it.

    ``record`` is the model it comes from. ``path``, ``format``, ``sha256`` and ``contract``
    describe the file itself; they differ from the record where it was converted or quantised.
    ``derivation`` says in a few words how it was made; empty for the original file. ``coverage``
    is given for quantised files.
    """

    record: ModelRecord
    path: Path
    format: Literal["onnx", "tflite"]
    precision: Literal["float32", "float16", "int8", "mixed"]
    sha256: str
    contract: Contract
    derivation: str = ""
    coverage: OperatorCoverage | None = None
