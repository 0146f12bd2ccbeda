"""The request for one form of a network, and its cache key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import BaseModel

from hairopt.convert.forms.cache import CachedForm, cached, facts_of
from hairopt.convert.forms.coverage import coverage
from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import QUANTIZED, TRIMMED, Rewritten, rewrite
from hairopt.convert.quantization.shipped import ShippedForm
from hairopt.errors import UnavailableError
from hairopt.models.contract import Contract, ModelFile, ModelRecord, OperatorCoverage
from hairopt.runtimes.onnx_resize import resized
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

Precision: TypeAlias = Literal["float32", "float16", "int8", "mixed"]
Photos: TypeAlias = Callable[[], Iterable[ImageU8]]


@dataclass(frozen=True)
class FormRequest:
    """The arguments of ``hairopt.convert.forms.resolve.resolve``; ``passes`` include trimming."""

    record: ModelRecord
    path: Path
    cache: Path
    calibration: Photos | None
    method: str
    passes: tuple[str, ...]
    float_layers: Sequence[str] | None
    only_made: bool = False
    trim: bool = False
    input_size: int | None = None

    @cached_property
    def rewritten(self) -> Rewritten:
        """The network as float32 ONNX, after the requested passes."""
        return rewrite(float32_network(self.record, self.path), self.passes)

    @cached_property
    def calibrated(self) -> Network:
        """The network that calibration observes, independent of the requested passes."""
        if self.passes == QUANTIZED:
            return self.rewritten.network
        return rewrite(float32_network(self.record, self.path), QUANTIZED).network

    @cached_property
    def for_tflite(self) -> Network:
        """The network as float32 ONNX that TFLite forms are written from: resized and trimmed."""
        network = float32_network(self.record, self.path)
        if self.input_size is not None:
            entry = network.contract.input
            model = resized(network.model, entry, self.input_size, self.record.name)
            network = Network(model, network.contract.at(self.input_size))
        return rewrite(network, TRIMMED).network if self.trim else network

    def require_may_make(self, precision: Precision) -> None:
        """Raise an error if only existing forms are requested."""
        if self.only_made:
            raise UnavailableError(
                f"the {precision} form of model {self.record.name} has not been made yet",
                f"hairopt models inspect {self.record.name} --forms",
            )

    @property
    def key(self) -> dict[str, str]:
        """The cache key of the rewritten network and its contract."""
        return {
            "source": self.record.sha256,
            "contract": self.record.contract.digest,
            "passes": " ".join(self.passes),
        }


class _Facts(BaseModel):
    """Facts about a form in ONNX; ``applied`` are the rewrites that changed it."""

    contract: Contract
    applied: list[str]
    coverage: OperatorCoverage | None = None


def cached_form(
    request: FormRequest,
    precision: Precision,
    key: dict[str, str],
    derivation: str,
    make: Callable[[], onnx.ModelProto],
) -> ModelFile:
    """The cached file for ``key``; it is made if it is absent.

    Raises:
        UnavailableError: it is absent, and only existing forms are requested.
    """
    made: list[onnx.ModelProto] = []

    def serialize() -> bytes:
        request.require_may_make(precision)
        made.append(make())
        return bytes(made[0].SerializeToString(deterministic=True))

    def facts() -> dict[str, Any]:
        network, applied = request.rewritten.network, request.rewritten.applied
        told = {"contract": network.contract.model_dump(mode="json"), "applied": applied}
        if precision in ("int8", "mixed"):
            told["coverage"] = coverage(network, made[0]).model_dump(mode="json")
        return told

    form = cached(request.cache, key, serialize, facts=facts)
    steps = ["TFLite to ONNX"] if request.record.format == "tflite" else []
    known = facts_of(form, _Facts)
    if known.applied:
        steps.append(f"rewritten ({', '.join(known.applied)})")
    if derivation:
        steps.append(derivation)
    return model_file(request, precision, form, "; ".join(steps), known.contract, known.coverage)


def model_file(
    request: FormRequest,
    precision: Precision,
    form: CachedForm | ShippedForm,
    derivation: str,
    contract: Contract,
    found: OperatorCoverage | None,
) -> ModelFile:
    """The ``ModelFile`` of a file in the cache or in the package."""
    return ModelFile(
        record=request.record,
        path=form.path,
        format="onnx",
        precision=precision,
        sha256=form.sha256,
        contract=contract,
        derivation=derivation,
        coverage=found,
    )
