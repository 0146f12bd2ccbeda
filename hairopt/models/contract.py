"""What a segmentation network takes and gives, as data: enough to run it without knowing it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator
from typing_extensions import Self

MAX_SIDE_PX = 4096
"""Of the input of a network."""

_MAX_VALUES = 2**26
"""Of the input of a network: 4096 x 4096 in colour fits; as float32 they are 256 MiB."""


Activation: TypeAlias = Literal["none", "sigmoid", "softmax"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Quantization(_Frozen):
    """Affine quantisation of a tensor: ``real = scale * (stored - zero_point)``."""

    scale: FiniteFloat = Field(gt=0)
    zero_point: int = Field(ge=-(2**31), lt=2**31)


class InputContract(_Frozen):
    """The one input tensor.

    The network is fed ``(pixel / 255 - mean) / std`` per channel, the whole photo squashed to
    ``height`` x ``width``, followed by ``extra_channels`` channels of zeros (MediaPipe's
    previous mask), then quantised where ``quantization`` is given.
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
            raise ValueError(f"the input has {values} values; at most {_MAX_VALUES} are fed")
        if not all(self.std):
            raise ValueError("std holds a zero, by which nothing can be divided")
        if "int" in self.dtype and self.quantization is None:
            raise ValueError(
                f"{self.dtype} input needs quantization; a scale of 1/255 with zero point 0 "
                "feeds pixels as they are"
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
        """What still has to be applied to the output, so that it is the probability of hair."""
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
        """SHA-256 of all that it says, in lower-case hex."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


class ModelRecord(_Frozen):
    """A model that the store knows: a network file and everything needed to trust and run it.

    Attributes:
        name: what variants call it.
        format: ``onnx`` or ``tflite``.
        sha256: of the file, lower-case hex; a file with another hash is refused.
        bytes: size of the file.
        licence: SPDX identifier, or the words of the person who added it.
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
        """What decides every file that is made from the model: its file and its contract."""
        return f"{self.sha256[:16]}-{self.contract.digest[:16]}"


class OperatorCoverage(_Frozen):
    """What of a quantised network runs in 8 bits, as onnxruntime executes it.

    Attributes:
        int8: kind of operator -> how many run in 8 bits.
        float32: kind of operator -> how many run in float32.
        quantize_nodes: QuantizeLinear nodes in the file.
        dequantize_nodes: DequantizeLinear nodes in the file.
        conversions_left: of both, how many are executed and not fused into their neighbours.
        fusions_lost: activations and sums that float32 has inside its convolutions, and this
            network beside them.
    """

    int8: dict[str, int]
    float32: dict[str, int]
    quantize_nodes: int
    dequantize_nodes: int
    conversions_left: int
    fusions_lost: int


class ModelFile(_Frozen):
    """One runnable file: a model in one format and precision, as a runtime loads it.

    ``record`` is the model it comes from; ``path``, ``format``, ``sha256`` and ``contract`` are
    those of the file itself, which differ from the record's where it was converted or quantised.
    ``derivation`` says how, in a few words; empty where the file is the original. ``coverage`` is
    known of quantised files.
    """

    record: ModelRecord
    path: Path
    format: Literal["onnx", "tflite"]
    precision: Literal["float32", "float16", "int8", "mixed"]
    sha256: str
    contract: Contract
    derivation: str = ""
    coverage: OperatorCoverage | None = None
