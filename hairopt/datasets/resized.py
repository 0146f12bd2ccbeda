"""Write a copy of a dataset with pictures of another size."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hairopt.datasets.case import Case
from hairopt.datasets.case_table import CLUSTER_COLUMN, NAME_COLUMN
from hairopt.datasets.changes import (
    MAX_FACTOR,
    Resized,
    change_image,
    change_mask,
    encode,
    require_size,
)
from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError
from hairopt.files.csv import csv_text
from hairopt.files.whole_folder import whole_folder
from hairopt.images.header import refuse
from hairopt.types import ImageU8


def write_resized(
    dataset: Dataset,
    out: Path,
    side_px: int,
    quality: int,
    on_case: Callable[[], None] = lambda: None,
) -> None:
    """Write photos, masks and dyed pictures with their longer side at ``side_px``.

    Photos are resampled by Lanczos and stored as JPEG, as a request would send them. Masks are
    resampled by area or bilinearly; masks and dyed pictures are stored as PNG. Tags and sources
    are copied; noise is not, since resampling changes it. Enlarging adds no detail: cost is that
    of real photos of the size, quality is that of blurred ones.

    Args:
        dataset: the dataset to copy.
        out: the new folder; it must be absent or empty.
        side_px: pixels of the longer side, 16 to 8192.
        quality: quality of the JPEG files, 1..100.
        on_case: called after every case.

    Raises:
        UsageError: the folder is not empty, or cannot be written.
        DataError: a case cannot be read or enlarged so much; then nothing is written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists already; name a folder that is new or empty")
    try:
        # Half a dataset would look like a valid one, with other figures.
        with whole_folder(out) as new:
            for part in ("images", "masks", "dyed"):
                (new / part).mkdir()
            for case in dataset.cases:
                _write_case(case, new, side_px, quality)
                on_case()
            (new / "cases.csv").write_text(_table(dataset), encoding="utf-8")
            (new / "dataset.toml").write_text(_head(dataset, side_px), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error


def _write_case(case: Case, out: Path, side_px: int, quality: int) -> None:
    def resized(picture: ImageU8) -> ImageU8:
        return change_image(picture, _change(case.name, picture.shape, side_px))

    loaded = case.read(resized)  # one picture at its old size at a time
    change = _change(case.name, loaded.levels.shape, side_px)
    as_jpeg = change.model_copy(update={"quality": quality})
    mask = encode(change_mask(loaded.levels, change), change)
    (out / "images" / f"{case.name}.jpg").write_bytes(encode(loaded.image, as_jpeg))
    (out / "masks" / f"{case.name}.png").write_bytes(mask)
    for shade, picture in loaded.dyed.items():
        file = out / "dyed" / f"{case.name}@{shade.lstrip('#')}.png"
        file.write_bytes(encode(picture, change))


def _change(name: str, shape: tuple[int, ...], side_px: int) -> Resized:
    """The change that makes the longer side ``side_px`` long.

    Raises:
        DataError: it would enlarge the picture too much.
    """
    height, width = shape[:2]
    factor = side_px / max(height, width)
    if factor > MAX_FACTOR:
        refuse(
            name,
            f"it has {width} x {height} pixels; a longer side of {side_px} would enlarge it "
            f"{factor:.1f} times, and {MAX_FACTOR:g} times is the most",
        )
    change = Resized(change="small" if factor < 1 else "large", factor=factor)
    require_size(name, (height, width), change)
    return change


def _table(dataset: Dataset) -> str:
    tags = list(dict.fromkeys(tag for case in dataset.cases for tag in case.tags))
    rows = [
        [case.name, case.source, *(case.tags.get(t, "") for t in tags)] for case in dataset.cases
    ]
    return csv_text([[NAME_COLUMN, CLUSTER_COLUMN, *tags], *rows])


def _head(dataset: Dataset, side_px: int) -> str:
    facts = {
        "title": f"{dataset.title}, resized to {side_px} px",
        "licence": dataset.licence,
        "source": dataset.source,
    }
    # The escapes of JSON strings are valid in TOML, except pairs of surrogates.
    return "".join(
        f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in facts.items()
    )
