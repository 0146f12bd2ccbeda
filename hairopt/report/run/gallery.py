"""The worst cases of a run: photo, truth, mask, errors and answer, each as a thumbnail."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from hairopt.measure.run_model import Run
from hairopt.measure.run_store import FIXED_COLUMNS
from hairopt.metrics.catalog import EXPECTED_IOU, agreement
from hairopt.report.matrix import COLOUR_METRIC
from hairopt.report.run.page import Filter, Gallery, GalleryCase, Score, Shot
from hairopt.report.shots import SIDE_PX, read_picture, thumbnail
from hairopt.types import ImageU8, Shade

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

FALSE_POSITIVE_RGB = (255, 140, 0)
"""Colour of pixels found as hair that are none: orange."""

FALSE_NEGATIVE_RGB = (38, 132, 255)
"""Colour of missed hair: blue, which differs from orange with any colour blindness."""

_CODE = re.compile("[0-9a-f]{6}")
_HAIR_FROM = 128
_WEIGHTS = (0.299, 0.587, 0.114)

MAX_CASES = 200
"""Largest number of cases on the page; the worst ones."""

MAX_BYTES = 6_500_000
"""Largest size of all thumbnails, in bytes; further cases have only their numbers."""

_SMALL_PX = 128
_MAX_FILTER_VALUES = 24
_METRICS = ("iou", EXPECTED_IOU, agreement("alpha_iou"))
"""By which the worst cases are found: the first one that a run has."""
_SCORES = (
    ("iou", "IoU", 3, True),
    (EXPECTED_IOU, "expected IoU", 3, True),
    (agreement("alpha_iou"), "mask agreement IoU", 3, True),
    (agreement(COLOUR_METRIC), "colour agreement ΔE00", 2, False),
    (COLOUR_METRIC, "colour ΔE00", 2, False),
    ("outside_de00", "bleed ΔE00", 2, False),
)
"""Column, title, decimals, and whether higher is better."""


def gallery(run: Run, cases: pd.DataFrame, folder: Path) -> Gallery:
    """The worst cases, worst first, each with its worst variant.

    Of photos without masks these are the most doubtful ones.

    Args:
        run: the content of ``run.json``; only its measured variants are used.
        cases: the rows of ``cases.parquet``.
        folder: the run folder with ``images/``.

    Raises:
        DataError: a picture of the run is damaged.
    """
    found: list[GalleryCase] = []
    spent = 0
    for row in _worst_rows(run, cases):
        pictures = _Pictures.of(row, folder) if spent < MAX_BYTES else None
        case = _case(row, pictures)
        spent += sum(len(shot.data_uri) for shot in case.shots)
        found.append(case)
    titles = {score.key: score.title for case in found for score in case.scores}
    orders = tuple((key, titles[key]) for key, *_ in _SCORES if key in titles)
    return Gallery(tuple(found), orders, _filters(found), _asked(run), not run.dataset.is_labelled)


def _worst_rows(run: Run, cases: pd.DataFrame) -> list[dict[str, Any]]:
    """The row of every case's worst variant, at the intensity that the pictures show."""
    metric = next((one for one in _METRICS if one in cases and cases[one].notna().any()), None)
    if metric is None or cases.empty:
        return []
    shade, intensity = run.protocol.shades[0], shown_intensity(run)
    shown = cases[(cases["shade"] == shade) & (cases["intensity"] == intensity)]
    measured = [name for name, result in run.variants.items() if result.status == "ok"]
    scored = shown[shown["variant"].isin(measured)]
    if run.dataset.is_labelled:  # elsewhere a mask of nothing comes last
        scored = scored.dropna(subset=[metric])
    worst = scored.sort_values(metric, kind="stable").drop_duplicates("case").head(MAX_CASES)
    rows: list[dict[str, Any]] = worst.to_dict("records")
    return rows


def shown_intensity(run: Run) -> float:
    """The intensity of the stored pictures of a run."""
    return max(run.protocol.intensities)


def _asked(run: Run) -> str:
    shade = run.protocol.shades[0]
    return f"{run.protocol.shade_names.get(shade, shade)} at {shown_intensity(run):g}"


def _case(row: dict[str, Any], pictures: _Pictures | None) -> GalleryCase:
    tags = tuple(
        (key.removeprefix("tag."), value)
        for key, value in row.items()
        if key not in FIXED_COLUMNS and isinstance(value, str) and value
    )
    scores = tuple(
        Score(key, title, f"{value:.{decimals}f}", value, higher_is_better)
        for key, title, decimals, higher_is_better in _SCORES
        if (value := row.get(key)) is not None and math.isfinite(value)
    )
    return GalleryCase(
        name=str(row["case"]),
        source=str(row["source"]),
        variant=str(row["variant"]),
        scores=scores,
        tags=tags,
        before=pictures.shot("photo") if pictures else None,
        after=pictures.shot("answer") if pictures else None,
        intent=pictures.shot("intent") if pictures else None,
        errors=pictures.errors() if pictures else None,
        masks=pictures.masks() if pictures else (),
        truly_dyed=pictures.truly_dyed() if pictures else (),
    )


