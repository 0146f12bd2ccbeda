"""Colour asked for and got: swatches by hair, and what the recolour methods do by intensity."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from hairopt.measure.run_model import IntensityPoint, Run, Swatch, VariantResult
from hairopt.report.charts.curves import Axis, Line, Spot, curves_svg, series_key
from hairopt.report.matrix import COLOUR_METRIC
from hairopt.report.run.page import Chart, Colors, SwatchCell, SwatchRow, SwatchTable

_ALL = "all"
_BANDS = (_ALL, "dark", "medium", "light", "grey")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

_Curves = Mapping[str, Sequence[IntensityPoint]]


def colors(run: Run) -> Colors:
    """The part of the page about colour; empty for runs of older versions.

    Variants with the same recolour method dye alike: of each method one is shown, the reference if
    it has the method, otherwise the first.
    """
    shown = _one_per_method(run)
    curves = {
        method: run.variants[name].intensity_curve
        for method, name in shown.items()
        if len(run.variants[name].intensity_curve) > 1
    }
    return Colors(
        tables=tuple(
            _table(method, name, run.variants[name])
            for method, name in shown.items()
            if run.variants[name].swatches
        ),
        charts=_charts(curves),
        series=tuple(series_key(index, method) for index, method in enumerate(curves)),
        sentences=tuple(
            sentence
            for method, name in shown.items()
            if (sentence := _shares(method, name, run.variants[name]))
        ),
    )


def method_of(result: VariantResult) -> str:
    """A recolour method with its options, as in the variant's file."""
    if result.backend is not None:
        return f"back-end {result.spec.get('name', '')}"
    recolor = result.spec.get("recolor", {})
    if not isinstance(recolor, Mapping):
        return ""
    options = recolor.get("options") or {}
    told = ", ".join(f"{key} = {value}" for key, value in options.items())
    return f"{recolor.get('method', '')}{f' ({told})' if told else ''}"


def _one_per_method(run: Run) -> dict[str, str]:
    """Method -> the variant that is shown for it."""
    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    names = sorted(measured, key=lambda name: name != run.reference)
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(method_of(measured[name]), name)
    return found


def _table(method: str, name: str, result: VariantResult) -> SwatchTable:
    bands = tuple(band for band in _BANDS if any(one.band == band for one in result.swatches))
    by_shade: dict[str, dict[str, Swatch]] = {}
    for one in result.swatches:
        by_shade.setdefault(one.shade, {})[one.band] = one
    rows = []
    for shade, by_band in by_shade.items():
        first = next(iter(by_band.values()))
        cells = tuple(_cell(by_band[band]) if band in by_band else None for band in bands)
        rows.append(SwatchRow(first.shade_name or shade, _color(shade), cells))
    intensity = result.swatches[0].intensity
    return SwatchTable(method, name, f"{intensity:g}", bands, tuple(rows))


def _cell(swatch: Swatch) -> SwatchCell:
    from hairopt.metrics.ciede2000 import ciede2000_exact

    sides = (np.array(side.lab, np.float64)[:, None] for side in (swatch.intent, swatch.got))
    apart = float(ciede2000_exact(*sides)[0])
    return SwatchCell(_color(swatch.intent.hex), _color(swatch.got.hex), f"{apart:.1f}", swatch.n)


def _color(code: str) -> str:
    """The code, if it is one: it comes from a file of unknown origin and goes into a style."""
    return code if _HEX.fullmatch(code) else "transparent"


def _charts(curves: _Curves) -> tuple[Chart, ...]:
    if not curves:
        return ()
    change, error = [], []
    for index, (method, curve) in enumerate(curves.items()):
        moved = tuple(Spot(point.intensity, point.change_de76) for point in curve)
        wrong = tuple(Spot(point.intensity, point.lock_de00) for point in curve)
        change.append(Line(method, index, moved))
        error.append(Line(method, index, wrong))
    return (
        _chart("change", "Change of the hair", "ΔE76 to the photo. Dashed: in proportion.", change),
        _chart("error", "Colour error", "ΔE00 to the intent of that intensity.", error),
    )


def _chart(key: str, title: str, caption: str, lines: Sequence[Line]) -> Chart:
    svg = curves_svg(
        f"method-{key}", f"{title} by intensity", lines, Axis("intensity"),
        from_zero=True, straight=key == "change",
    )  # fmt: skip
    return Chart(title, caption, svg)


def _shares(method: str, name: str, result: VariantResult) -> str:
    """How much of the colour error is the method's own."""
    error, own = (
        summary.mean if (summary := result.quality.get(metric)) else None
        for metric in (COLOUR_METRIC, f"ideal_{COLOUR_METRIC}")
    )
    if error is None or own is None:
        return ""
    return (
        f"{method}: {own:.1f} ΔE00 from the intent with exact masks and no encoder, "
        f"{error:.1f} in the answers of {name}."
    )
