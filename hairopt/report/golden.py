"""The results of a golden check as a table and as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hairopt.errors import DataError
from hairopt.files.whole_file import write_whole
from hairopt.golden.check import CaseChange, CheckedCase, answer_change
from hairopt.report.foreign_text import printable
from hairopt.stages.mask import resize_to
from hairopt.types import Box, ImageU8, MaskF32

if TYPE_CHECKING:
    from rich.table import Table

PANEL_PX = 480
"""Width of one of the six panels."""

_GAP_PX = 8
_CAPTION_PX = 28
_FULL_DE00 = 10.0
"""Change of an answer that is drawn in the brightest colour."""

_FULL_PROBABILITY = 0.5
_FRAME = (255, 70, 70)


def golden_picture(case: CheckedCase) -> ImageU8:
    """Two rows, mask and answer; in each: golden, now, difference with a frame around the change.

    Differences are drawn in a perceptually uniform scale from black (none) to yellow (a
    probability changed by 0.5 or more, a pixel by 10 dE00 or more).

    Returns:
        uint8 (height, width, 3) RGB.
    """
    height, width = case.golden_answer.shape[:2]
    size = (PANEL_PX, max(1, round(PANEL_PX * height / width)))
    masks = _mask_row(case, size)
    answers = _answer_row(case, size)
    titles = (
        ("mask, golden", "mask, now", f"change, brightest from {_FULL_PROBABILITY:g}"),
        ("answer, golden", "answer, now", f"change, brightest from {_FULL_DE00:g} dE00"),
    )
    rows = [_row(panels, names) for panels, names in zip((masks, answers), titles, strict=True)]
    gap = np.full((_GAP_PX, rows[0].shape[1], 3), 255, dtype=np.uint8)
    return np.vstack([rows[0], gap, rows[1]])


def write_golden_picture(case: CheckedCase, number: int, out: Path) -> Path:
    """Write the picture of a case to a folder; its name is a number, valid as a file name.

    Raises:
        DataError: it cannot be written.
    """
    import cv2

    file = out / f"{number:05d}.png"
    _, data = cv2.imencode(".png", cv2.cvtColor(golden_picture(case), cv2.COLOR_RGB2BGR))
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(file, data.tobytes())
    except OSError as error:
        raise DataError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def golden_table(changes: Sequence[CaseChange]) -> Table:
    """One row for each case: the size and the place of the change."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("case")
    for title in ("mask IoU", "largest dp", "pixels", "dE00 mean", "max"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("where in the answer")
    for one in changes:
        share = one.changed_px / one.total_px
        table.add_row(
            printable(one.case),
            _number(one.mask_iou, 4),
            _number(one.probability_change, 4),
            f"{share:.2%}",
            _number(one.mean_de00, 2),
            _number(one.max_de00, 2),
            _place(one.answer_box),
        )
    return table


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _place(box: Box) -> str:
    if box.is_empty:
        return "nowhere"
    return f"x {box.left}..{box.right - 1}, y {box.top}..{box.bottom - 1}"


def _mask_row(case: CheckedCase, size: tuple[int, int]) -> list[ImageU8]:
    golden = case.golden_mask
    if case.mask is None:
        return [_grey(golden, size), _blank(size), _blank(size)]
    now: MaskF32 = resize_to(case.mask, *golden.shape)
    heat = _heat(
        lambda rows: np.abs(now[rows] - golden[rows]), golden.shape, _FULL_PROBABILITY, size
    )
    return [
        _grey(golden, size),
        _grey(now, size),
        _framed(heat, case.change.mask_box, golden.shape),
    ]


def _answer_row(case: CheckedCase, size: tuple[int, int]) -> list[ImageU8]:
    golden, now = case.golden_answer, case.answer
    if now is None:
        return [_fit(golden, size), _blank(size), _blank(size)]
    if now.shape != golden.shape:
        return [_fit(golden, size), _fit(now, size), _blank(size)]
    heat = _heat(
        lambda rows: answer_change(golden[rows], now[rows]), golden.shape, _FULL_DE00, size
    )
    framed = _framed(heat, case.change.answer_box, golden.shape)
    return [_fit(golden, size), _fit(now, size), framed]


def _fit(picture: ImageU8, size: tuple[int, int]) -> ImageU8:
    import cv2

    how = cv2.INTER_AREA if picture.shape[1] > size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)


def _grey(mask: MaskF32, size: tuple[int, int]) -> ImageU8:
    grey = np.rint(255 * np.clip(mask, 0, 1)).astype(np.uint8)
    return _fit(np.repeat(grey[:, :, None], 3, axis=2), size)


def _heat(
    change: Callable[[slice], MaskF32], shape: tuple[int, ...], full: float, size: tuple[int, int]
) -> ImageU8:
    """Colours for the largest change under each pixel, so that small changes stay visible.

    Args:
        change: gives the changes of some rows, float32 (rows, W).
        shape: (H, W) or (H, W, C) of the whole picture.
        full: the change that has the brightest colour.
        size: width and height of the panel.
    """
    import cv2

    across = max(1, int(np.ceil(shape[1] / size[0])))
    rows, columns = (
        np.arange(panel) * side // panel for panel, side in zip(size[::-1], shape[:2], strict=True)
    )
    small = np.empty((size[1], size[0]), np.float32)
    for y, row in enumerate(rows):
        top = max(0, row - across // 2)
        largest = change(slice(top, row - across // 2 + across)).max(axis=0, keepdims=True)
        small[y] = cv2.dilate(largest, np.ones((1, across), np.uint8))[0, columns]
    levels = np.rint(255 * np.clip(small / full, 0, 1)).astype(np.uint8)
    bgr = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _framed(panel: ImageU8, box: Box, shape: tuple[int, ...]) -> ImageU8:
    import cv2

    if box.is_empty:
        return panel
    down, right = panel.shape[0] / shape[0], panel.shape[1] / shape[1]
    first = (int(box.left * right), int(box.top * down))
    last = (int(box.right * right) - 1, int(box.bottom * down) - 1)
    return np.asarray(cv2.rectangle(panel.copy(), first, last, _FRAME, 1), dtype=np.uint8)


def _blank(size: tuple[int, int]) -> ImageU8:
    return np.full((size[1], size[0], 3), 128, dtype=np.uint8)


def _row(panels: Sequence[ImageU8], titles: Sequence[str]) -> ImageU8:
    gap = np.full((panels[0].shape[0] + _CAPTION_PX, _GAP_PX, 3), 255, dtype=np.uint8)
    first, second, third = (
        _captioned(panel, title) for panel, title in zip(panels, titles, strict=True)
    )
    return np.hstack([first, gap, second, gap, third])


def _captioned(panel: ImageU8, title: str) -> ImageU8:
    import cv2

    strip = np.full((_CAPTION_PX, panel.shape[1], 3), 255, dtype=np.uint8)
    cv2.putText(strip, title, (4, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (30, 30, 30), 1, cv2.LINE_AA)
    return np.vstack([strip, panel])
