"""The worst cases of a run, each with photo, truth, mask and result as thumbnails."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairopt.bench.run_store import FIXED_COLUMNS
from hairopt.errors import DataError
from hairopt.report.matrix import Matrix
from hairopt.report.page import GalleryCase, Shot

if TYPE_CHECKING:
    import pandas as pd

_METRIC = "iou"
_MAX_CASES = 12
_MIME_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}


def gallery(cases: pd.DataFrame, matrix: Matrix, folder: Path) -> tuple[GalleryCase, ...]:
    """The worst cases, worst first, at most twelve, each with the variant that did worst on it.

    Args:
        cases: the rows of ``cases.parquet``.
        matrix: of the run; only its measured variants are looked at.
        folder: the run folder with ``images/``.

    Raises:
        DataError: a picture of the run is damaged.
    """
    if _METRIC not in cases or cases.empty:
        return ()
    measured = cases[cases["variant"].isin([row.name for row in matrix.measured])]
    scored = measured.dropna(subset=[_METRIC]).sort_values(_METRIC, kind="stable")
    worst = scored.drop_duplicates("case").head(_MAX_CASES)
    return tuple(_case(row, folder) for row in worst.to_dict("records"))


def _case(row: dict[str, Any], folder: Path) -> GalleryCase:
    name, variant = str(row["case"]), str(row["variant"])
    tags = tuple(
        (key.removeprefix("tag."), value)
        for key, value in row.items()
        if key not in FIXED_COLUMNS and isinstance(value, str) and value
    )
    return GalleryCase(
        name=name,
        variant=variant,
        score=f"IoU {row[_METRIC]:.3f}",
        tags=tags,
        shots=_shots(name, variant, row.get("images"), folder),
    )


def _shots(name: str, variant: str, images: object, folder: Path) -> tuple[Shot, ...]:
    if not isinstance(images, str):
        return ()
    files = {
        "photo": "photo.jpg",
        "truth": "truth.png",
        "mask": f"{variant}.png",
        "result": f"{variant}.jpg",
    }
    root = (folder / "images").resolve()
    found = []
    for label, file in files.items():
        path = (folder / images / file).resolve()
        # The names come from a file that someone may have sent: never leave the run folder.
        if path.is_relative_to(root) and path.is_file():
            found.append(shot(label, f"{label} of {name}, {variant}", path))
    return tuple(found)


def shot(label: str, alt: str, path: Path) -> Shot:
    """A picture file as an inlined thumbnail.

    Raises:
        DataError: the file is no JPEG or PNG that can be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        data = path.read_bytes()
        with Image.open(path, formats=list(_MIME_TYPES)) as picture:
            (width, height), mime_type = picture.size, _MIME_TYPES[str(picture.format)]
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"{path} of the run is no picture that can be read: {error}") from error
    encoded = base64.b64encode(data).decode("ascii")
    return Shot(label, alt, f"data:{mime_type};base64,{encoded}", width, height)
