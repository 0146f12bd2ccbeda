"""The columns of quality: a headline for what a release may not lose, and every other metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from hairopt.measure.run_model import MetricInfo, Run
from hairopt.metrics.catalog import EXPECTED_IOU, METRICS, UNLABELLED, agreement
from hairopt.report.matrix import Column

_HEADLINES: Mapping[str, tuple[str, str, int]] = {
    "alpha_iou": ("mask", "IoU", 80),
    "alpha_boundary_iou": ("edge", "IoU", 50),
    "edge_roughness": ("jagged", "", 38),
    "lock_de00": ("colour", "ΔE00", 70),
    "dye_strength": ("strength", "of 1", 60),
    "texture_structure": ("texture", "SSIM", 45),
    "outside_structure": ("outside", "SSIM", 40),
    "outside_de00": ("bleed", "ΔE00", 42),
}
_UNLABELLED = {
    agreement(name): (f"{title} agreement", unit, importance)
    for name, (title, unit, importance) in _HEADLINES.items()
    if agreement(name) in UNLABELLED
} | {EXPECTED_IOU: ("expected", "IoU", 90)}
"""The same of photos without masks."""

"""Title, unit and importance of the metrics that are guarded by default."""

_OLDER = {
    "alpha_iou": "iou",
    "alpha_boundary_iou": "boundary_iou",
    "outside_de00": "bleed_de00",
}
"""What stands in where no variant of a run has a guarded metric: runs of older versions."""

_OTHER_IMPORTANCE = 35
"""Of a metric that a plug-in guards: a narrow terminal gives it up before the built-in ones."""

_KINDS = ("mask", "edge", "matte", "color", "bleed", "agreement", "expected", "")
_UNITS = {"share": "", "ratio": "", "dE00": "ΔE00", "dE76": "ΔE76"}
_DECIMALS = {"px": 2, "kpx": 2, "dE00": 2, "dE76": 2}
_UNKNOWN = MetricInfo(unit="", kind="", summary="of a plug-in", higher_is_better=True)


def metric_column(name: str, info: MetricInfo | None = None) -> Column:
    """The column of one metric.

    Args:
        name: of the metric.
        info: what the run tells of it; None for what the catalog tells.
    """
    info = info or _info(name)
    title, unit, importance = {**_HEADLINES, **_UNLABELLED}.get(
        name, (name, _UNITS.get(info.unit, info.unit), _OTHER_IMPORTANCE)
    )
    ideal = "" if info.target is None else f"; {info.target:g} is best"
    return Column(
        key=name,
        title=title,
        unit=unit,
        side=_side(name),
        higher_is_better=None if info.target is not None else info.higher_is_better,
        decimals=_DECIMALS.get(info.unit, 3),
        meaning=f"{info.summary[:1].upper()}{info.summary[1:]}{ideal}.",
        importance=importance,
        kind=info.kind,
    )


def _side(name: str) -> Literal["quality", "agreement", "expected"]:
    if name == EXPECTED_IOU:
        return "expected"
    return "agreement" if name in UNLABELLED else "quality"


def headline_columns(run: Run) -> tuple[Column, ...]:
    """The guarded metrics of a run; for an older one what it has in their place."""
    infos = _infos(run)
    if not run.dataset.is_labelled:
        names = (EXPECTED_IOU, *(name for name in UNLABELLED if name != EXPECTED_IOU))
        return tuple(metric_column(name, infos[name]) for name in names if name in infos)
    guarded = [name for name in METRICS if METRICS[name].guarded_by_default]
    guarded += [name for name, info in infos.items() if info.guarded and name not in guarded]
    found = []
    for name in guarded:
        if name in infos:
            found.append(metric_column(name, infos[name]))
        elif _OLDER.get(name) in infos:
            found.append(_in_place_of(name, _OLDER[name]))
    return tuple(found)


def other_columns(run: Run, headline: Iterable[Column]) -> tuple[Column, ...]:
    """All other metrics of a run, by what they look at, in the order of the catalog."""
    shown = {column.key for column in headline}
    found = (metric_column(name, info) for name, info in _infos(run).items() if name not in shown)
    return tuple(sorted(found, key=lambda column: _KINDS.index(column.kind)))


def _in_place_of(name: str, older: str) -> Column:
    title, unit, importance = _HEADLINES[name]
    return replace(metric_column(older), title=title, unit=unit, importance=importance)


def _infos(run: Run) -> dict[str, MetricInfo]:
    """The metrics of the measured variants."""
    names = dict.fromkeys(
        name
        for result in run.variants.values()
        if result.status == "ok"
        for name, summary in result.summaries.items()
        if summary.mean is not None
    )
    return {name: run.metrics.get(name) or _info(name, run) for name in names}


def _info(name: str, run: Run | None = None) -> MetricInfo:
    if name in METRICS or name in UNLABELLED:
        return MetricInfo.of(METRICS.get(name) or UNLABELLED[name])
    for result in run.variants.values() if run else ():
        if name in result.quality and result.quality[name].higher_is_better is not None:
            better = bool(result.quality[name].higher_is_better)
            return _UNKNOWN.model_copy(update={"higher_is_better": better})
    return _UNKNOWN
