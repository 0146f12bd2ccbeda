"""The file that a runtime can load: the original, one that came with hairopt, or a derived one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from hairopt.convert.calibration import Calibration, calibrate, fingerprint
from hairopt.convert.float16 import FLOAT16_VERSION, to_float16
from hairopt.convert.form_cache import cached, default_cache_dir
from hairopt.convert.int8 import INT8_OPERATORS, INT8_VERSION, Int8Settings, fold, to_int8
from hairopt.convert.passes.protocol import Network
from hairopt.convert.rewrite import REWRITE_VERSION, Rewritten, check_passes, rewrite
from hairopt.convert.shipped import shipped_calibration, shipped_form
from hairopt.convert.tflite_form import tflite_form
from hairopt.convert.tflite_to_onnx import CONVERTER_VERSION, convert_tflite, converted_contract
from hairopt.errors import ConfigError, ModelError, UnavailableError
from hairopt.models.contract import Contract, ModelFile, ModelRecord
from hairopt.runtimes.installed import package_version
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

Precision: TypeAlias = Literal["float32", "float16", "int8", "mixed"]
Photos: TypeAlias = Callable[[], Iterable[ImageU8]]

_PRECISIONS = ("float32", "float16", "int8", "mixed")


def float32_network(record: ModelRecord, path: Path) -> Network:
    """A model as float32 ONNX, whatever its file's format, with the contract of that.

    Raises:
        ModelError: the file is damaged or cannot be converted.
    """
    if record.format == "tflite":
        return Network(convert_tflite(path), converted_contract(record.contract))
    import onnx

    try:
        return Network(onnx.load(str(path)), record.contract)
    except Exception as error:  # protobuf's and onnx's errors share no base class
        raise ModelError(f"{path} cannot be read as ONNX: {error}") from error


@dataclass(frozen=True)
class _Request:
    record: ModelRecord
    path: Path
    cache: Path
    calibration: Photos | None
    passes: tuple[str, ...]

    @cached_property
    def rewritten(self) -> Rewritten:
        """The network as float32 ONNX, after the passes that were asked for."""
        return rewrite(float32_network(self.record, self.path), self.passes)

    @property
    def key(self) -> dict[str, str]:
        """What decides the rewritten network."""
        key = {"source": self.record.sha256, "converter": CONVERTER_VERSION}
        if self.passes:
            key |= {"passes": " ".join(self.passes), "rewrite": REWRITE_VERSION}
        return key


def resolve(
    record: ModelRecord,
    path: Path,
    *,
    formats: tuple[str, ...],
    precision: str,
    cache_dir: Path | None = None,
    calibration: Photos | None = None,
    passes: Sequence[str] = (),
    float_layers: Sequence[str] | None = None,
) -> ModelFile:
    """Find or make the file of a model that a runtime can load.

    Args:
        record: the model.
        path: its original file, which has the hash of the record.
        formats: what the runtime reads, best first.
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        cache_dir: where derived files are kept; None for hairopt's own folder.
        calibration: gives photos (uint8 (H, W, 3) RGB) to calibrate int8 with, afresh at each
            call; None for the calibration that comes with hairopt, where there is one.
        passes: names of exact rewrites, see ``hairopt.convert.rewrite``.
        float_layers: layers that stay float32 in mixed precision; None for the known ones.

    Returns:
        The original where its format fits and float32 is asked for; else a file of the package,
        or one of the cache, which is made if it is missing.

    Raises:
        UnavailableError: there is no such form of this model for this runtime.
        ModelError: the file is damaged or cannot be converted.
        DataError: too few calibration photos.
        ConfigError: an unknown precision or rewrite.
        UsageError: the cache cannot be written.
    """
    if precision not in _PRECISIONS:
        raise ConfigError(f"precision {precision!r} is none of: {', '.join(_PRECISIONS)}")
    passes = check_passes(passes)
    if precision == "float32" and record.format in formats and not passes:
        return ModelFile(
            record=record,
            path=path,
            format=record.format,
            precision="float32",
            sha256=record.sha256,
            contract=record.contract,
        )
    if precision == "float32" and record.format == "onnx" and "onnx" not in formats:
        return tflite_form(record, path, cache_dir or default_cache_dir())
    if "onnx" not in formats:
        what = f"{precision}, rewritten," if passes else precision
        raise UnavailableError(
            f"model {record.name} in {what} exists as ONNX only, and this runtime reads "
            f"{' and '.join(formats)}; the runtime onnxruntime can run it"
        )
    request = _Request(record, path, cache_dir or default_cache_dir(), calibration, passes)
    _require_float(record, precision)
    return _MAKERS[cast(Precision, precision)](request)


def _require_float(record: ModelRecord, precision: str) -> None:
    stored = {record.contract.input.dtype, record.contract.output.dtype}
    if precision != "float32" and not stored <= {"float32", "int32", "int64"}:
        raise UnavailableError(
            f"model {record.name} takes or gives {' and '.join(sorted(stored))}; {precision} is "
            "derived from float32 networks only"
        )


def _float32(request: _Request) -> ModelFile:
    key = {"to": "onnx", **request.key}
    if request.passes:
        key |= _tools()
    return _cached(request, "float32", key, "", lambda: request.rewritten.network.model)


def _float16(request: _Request) -> ModelFile:
    key = {"to": "float16", "version": FLOAT16_VERSION, **request.key, **_tools()}

    def make() -> onnx.ModelProto:
        return to_float16(request.rewritten.network.model)

    return _cached(request, "float16", key, "float16", make)


def _int8(request: _Request) -> ModelFile:
    photos = request.calibration
    if photos is None:
        return _shipped_int8(request)

    def measure(folded: onnx.ModelProto) -> Calibration:
        contract = request.rewritten.network.contract
        return calibrate(folded, contract.input, photos(), INT8_OPERATORS)

    return _quantized(request, fingerprint(photos()), measure)


def _shipped_int8(request: _Request) -> ModelFile:
    record = request.record
    form = shipped_form(record.sha256, "int8")
    if form is not None and not request.passes:
        return _file(request, "int8", form.path, form.sha256, form.derivation, record.contract)
    known = shipped_calibration(record.sha256)
    if known is None:
        raise UnavailableError(
            f"int8 of model {record.name} needs photos to calibrate with, and none were given"
        )
    return _quantized(request, known.fingerprint, lambda _: known)


def _quantized(
    request: _Request, seen: str, measure: Callable[[onnx.ModelProto], Calibration]
) -> ModelFile:
    settings = Int8Settings.for_this_cpu()
    key = {
        "to": "int8",
        "version": INT8_VERSION,
        "settings": repr(settings),
        "calibration": seen,
        **request.key,
        **_tools(),
    }

    def make() -> onnx.ModelProto:
        folded = fold(request.rewritten.network.model)
        return to_int8(folded, measure(folded), settings)

    bits = 7 if settings.reduce_range else 8
    derivation = (
        f"int8, static QDQ, U8S8 per channel, {bits}-bit weights, MinMax, calibration {seen[:12]}"
    )
    return _cached(request, "int8", key, derivation, make)


def _mixed(request: _Request) -> ModelFile:
    raise UnavailableError(f"there is no mixed-precision form of model {request.record.name}")


_MAKERS: dict[Precision, Callable[[_Request], ModelFile]] = {
    "float32": _float32,
    "float16": _float16,
    "int8": _int8,
    "mixed": _mixed,
}


def _tools() -> dict[str, str]:
    """What else decides the bytes: the packages that do the work."""
    return {
        "onnx": package_version("onnx"),
        "onnxruntime": package_version("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"),
    }


def _cached(
    request: _Request,
    precision: Precision,
    key: dict[str, str],
    derivation: str,
    make: Callable[[], onnx.ModelProto],
) -> ModelFile:
    def serialize() -> bytes:
        return bytes(make().SerializeToString(deterministic=True))

    def facts() -> dict[str, Any]:
        network, applied = request.rewritten.network, request.rewritten.applied
        return {"contract": network.contract.model_dump(mode="json"), "applied": applied}

    form = cached(request.cache, key, serialize, facts=facts)
    steps = ["TFLite to ONNX"] if request.record.format == "tflite" else []
    if form.facts["applied"]:
        steps.append(f"rewritten ({', '.join(form.facts['applied'])})")
    if derivation:
        steps.append(derivation)
    contract = Contract.model_validate(form.facts["contract"])
    return _file(request, precision, form.path, form.sha256, "; ".join(steps), contract)


def _file(
    request: _Request,
    precision: Precision,
    path: Path,
    sha256: str,
    derivation: str,
    contract: Contract,
) -> ModelFile:
    return ModelFile(
        record=request.record,
        path=path,
        format="onnx",
        precision=precision,
        sha256=sha256,
        contract=contract,
        derivation=derivation,
    )
