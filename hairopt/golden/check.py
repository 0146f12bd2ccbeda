"""Compare a variant with a golden set: what changed, where, and how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.cpu_isa import cpu_isa
from hairopt.datasets import BadFileError, Dataset
from hairopt.errors import DataError, NotComparableError, UsageError
from hairopt.files.validated import validated
from hairopt.golden.store import (
    Manifest,
    as_stored,
    dyed_case,
    read_golden_answer,
    read_golden_mask,
)
from hairopt.images import decode_image
from hairopt.metrics.boxes import bounding_box
from hairopt.metrics.mask import iou
from hairopt.pipeline import Pipeline
from hairopt.quantities import Share
from hairopt.stages.mask import resize_to
from hairopt.types import Box, ImageU8, MaskF32, Shade
from hairopt.variants.schema import Variant

_STRIP_PX = 256
"""Rows that are compared together: CIEDE2000 takes hundreds of bytes a pixel."""


class Tolerances(BaseModel):
    """Largest allowed differences of an answer from the golden one.

    The same files on the same kind of CPU give the same bits, with one thread or two. The defaults
    allow for the rounding of another version of a runtime: changing every probability by up to
    0.0001 changed no mask at 0.5 and no pixel by more than 0.84 dE00 on the shipped photos. They
    detect real changes: float16 changes probabilities by 0.011, a JPEG quality of 88 instead of 90
    changes pixels by 18 dE00, half a pixel more feather by 9.

    Attributes:
        min_mask_iou: IoU of golden and new mask, both at 0.5.
        max_probability_change: change of any pixel of the mask.
        max_de00: CIEDE2000 of any pixel of the answer; about 1 is just visible.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_mask_iou: Share = Field(default=0.998, ge=0, le=1)
    max_probability_change: Share = Field(default=0.005, ge=0, le=1)
    max_de00: FiniteFloat = Field(default=2.0, ge=0)


def tolerances_of(changes: Mapping[str, float | str]) -> Tolerances:
    """The default tolerances with the given values.

    Raises:
        UsageError: a value that is not allowed.
    """
    return validated(changes, Tolerances, lambda _: "the options", UsageError, strict=False)


@dataclass(frozen=True)
class CaseChange:
    """The difference of one case from its golden answer.

    Attributes:
        mask_iou: IoU of both masks at 0.5; 1 if both are empty; None without an answer.
        probability_change: largest absolute change of a pixel of the mask.
        mask_box: smallest rectangle around the mask's pixels that changed by more than the
            tolerance, in pixels of the mask; empty if there is none.
        changed_px: pixels of the answer that differ at all.
        total_px: pixels of the answer.
        mean_de00, max_de00: CIEDE2000 over the pixels that differ; 0 if there are none.
        answer_box: smallest rectangle around them.
        reasons: one sentence for each tolerance that is exceeded.
    """

    case: str
    mask_iou: float | None
    probability_change: float | None
    mask_box: Box
    changed_px: int
    total_px: int
    mean_de00: float | None
    max_de00: float | None
    answer_box: Box
    reasons: tuple[str, ...]

    @property
    def is_within(self) -> bool:
        """Whether no tolerance is exceeded."""
        return not self.reasons


def compare_case(
    name: str,
    golden_mask: MaskF32,
    mask: MaskF32,
    golden_answer: ImageU8,
    answer: ImageU8,
    tolerances: Tolerances,
) -> CaseChange:
    """Measure the difference of mask and answer of one case from the golden ones.

    Args:
        name: name of the case.
        golden_mask: float32 (h, w) in [0, 1].
        mask: float32, of any resolution; it is resized to that of the golden mask.
        golden_answer: uint8 (H, W, 3) RGB.
        answer: uint8 (H, W, 3) RGB; another size also exceeds the tolerances.
        tolerances: the allowed differences.
    """
    now = resize_to(mask, *golden_mask.shape)
    same = iou(now >= 0.5, golden_mask >= 0.5)
    moved = np.abs(now - golden_mask)
    mean_de00: float | None = None
    max_de00: float | None = None
    differs = np.ones(golden_answer.shape[:2], dtype=np.bool_)
    if golden_answer.shape == answer.shape:
        total_de00 = max_de00 = 0.0
        for top in range(0, len(answer), _STRIP_PX):
            rows = slice(top, top + _STRIP_PX)
            differs[rows] = (golden_answer[rows] != answer[rows]).any(axis=2)
            change = answer_change(golden_answer[rows], answer[rows])
            total_de00 += float(change.sum(dtype=np.float64))
            max_de00 = max(max_de00, float(change.max()))
        mean_de00 = total_de00 / max(1, int(differs.sum()))
    found = CaseChange(
        case=name,
        mask_iou=1.0 if same is None else same,
        probability_change=float(moved.max()),
        mask_box=bounding_box(moved > tolerances.max_probability_change),
        changed_px=int(differs.sum()),
        total_px=differs.size,
        mean_de00=mean_de00,
        max_de00=max_de00,
        answer_box=bounding_box(differs),
        reasons=(),
    )
    shapes = (golden_mask.shape, mask.shape, golden_answer.shape[:2], answer.shape[:2])
    reasons = tuple(_reasons(found, tolerances, *shapes))
    return replace(found, reasons=reasons)


