"""Search for the layers that have to stay float32 so that a quantised network keeps its quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.convert.passes.protocol import Network
from hairopt.convert.quantization.calibration import Calibration
from hairopt.convert.quantization.diagnosis import LayerDiagnosis
from hairopt.convert.quantization.mask_judge import Judge, require_hair_found
from hairopt.convert.quantization.onnx_int8 import Int8Settings, fold, to_int8

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class Trial:
    """A set of float layers, and the quality it keeps.

    Attributes:
        float_layers: names of output tensors.
        retention: mean IoU divided by that of the float32 network.
    """

    float_layers: tuple[str, ...]
    retention: float


@dataclass(frozen=True)
class MixedSearch:
    """The outcome of a search.

    Attributes:
        best: the smallest set that reaches the target; otherwise the one that keeps most.
        reached: whether it reaches the target.
        trials: all measured sets, in order.
        out_of_time: whether the time limit ended the search.
    """

    best: Trial
    reached: bool
    trials: tuple[Trial, ...]
    out_of_time: bool


def search_mixed(
    network: Network,
    calibration: Calibration,
    layers: Sequence[LayerDiagnosis],
    judge: Judge,
    *,
    target: float = 0.99,
    out_of_time: Callable[[], bool] = lambda: False,
    on_trial: Callable[[Trial], None] = lambda _: None,
) -> MixedSearch:
    """Keep the layers with the largest loss of signal in float32: as few as reach the target.

    The layers are ranked by their own loss (``LayerDiagnosis.lost_db``). The number of float layers
    is doubled until the measured retention reaches the target, then reduced by bisection.

    Args:
        network: float32, after the rewrites it is quantised with.
        calibration: the ranges of its tensors.
        layers: the result of ``diagnose``.
        judge: measures the IoU.
        target: retention to reach.
        out_of_time: called before every trial except the first.
        on_trial: called with every trial.

    Raises:
        ModelError, DataError: as ``to_int8``, ``Judge.iou`` and ``require_hair_found``.
    """
    ranked = [layer.name for layer in sorted(layers, key=lambda layer: -layer.lost_db)]
    folded = fold(network.model)
    reference = require_hair_found(judge.iou(folded))
    trials: dict[int, Trial] = {}

    def reaches(count: int) -> bool:
        kept = tuple(ranked[:count])
        form: onnx.ModelProto = to_int8(folded, calibration, Int8Settings.for_this_cpu(kept))
        trials[count] = Trial(kept, judge.iou(form) / reference)
        on_trial(trials[count])
        return trials[count].retention >= target

    ended = False
    low, high = -1, 0
    while not reaches(high):
        if high == len(ranked) or (ended := out_of_time()):
            break
        low, high = high, min(max(1, 2 * high), len(ranked))
    while high - low > 1 and trials[high].retention >= target:
        if ended := out_of_time():
            break
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    good = [trial for trial in trials.values() if trial.retention >= target]
    best = (
        min(good, key=lambda trial: len(trial.float_layers))
        if good
        else max(trials.values(), key=lambda trial: trial.retention)
    )
    return MixedSearch(best, bool(good), tuple(trials.values()), ended)
