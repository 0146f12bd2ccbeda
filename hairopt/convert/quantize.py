"""Quantise a model with calibration photos, and judge it against truth before it is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.forms.request import Photos
from hairopt.convert.forms.resolve import DEFAULT_METHOD, resolve
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import (
    ENOUGH_PHOTOS,
    MIN_PHOTOS,
    Calibration,
    Observed,
    observe,
    require_disjoint,
)
from hairopt.convert.quantization.diagnosis import LayerDiagnosis, diagnose
from hairopt.convert.quantization.mask_judge import Judge, require_hair_found
from hairopt.convert.quantization.mixed_search import MixedSearch, Trial, search_mixed
from hairopt.convert.quantization.onnx_int8 import INT8_OPERATORS, Int8Settings, fold, to_int8
from hairopt.convert.quantization.stored import (
    keep_calibration,
    keep_float_layers,
    kept_calibration,
    require_same_network,
)
from hairopt.datasets.case import Case
from hairopt.errors import DataError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.squash import squash
from hairopt.models.store import find_model
from hairopt.quantities import number_of

_DIAGNOSED_PHOTOS = 4


@dataclass(frozen=True)
class Quantized:
    """A quantised model and the quality it keeps.

    Attributes:
        file: the form, in the cache.
        method: calibration method.
        iou_float32: mean IoU of the float32 network.
        iou: mean IoU of the form.
        tried: method -> mean IoU, for every measured method.
        search: the search of mixed precision; None for int8.
    """

    file: ModelFile
    method: str
    iou_float32: float
    iou: float
    tried: dict[str, float]
    search: MixedSearch | None = None

    @property
    def retention(self) -> float:
        """Share of the float32 network's IoU that is kept."""
        return self.iou / self.iou_float32


@dataclass(frozen=True)
class Budget:
    """The limits of a search.

    Attributes:
        target: retention that mixed precision has to reach.
        methods: calibration methods to try; the best is kept.
        out_of_time: called before every further trial.
        on_trial: called with every trial of mixed precision.
    """

    target: float = 0.99
    methods: Sequence[str] = (DEFAULT_METHOD,)
    out_of_time: Callable[[], bool] = lambda: False
    on_trial: Callable[[Trial], None] = lambda _: None


def quantize(
    name: str,
    precision: str,
    photos: Photos,
    cases: Sequence[Case],
    budget: Budget | None = None,
    *,
    few_photos: bool = False,
) -> Quantized:
    """Calibrate a model, choose the form with the best quality, and store the result for variants.

    Args:
        name: name of a model in the store.
        precision: ``int8`` or ``mixed``.
        photos: returns the calibration photos at each call, uint8 (H, W, 3) RGB.
        cases: cases to judge with; none of the photos may be among them.
        budget: limits of the search.
        few_photos: accept fewer than 100 photos.

    Raises:
        DataError: too few photos, photos that are among the cases, or cases in which float32 finds
            no hair.
        UnavailableError, ModelError, ConfigError: as ``hairopt.convert.forms.resolve.resolve``.
    """
    budget = budget or Budget()
    record, path = find_model(name)
    network = rewrite(float32_network(record, path), QUANTIZED).network
    judge = Judge(network.contract, cases)
    folded = fold(network.model)
    observed = observe(folded, network.contract.input, photos(), INT8_OPERATORS)
    _require_enough(observed, few_photos)
    calibrations = {method: observed.calibration(method) for method in budget.methods}
    require_disjoint(next(iter(calibrations.values())), judge.hashes)
    reference = require_hair_found(judge.iou(folded))
    settings = Int8Settings.for_this_cpu()
    tried = {
        method: judge.iou(to_int8(folded, calibration, settings))
        for method, calibration in calibrations.items()
    }
    method = max(tried, key=lambda one: tried[one])
    score, search = tried[method], None
    if precision == "mixed":
        search = _search(network, calibrations[method], judge, budget)
        score = search.best.retention * reference
    # Stored together at the end, so that an interrupted search does not change the old results.
    keep_calibration(record, calibrations[method], network)
    if search is not None:
        keep_float_layers(record, search.best.float_layers, calibrations[method])
    file = resolve(record, path, formats=("onnx",), precision=precision)
    return Quantized(file, method, reference, score, tried, search)


def _require_enough(observed: Observed, few_photos: bool) -> None:
    different = len(set(observed.photos))
    if different < MIN_PHOTOS or (different < ENOUGH_PHOTOS and not few_photos):
        repeated = len(observed.photos) - different
        copies = number_of(repeated, "more is a copy", "more are copies")
        twice = f" ({copies} of them)" if repeated else ""
        accepted = "--few-photos accepts fewer" if different >= MIN_PHOTOS else "add some"
        raise DataError(
            f"{number_of(different, 'photo is', 'photos are')} too few to calibrate with{twice}: "
            f"at least {ENOUGH_PHOTOS} are wanted, or the tails of the activations are left to "
            f"chance; {accepted}"
        )


def diagnose_model(name: str, cases: Sequence[Case]) -> tuple[LayerDiagnosis, ...]:
    """The loss of signal in int8 and the time of each layer of a model.

    Args:
        name: name of a model in the store.
        cases: cases whose photos are run; four of them are used.

    Raises:
        UnavailableError: the model is not calibrated, or was calibrated by an older hairopt.
        ModelError, ConfigError, DataError: as ``hairopt.convert.forms.resolve.resolve``.
    """
    record, path = find_model(name)
    calibration = kept_calibration(record)
    if calibration is None:
        raise UnavailableError(
            f"model {name} has not been calibrated",
            f"hairopt models quantize {name} --precision int8 --calibrate DIR",
        )
    network = rewrite(float32_network(record, path), QUANTIZED).network
    require_same_network(calibration, network, name)
    contract = network.contract.input
    some = [
        case.read(
            partial(squash, height_px=contract.height, width_px=contract.width), with_dyed=False
        ).image
        for case in cases[:_DIAGNOSED_PHOTOS]
    ]
    return diagnose(network, calibration, some)


def photos_in(folder: Path) -> Photos:
    """The photos of a folder, or of its sub-folder ``images``, in order of their names.

    Raises:
        DataError: no folder, or no photo in it.
    """
    from hairopt.images import decode_image, read_bytes

    inner = folder / "images"
    base = inner if inner.is_dir() else folder
    if not base.is_dir():
        raise DataError(f"{folder} is no folder of photos")
    known = (".jpg", ".jpeg", ".png", ".webp")
    paths = sorted(path for path in base.rglob("*") if path.suffix.lower() in known)
    if not paths:
        raise DataError(f"{folder} holds no photo ({', '.join(known)})")
    return lambda: (decode_image(read_bytes(path), str(path)) for path in paths)


def _search(
    network: Network, calibration: Calibration, judge: Judge, budget: Budget
) -> MixedSearch:
    some = judge.photos[:_DIAGNOSED_PHOTOS]
    return search_mixed(
        network,
        calibration,
        diagnose(network, calibration, some),
        judge,
        target=budget.target,
        out_of_time=budget.out_of_time,
        on_trial=budget.on_trial,
    )
