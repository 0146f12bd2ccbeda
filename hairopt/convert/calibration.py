"""The ranges that a network's tensors take on photos: all that quantisation learns from data."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError, ModelError
from hairopt.models.contract import InputContract
from hairopt.models.tensors import prepare
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

MIN_PHOTOS = 2
"""One photo is no sample of anything; a hundred are advisable."""


@dataclass(frozen=True)
class Calibration:
    """Smallest and largest value of each tensor over all photos (MinMax).

    Attributes:
        photos: how many were looked at.
        fingerprint: SHA-256 over the photos' own SHA-256, in order.
        ranges: tensor name -> (minimum, maximum).
    """

    photos: int
    fingerprint: str
    ranges: Mapping[str, tuple[float, float]]


def calibrate(
    model: onnx.ModelProto,
    contract: InputContract,
    photos: Iterable[ImageU8],
    operators: tuple[str, ...],
) -> Calibration:
    """Run a network on photos and note the range of what goes in and out of some operators.

    Args:
        model: a float32 network, folded (``hairopt.convert.int8.fold``).
        contract: how a photo becomes its input.
        photos: uint8 (H, W, 3) RGB; none of them may be used to judge the result.
        operators: kinds of operators whose tensors are wanted.

    Raises:
        DataError: fewer than two photos.
        ModelError: the network gives values that are not finite.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, create_calibrator

    reader = _Reader(contract, photos)
    with tempfile.TemporaryDirectory(prefix="hairopt-calibrate-") as folder:
        source = Path(folder, "float32.onnx")
        onnx.save_model(model, source)
        calibrator = create_calibrator(
            source,
            list(operators),
            augmented_model_path=str(Path(folder, "augmented.onnx")),
            calibrate_method=CalibrationMethod.MinMax,
        )
        try:
            calibrator.collect_data(reader)
        except ValueError as error:
            # What onnxruntime says when it was given nothing at all.
            reader.require_enough()
            raise ModelError(f"the network cannot be calibrated: {error}") from error
        reader.require_enough()
        found = calibrator.compute_data().data
    ranges = {name: _pair(data.range_value) for name, data in found.items()}
    _require_finite(ranges)
    return Calibration(reader.count, reader.fingerprint, ranges)


def fingerprint(photos: Iterable[ImageU8]) -> str:
    """What ``Calibration.fingerprint`` would be for these photos."""
    total = hashlib.sha256()
    for photo in photos:
        total.update(_photo_hash(photo))
    return total.hexdigest()


def read_calibration(path: Path) -> Calibration:
    """Read what ``calibration_json`` wrote.

    Raises:
        ModelError: another or a damaged file.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        ranges = {str(name): _pair(pair) for name, pair in data["ranges"].items()}
        calibration = Calibration(int(data["photos"]), str(data["fingerprint"]), ranges)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} holds no calibration: {error}") from error
    _require_finite(ranges)
    return calibration


def calibration_json(calibration: Calibration) -> str:
    """A calibration as JSON, the ranges in seven digits, which is what float32 has."""
    ranges = {
        name: [float(f"{low:.7g}"), float(f"{high:.7g}")]
        for name, (low, high) in sorted(calibration.ranges.items())
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(pair)}" for name, pair in ranges.items())
    return (
        f'{{"photos": {calibration.photos},\n"fingerprint": "{calibration.fingerprint}",\n'
        f'"ranges": {{\n{lines}\n}}}}\n'
    )


class _Reader:
    """Feeds photos to onnxruntime's calibrator one at a time, and counts them."""

    def __init__(self, contract: InputContract, photos: Iterable[ImageU8]) -> None:
        self.count = 0
        self._contract = contract
        self._photos: Iterator[ImageU8] = iter(photos)
        self._hash = hashlib.sha256()

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        """The next input by name, or None at the end."""
        photo = next(self._photos, None)
        if photo is None:
            return None
        self.count += 1
        self._hash.update(_photo_hash(photo))
        return {self._contract.name: prepare(photo, self._contract)}

    def require_enough(self) -> None:
        if self.count < MIN_PHOTOS:
            raise DataError(
                f"calibration got {self.count} photo(s); at least {MIN_PHOTOS} are needed, "
                "100 are advisable"
            )


def _photo_hash(photo: ImageU8) -> bytes:
    return hashlib.sha256(str(photo.shape).encode() + np.ascontiguousarray(photo).data).digest()


def _pair(values: Any) -> tuple[float, float]:  # noqa: ANN401
    low, high = (float(np.asarray(value).reshape(())) for value in values)
    return low, high


def _require_finite(ranges: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in ranges.items():
        if not (np.isfinite([low, high]).all() and low <= high):
            raise ModelError(
                f"tensor {name!r} ranges from {low} to {high}; a network with such values cannot "
                "be quantised"
            )
