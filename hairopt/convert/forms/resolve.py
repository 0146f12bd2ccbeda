"""Find or make the file that a runtime can load: original, shipped or derived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hairopt.convert.forms.for_tflite import quantised_tflite_form, tflite_form
from hairopt.convert.forms.request import (
    FormRequest,
    Photos,
    Precision,
    cached_form,
    model_file,
)
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import QUANTIZED, TRIMMED, check_passes
from hairopt.convert.quantization.calibration import Calibration, fingerprint, observe
from hairopt.convert.quantization.float16 import to_float16
from hairopt.convert.quantization.onnx_int8 import INT8_OPERATORS, Int8Settings, fold, to_int8
from hairopt.convert.quantization.shipped import shipped_form
from hairopt.convert.quantization.stored import (
    kept_calibration,
    kept_float_layers,
    require_same_network,
)
from hairopt.errors import ConfigError, UnavailableError
from hairopt.models.contract import ModelFile, ModelRecord
from hairopt.models.derived import derived_dir
from hairopt.models.store import find_model
from hairopt.quantities import number_of

if TYPE_CHECKING:
    import onnx

DEFAULT_METHOD = "percentile"
"""Ranges of 99.99 % of the values: they keep 99.6 % of the IoU of MediaPipe's hair network; ranges
of all values keep 98.1 %."""

_PRECISIONS = ("float32", "float16", "int8", "mixed")


def resolve(
    record: ModelRecord,
    path: Path,
    *,
    formats: tuple[str, ...],
    precision: str,
    cache_dir: Path | None = None,
    calibration: Photos | None = None,
    method: str = DEFAULT_METHOD,
    passes: Sequence[str] | None = None,
    float_layers: Sequence[str] | None = None,
    only_made: bool = False,
    trim: bool = False,
    input_size: int | None = None,
) -> ModelFile:
    """Find or make the file of a model that a runtime can load.

    Args:
        record: the model.
        path: its original file, which has the hash of the record.
        formats: formats that the runtime reads, best first.
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        cache_dir: folder for forms; None for the model's own folder.
        calibration: returns photos (uint8 (H, W, 3) RGB) to calibrate int8 with, the same at each
            call; None for the stored calibration, if there is one.
        method: calibration method: ``minmax``, ``percentile``, ``entropy``.
        passes: names of exact rewrites, see ``hairopt.convert.passes.rewrite``; None for those
            that the precision needs.
        float_layers: layers that stay float32 in mixed precision; None for the known ones.
        only_made: use only existing forms.
        trim: leave out the network's last enlargement, see ``hairopt.convert.passes.trim``.
        input_size: side in pixels at which the form will run; None for the network's own. A TFLite
            form that is made from ONNX has it; other files are resized by the runtime.

    Returns:
        The original file if its format fits and the precision is float32; otherwise a file of the
        package or of the cache, which is made if it is missing.

    Raises:
        UnavailableError: there is no such form of this model for this runtime.
        ModelError: the file is damaged or cannot be converted.
        DataError: too few calibration photos.
        ConfigError: an unknown precision or rewrite.
        UsageError: the cache cannot be written.
    """
    if precision not in _PRECISIONS:
        raise ConfigError(f"precision {precision!r} is not one of: {', '.join(_PRECISIONS)}")
    automatic = passes is None
    if passes is None:
        passes = QUANTIZED if precision in ("int8", "mixed") else ()
    plain = automatic or not passes
    passes = check_passes((*passes, *(TRIMMED if trim else ())))
    if precision == "float32" and record.format in formats and not passes:
        return ModelFile(
            record=record,
            path=path,
            format=record.format,
            precision="float32",
            sha256=record.sha256,
            contract=record.contract,
        )
    cache = cache_dir or derived_dir(record, "forms")
    own = (record.contract.input.height, record.contract.input.width)
    request = FormRequest(
        record,
        path,
        cache,
        calibration,
        method,
        passes,
        float_layers,
        only_made,
        trim,
        None if input_size is None or own == (input_size, input_size) else input_size,
    )
    if "onnx" not in formats:
        return _for_tflite(request, formats, precision, plain=plain)
    _require_float(record, precision)
    if precision == "int8" and automatic and calibration is None and not trim:
        shipped = _shipped_int8(request)
        if shipped is not None:
            return shipped
    return _MAKERS[cast(Precision, precision)](request)


def _for_tflite(
    request: FormRequest, formats: tuple[str, ...], precision: str, *, plain: bool
) -> ModelFile:
    """The form of an ONNX network for a runtime that reads TFLite.

    Raises:
        UnavailableError: there is none.
    """
    record = request.record
    if record.format == "onnx" and precision == "float32" and plain:
        return tflite_form(request)
    if record.format == "onnx" and precision in ("int8", "mixed") and plain:
        _require_float(record, precision)
        layers = _float_layers(request) if precision == "mixed" else ()
        made = cast(Precision, precision)
        return quantised_tflite_form(request, made, layers, *_calibration(request))
    if request.trim and record.format == "tflite":
        raise UnavailableError(
            f"model {record.name} is stored as TFLite, which this runtime reads as it is; only "
            "networks stored as ONNX can be trimmed for it",
            "set segment.trim = false in the variant",
        )
    what = f"{precision}, rewritten," if request.passes else precision
    raise UnavailableError(
        f"model {record.name} in {what} exists as ONNX only, and this runtime reads "
        f"{' and '.join(formats)}; the runtime onnxruntime can run it"
    )


def _require_float(record: ModelRecord, precision: str) -> None:
    stored = {record.contract.input.dtype, record.contract.output.dtype}
    if precision != "float32" and not stored <= {"float32", "int32", "int64"}:
        raise UnavailableError(
            f"model {record.name} has input or output in {' and '.join(sorted(stored))}; "
            f"{precision} can be made only from float32 networks"
        )


def _float32(request: FormRequest) -> ModelFile:
    key = {"to": "onnx", **request.key}
    return cached_form(request, "float32", key, "", lambda: request.rewritten.network.model)


def _float16(request: FormRequest) -> ModelFile:
    key = {"to": "float16", **request.key}

    def make() -> onnx.ModelProto:
        return to_float16(request.rewritten.network.model)

    return cached_form(request, "float16", key, "float16", make)


def _shipped_int8(request: FormRequest) -> ModelFile | None:
    """The file of the package, unless the user has calibrated the network."""
    record = request.record
    form = shipped_form(record, "int8")
    if form is None or kept_calibration(record, own=True) is not None:
        return None
    return model_file(request, "int8", form, form.derivation, record.contract, form.coverage)


def _int8(request: FormRequest) -> ModelFile:
    return _quantized(request, "int8", ())


def _mixed(request: FormRequest) -> ModelFile:
    return _quantized(request, "mixed", _float_layers(request))


def _float_layers(request: FormRequest) -> Sequence[str]:
    """The layers that stay float32 in mixed precision.

    Raises:
        UnavailableError: none are given, and none are stored.
    """
    layers = request.float_layers
    if layers is None:
        layers = kept_float_layers(request.record)
    if layers is None:
        now = ", as it is calibrated now" if kept_calibration(request.record) else ""
        raise UnavailableError(
            f"the layers of model {request.record.name} that have to stay float32 in mixed "
            f"precision{now} are not known",
            f"hairopt models quantize {request.record.name} --precision mixed --calibrate DIR",
        )
    return layers


def _quantized(
    request: FormRequest, precision: Precision, float_layers: Sequence[str]
) -> ModelFile:
    settings = Int8Settings.for_this_cpu(float_layers)
    method, seen, draw = _calibration(request)
    key = {
        "to": precision,
        "settings": repr(settings),
        "calibration": seen,
        "method": method,
        **request.key,
    }

    def make() -> onnx.ModelProto:
        network = request.rewritten.network
        folded = fold(network.model)
        return to_int8(folded, draw(Network(folded, network.contract)), settings)

    bits = 7 if settings.reduce_range else 8
    derivation = (
        f"{precision}, static QDQ, U8S8 per channel, {bits}-bit weights, {method}, "
        f"calibration {seen[:12]}"
    )
    if precision == "mixed":
        derivation += f", {number_of(len(float_layers), 'layer')} in float32"
    return cached_form(request, precision, key, derivation, make)


def _calibration(request: FormRequest) -> tuple[str, str, Callable[[Network], Calibration]]:
    """The calibration method, the fingerprint of the photos, and a function for the ranges.

    Raises:
        UnavailableError: no photos are given and there is no stored calibration; or (when the
            function is called) the stored calibration is of another network.
    """
    photos, method = request.calibration, request.method
    if photos is not None:

        def draw(network: Network) -> Calibration:
            entry = network.contract.input
            return observe(network.model, entry, photos(), INT8_OPERATORS).calibration(method)

        return method, fingerprint(photos()), draw
    known = kept_calibration(request.record)
    if known is None:
        raise UnavailableError(
            f"int8 of model {request.record.name} needs photos to calibrate with, but none are "
            "given",
            f"hairopt models quantize {request.record.name} --precision int8 --calibrate DIR",
        )

    def kept(_: Network) -> Calibration:
        require_same_network(known, request.calibrated, request.record.name)
        return known

    return known.method, known.fingerprint, kept


_MAKERS: dict[Precision, Callable[[FormRequest], ModelFile]] = {
    "float32": _float32,
    "float16": _float16,
    "int8": _int8,
    "mixed": _mixed,
}


def float16_form(name: str) -> ModelFile:
    """The float16 form of a model in the store.

    Raises:
        ConfigError, UnavailableError, ModelError: as ``find_model`` and ``resolve``.
    """
    record, path = find_model(name)
    return resolve(record, path, formats=("onnx",), precision="float16")