def _filters(cases: Sequence[GalleryCase]) -> tuple[Filter, ...]:
    """The tags that divide the cases, with their values; names and numbers are no filters."""
    values: dict[str, set[str]] = {}
    for case in cases:
        for tag, value in case.tags:
            values.setdefault(tag, set()).add(value)
    return tuple(
        Filter(tag, tuple(sorted(found)))
        for tag, found in values.items()
        if 2 <= len(found) <= _MAX_FILTER_VALUES
    )


class _Pictures:
    """The picture files of one answer; files may be missing."""

    def __init__(self, case: str, files: dict[str, Path], root: Path) -> None:
        self._case = case
        self._files = files
        self._root = root

    @classmethod
    def of(cls, row: dict[str, Any], folder: Path) -> _Pictures | None:
        images, variant = row.get("images"), row["variant"]
        if not isinstance(images, str):
            return None
        root = folder.resolve()
        names = {
            "photo": "photo.jpg",
            "truth": "truth.png",
            "mask": f"{variant}.png",
            "answer": f"{variant}.jpg",
            "intent": "intent/asked.jpg",
            "recoloured": f"redye/{variant}.jpg",
        }
        for file in sorted((root / images / "intent").glob("dyed-*.jpg"))[:1]:
            names["truly dyed"] = f"intent/{file.name}"
        paths = {label: (root / images / name).resolve() for label, name in names.items()}
        # The names come from a file of unknown origin: only files inside the run are used.
        safe = {
            label: path
            for label, path in paths.items()
            if path.is_relative_to(root / "images") and path.is_file()
        }
        return cls(str(row["case"]), safe, root)

    def shot(self, label: str, side_px: int = SIDE_PX) -> Shot | None:
        if label not in self._files:
            return None
        href = quote(self._files[label].relative_to(self._root).as_posix())
        alt = f"{label} of {self._case}"
        return thumbnail(self._read(label), label, alt, side_px=side_px, href=href)

    def masks(self) -> tuple[Shot, ...]:
        shots = (self.shot(label, _SMALL_PX) for label in ("truth", "mask"))
        return tuple(shot for shot in shots if shot)

    def truly_dyed(self) -> tuple[Shot, ...]:
        """The answer in the shade of the true picture, and that picture; none of one alone."""
        answer, truth = self.shot("recoloured"), self.shot("truly dyed")
        if answer is None or truth is None:
            return ()
        code = self._files["truly dyed"].stem.removeprefix("dyed-")
        shade = Shade.parse(code).name if _CODE.fullmatch(code) else ""
        return tuple(replace(shot, label=f"{shot.label} {shade}") for shot in (answer, truth))

    def errors(self) -> Shot | None:
        import numpy as np
        from PIL import Image

        if not {"photo", "truth", "mask"} <= self._files.keys():
            return None
        photo = self._read("photo").convert("RGB")
        photo.thumbnail((SIDE_PX, SIDE_PX))
        truth, mask = (
            np.asarray(self._read(label).convert("L").resize(photo.size))
            for label in ("truth", "mask")
        )
        picture = Image.fromarray(error_map(np.asarray(photo), truth, mask))
        return thumbnail(picture, "errors", f"errors of the mask of {self._case}")

    def _read(self, label: str) -> Image:
        return read_picture(self._files[label])


def error_map(photo: ImageU8, truth: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ImageU8:
    """The photo in dim grey with the errors of a mask at 0.5.

    Args:
        photo: uint8 (H, W, 3) RGB.
        truth: uint8 (H, W), 255 is hair.
        mask: uint8 (H, W), 255 is hair.

    Returns:
        uint8 (H, W, 3) RGB; hair that was found is brighter.
    """
    grey = np.asarray(photo, dtype=np.float32) @ np.asarray(_WEIGHTS, dtype=np.float32)
    picture = np.repeat((40 + 0.42 * grey)[..., None], 3, axis=2)
    is_hair, is_called = truth >= _HAIR_FROM, mask >= _HAIR_FROM
    picture[is_hair & is_called] += 60
    picture[is_called & ~is_hair] = FALSE_POSITIVE_RGB
    picture[is_hair & ~is_called] = FALSE_NEGATIVE_RGB
    return picture.clip(0, 255).astype(np.uint8)
