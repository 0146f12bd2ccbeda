"""Before and after of the median and the worst photo of the recommended option."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairopt.measure.run_store import IMAGES_FOLDER
from hairopt.metrics.catalog import known_metrics
from hairopt.optimize.outcome import Option, Outcome
from hairopt.report.plan.blocks import Picture
from hairopt.report.render import REPORT_FILES
from hairopt.report.shots import read_picture

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

_HEIGHT_PX = 300
_GAP_PX = 6
_QUALITY = 82


def before_after(outcome: Outcome, cases: pd.DataFrame, folder: Path) -> tuple[Picture, ...]:
    """Photo, answer of the baseline and answer of the option, side by side, for two photos.

    The photos are those with the median and the largest loss in the metric that limits the option.

    Args:
        outcome: the results.
        cases: the rows of the confirming run.
        folder: its folder, with ``images/``.

    Returns:
        Empty if nothing is recommended, or the run kept no pictures.

    Raises:
        DataError: a picture of the run is damaged.
    """
    chosen = outcome.chosen
    if chosen is None:
        return ()
    names = ("photo", outcome.baseline_name, chosen.name)
    href = f"{outcome.run}/{REPORT_FILES['html']}"
    found = []
    for label, row in _median_and_worst(outcome, chosen, cases, folder):
        images = folder / str(row["images"])
        strip = _beside([_fitted(read_picture(images / f"{name}.jpg")) for name in names])
        buffer = io.BytesIO()
        strip.save(buffer, format="JPEG", quality=_QUALITY)
        alt = f"{label} ({row['case']}): photo, {outcome.baseline_name}, {chosen.name}"
        found.append(Picture(f"{label}.jpg", buffer.getvalue(), strip.size, alt, href))
    return tuple(found)


def _median_and_worst(
    outcome: Outcome, chosen: Option, cases: pd.DataFrame, folder: Path
) -> list[tuple[str, dict[str, Any]]]:
    """Label and row of the two photos, of those whose pictures were kept."""
    name = chosen.worst_metric
    metric = known_metrics().get(name)
    if metric is None or cases.empty or not {name, "images"} <= set(cases.columns):
        return []
    first = cases["shade"] == cases["shade"].iloc[0]
    shown = cases[first & (cases["intensity"] == cases["intensity"].max())]
    base = shown[shown["variant"] == outcome.baseline_name].set_index("case")[name].map(metric.loss)
    after = shown[(shown["variant"] == chosen.name) & shown["images"].map(_is_kept(folder))]
    lost = after[name].map(metric.loss) - after["case"].map(base)
    order = lost.dropna().sort_values(kind="stable").index
    if order.empty:
        return []
    places = {"median": order[len(order) // 2], "worst": order[-1]}
    return [(label, after.loc[place].to_dict()) for label, place in places.items()]


def _is_kept(folder: Path) -> Callable[[object], bool]:
    """Whether a value of the column ``images`` is a folder of pictures in the run folder."""
    root = (folder / IMAGES_FOLDER).resolve()

    def is_kept(images: object) -> bool:
        place = (folder / str(images)).resolve()
        return isinstance(images, str) and place.is_relative_to(root) and place.is_dir()

    return is_kept


def _fitted(picture: Image) -> Image:
    width = max(1, round(picture.width * _HEIGHT_PX / picture.height))
    return picture.convert("RGB").resize((width, _HEIGHT_PX))


def _beside(pictures: list[Image]) -> Image:
    from PIL import Image as Pil

    width = sum(one.width + _GAP_PX for one in pictures) - _GAP_PX
    strip = Pil.new("RGB", (width, _HEIGHT_PX), "white")
    left = 0
    for one in pictures:
        strip.paste(one, (left, 0))
        left += one.width + _GAP_PX
    return strip