def unanswered(name: str, golden_answer: ImageU8, reason: str) -> CaseChange:
    """The change of a case that no longer has an answer."""
    height, width = golden_answer.shape[:2]
    box, px = Box.full(height, width), height * width
    empty = Box(0, 0, 0, 0)
    return CaseChange(name, None, None, empty, px, px, None, None, box, (reason,))


def answer_change(golden: ImageU8, now: ImageU8) -> MaskF32:
    """CIEDE2000 of each pixel, float32 (H, W); exactly 0 for equal pixels."""
    from hairopt.metrics.ciede2000 import ciede2000
    from hairopt.metrics.lab import lab_from_srgb

    found = np.zeros(golden.shape[:2], dtype=np.float32)
    for top in range(0, len(golden), _STRIP_PX):
        rows = slice(top, top + _STRIP_PX)
        differs = (golden[rows] != now[rows]).any(axis=2)
        if differs.any():
            pixels = (picture[rows][differs] for picture in (golden, now))
            found[rows][differs] = ciede2000(*map(lab_from_srgb, pixels))
    return found


def _reasons(
    found: CaseChange,
    tolerances: Tolerances,
    golden_mask: tuple[int, ...],
    mask: tuple[int, ...],
    golden_answer: tuple[int, ...],
    answer: tuple[int, ...],
) -> Iterator[str]:
    if golden_mask != mask:
        yield f"the mask has {_size(mask)} pixels, golden {_size(golden_mask)}"
    if golden_answer != answer:
        yield f"the answer has {_size(answer)} pixels, golden {_size(golden_answer)}"
    if found.mask_iou is not None and found.mask_iou < tolerances.min_mask_iou:
        yield f"mask IoU {found.mask_iou:.4f} is below {tolerances.min_mask_iou:g}"
    limit = tolerances.max_probability_change
    if found.probability_change is not None and found.probability_change > limit:
        yield f"a probability changed by {found.probability_change:.4f}, allowed {limit:g}"
    if found.max_de00 is not None and found.max_de00 > tolerances.max_de00:
        yield f"a pixel changed by {found.max_de00:.2f} dE00, allowed {tolerances.max_de00:g}"


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]}"


@dataclass(frozen=True)
class CheckedCase:
    """One case with its pixels, in memory only as long as the caller keeps them.

    Attributes:
        mask, answer: the new ones; None without an answer.
    """

    change: CaseChange
    golden_mask: MaskF32
    mask: MaskF32 | None
    golden_answer: ImageU8
    answer: ImageU8 | None


def check_golden(
    folder: Path,
    manifest: Manifest,
    variant: Variant,
    dataset: Dataset,
    tolerances: Tolerances,
    *,
    across_isa: bool = False,
) -> Iterator[CheckedCase]:
    """Run every case of a golden set again and compare; one case is in memory at a time.

    Args:
        folder: folder of the set.
        manifest: manifest of the set.
        variant: the variant to run.
        dataset: the same cases.
        tolerances: the allowed differences.
        across_isa: allow a golden set from a CPU with other instruction sets.

    Raises:
        NotComparableError: another dataset or kind of CPU, or a golden file is missing or damaged.
    """
    _refuse_other(manifest, dataset, across_isa=across_isa)
    shade = Shade(manifest.shade, manifest.shade_name)
    with Pipeline(variant) as pipeline:
        for name, case in manifest.cases.items():
            golden_mask = read_golden_mask(folder, case)
            try:
                mask, encoded = dyed_case(pipeline, dataset.case(name), shade, manifest.intensity)
            except BadFileError:
                raise
            except DataError as error:
                golden_answer = read_golden_answer(folder, case)
                lost = unanswered(name, golden_answer, str(error))
                yield CheckedCase(lost, golden_mask, None, golden_answer, None)
                continue
            golden_answer = read_golden_answer(folder, case)
            answer = decode_image(encoded, name)
            del encoded
            mask = as_stored(mask)
            change = compare_case(name, golden_mask, mask, golden_answer, answer, tolerances)
            yield CheckedCase(change, golden_mask, mask, golden_answer, answer)


def _refuse_other(manifest: Manifest, dataset: Dataset, *, across_isa: bool) -> None:
    pairs = [("dataset", manifest.dataset_fingerprint, dataset.fingerprint)]
    if not across_isa:
        pairs.append(("ISA", " ".join(manifest.isa), " ".join(cpu_isa())))
    if not manifest.cases:
        pairs.append(("cases", "none", str(len(dataset.cases))))
    apart = [
        f"  {what:<8} golden: {golden}\n  {'':<8} now:    {now}"
        for what, golden, now in pairs
        if golden != now
    ]
    if apart:
        hint = "\n--across-isa checks it nevertheless." if "ISA" in "".join(apart) else ""
        raise NotComparableError("the golden set cannot be checked:\n" + "\n".join(apart) + hint)
