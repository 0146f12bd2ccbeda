"""The TFLite forms of a network stored as ONNX: from the package, or made when needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hairopt.convert.forms.cache import QuantisedFacts, cached, facts_of
from hairopt.convert.forms.coverage import coverage_of_tflite
from hairopt.convert.forms.request import FormRequest, Precision
from hairopt.convert.passes.protocol import Network
from hairopt.convert.quantization.calibration import Calibration
from hairopt.convert.quantization.onnx_int8 import fold
from hairopt.convert.quantization.shipped import shipped_form
from hairopt.convert.quantization.tflite_int8 import quantise
from hairopt.convert.tflite.from_onnx import (
    Lowered,
    lowered,
    tflite_bytes,
    with_metadata,
    written_contract,
)
from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.errors import ConfigError
from hairopt.models.contract import Contract, ModelFile
from hairopt.quantities import number_of


def tflite_form(request: FormRequest) -> ModelFile:
    """Find or write the float32 TFLite file of an ONNX network.

    Raises:
        UnavailableError: an operator has no exact counterpart in TFLite, or the network cannot be
            run at the size.
        ModelError: the file is damaged.
        UsageError: the cache cannot be written.
    """
    record = request.record
    shipped = None if request.trim or request.input_size else shipped_form(record, "float32")
    form = shipped or cached(
        request.cache,
        {"to": "tflite", **_key(request)},
        lambda: _float32_bytes(request),
        suffix=".tflite",
    )
    return ModelFile(
        record=record,
        path=form.path,
        format="tflite",
        precision="float32",
        sha256=form.sha256,
        contract=written_contract(record.contract.at(request.input_size)),
        derivation=_converted(request),
    )


def _float32_bytes(request: FormRequest) -> bytes:
    record, network = request.record, request.for_tflite
    return tflite_bytes(network.model, record.name, record.licence, network.contract)


def quantised_tflite_form(
    request: FormRequest,
    precision: Precision,
    float_layers: Sequence[str],
    method: str,
    seen: str,
    draw: Callable[[Network], Calibration],
) -> ModelFile:
    """Find or write the int8 or mixed TFLite file of an ONNX network; input and output are float32.

    Args:
        request: the request.
        precision: ``int8`` or ``mixed``.
        float_layers: layers that stay float32, by the name of their output tensor.
        method: calibration method.
        seen: fingerprint of the photos.
        draw: returns the ranges of the folded network.

    Raises:
        UnavailableError: an operator has no exact counterpart in TFLite.
        ModelError: the file is damaged.
        ConfigError: a float layer that is not in the network.
        UsageError: the cache cannot be written.
    """
    record = request.record
    made: list[TfliteNetwork] = []

    def make() -> bytes:
        request.require_may_make(precision)
        small = _quantised(request, float_layers, draw)
        made.append(small.network)
        contract = request.for_tflite.contract
        return with_metadata(small, record.name, record.licence, contract)

    key = {"to": f"tflite {precision}", "calibration": seen, "method": method}
    key["float_layers"] = " ".join(sorted(float_layers))
    form = cached(
        request.cache,
        {**key, **_key(request)},
        make,
        suffix=".tflite",
        facts=lambda: {"coverage": coverage_of_tflite(made[0]).model_dump(mode="json")},
    )
    derivation = (
        f"{_converted(request)}; {precision}, static, int8 per channel, 8-bit weights, {method}, "
        f"calibration {seen[:12]}"
    )
    if precision == "mixed":
        derivation += f", {number_of(len(float_layers), 'layer')} in float32"
    return ModelFile(
        record=record,
        path=form.path,
        format="tflite",
        precision=precision,
        sha256=form.sha256,
        contract=written_contract(record.contract.at(request.input_size)),
        derivation=derivation,
        coverage=facts_of(form, QuantisedFacts).coverage,
    )


def _quantised(
    request: FormRequest, float_layers: Sequence[str], draw: Callable[[Network], Calibration]
) -> Lowered:
    """The operators of a network in 8 bits."""
    record, network = request.record, request.for_tflite
    plain = lowered(network.model, record.name, network.contract)
    calibration = draw(Network(fold(network.model), network.contract))
    ranges = {**calibration.ranges, record.contract.input.name: _input_range(record.contract)}
    kept = [_number(plain, layer) for layer in float_layers]
    small, (fed,), read = quantise(plain.network, ranges, [plain.fed], plain.read, kept)
    return Lowered(small, fed, read, {})


def _key(request: FormRequest) -> dict[str, str]:
    """The cache key of the float32 operators and the metadata."""
    record = request.record
    return {
        "source": record.sha256,
        "contract": record.contract.digest,
        "name": record.name,
        "licence": record.licence,
        "trim": str(request.trim),
        "input_size": str(request.input_size),
    }


def _converted(request: FormRequest) -> str:
    """How the float32 operators were made."""
    size = f" at {request.input_size} px" if request.input_size else ""
    return f"ONNX to TFLite{size}{', trimmed' if request.trim else ''}"


def _input_range(contract: Contract) -> tuple[float, float]:
    """Range of the input: every pixel value of every channel, and the zeros of extra channels.

    The calibration may not have it, because forms for other runtimes can have uint8 input.
    """
    entry = contract.input
    ends = [
        (pixel - mean) / std
        for pixel in (0.0, 1.0)
        for mean, std in zip(entry.mean, entry.std, strict=True)
    ]
    return min(ends), max(ends)


def _number(plain: Lowered, layer: str) -> int:
    if layer not in plain.numbers:
        raise ConfigError(
            f"float_layers has {layer!r}, which is no layer of this network; "
            "'hairopt models diagnose' lists them"
        )
    return plain.numbers[layer]
