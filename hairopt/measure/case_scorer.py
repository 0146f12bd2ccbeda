"""All answers of all variants to one case, scored against its truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hairopt.datasets.case import BadFileError, Case, LoadedCase
from hairopt.errors import DataError, HairoptError
from hairopt.images import decode_image
from hairopt.measure.lane import Lane, alive
from hairopt.measure.messages import Dyed
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import BadCase
from hairopt.measure.thumbnails import Thumbnails
from hairopt.metrics.case import (
    Oracle,
    TruthCase,
    score_mask,
    score_picture,
    score_redye,
    score_response,
)
from hairopt.metrics.color import mean_de76
from hairopt.stages import STAGES
from hairopt.stages.mask import resize_to, upsample
from hairopt.types import ImageU8, MaskF32, Shade
from hairopt.variants.schema import EncodeSpec

T = TypeVar("T")
Scores = dict[str, float | None]

FULL = 100.0
"""The intensity at which a head is dyed as truly dyed heads are."""

LIGHTNESS_TAG = "hair_lightness"
"""The tag that every case with hair gets: how light its hair is in the photo."""


@dataclass(frozen=True)
class Scored:
    """One answer and its scores.

    Attributes:
        tags: of the case, ``hair_lightness`` included.
        scores: metric -> value; None where it is undefined.
        output_bytes: size of the encoded answer.
        hair_change_de76: by how much the hair changed from the photo, mean CIELAB distance; only
            where several intensities are asked for. It is neither good nor bad, so no metric.
        redye_floor_de00: ``redye_de00`` of the ideal recolour with the true mask, not encoded: the
            same for every variant; None without true pictures.
        redye_noise_de00: how sure the true pictures are; None where nobody says.
    """

    variant: str
    case: str
    source: str
    index: int
    tags: dict[str, str]
    shade: Shade
    intensity: float
    scores: Scores
    output_bytes: int
    hair_change_de76: float | None = None
    redye_floor_de00: float | None = None
    redye_noise_de00: float | None = None


def bad_case(case: Case, error: Exception) -> BadCase:
    """The record of a case that cannot be used."""
    file = error.file if isinstance(error, BadFileError) else str(case.photo)
    fix = error.fix if isinstance(error, DataError) else ""
    return BadCase(name=case.name, file=file, reason=_reason(error), fix=fix)


def _reason(error: Exception) -> str:
    """What went wrong, in one line; of an error that is not ours, its class too."""
    if isinstance(error, DataError):
        return error.reason
    if isinstance(error, HairoptError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


@dataclass
class CaseScorer:
    """Scores all answers to one case; what depends on the truth alone is computed once."""

    index: int
    case: Case
    loaded: LoadedCase[ImageU8]
    truth: TruthCase
    plan: BenchPlan
    thumbnails: Thumbnails
    _mask_scores: dict[str, tuple[Dyed, Scores]] = field(default_factory=dict)
    _encoded: dict[EncodeSpec, ImageU8] = field(default_factory=dict)

    def run(self, lanes: list[Lane]) -> list[Scored]:
        """Segment once per variant, then dye and score every shade in every intensity."""
        self.thumbnails.photo(self.index, self.loaded.image, self.loaded.truth)
        lanes = [lane for lane in lanes if self.case.name not in lane.failed_cases]
        masks = dict(self._ask_each(lanes, np.ndarray, "segment", self.loaded.data))
        if not masks:
            return []
        scored = [one for shade in self.plan.shades for one in self._run_shade(shade, masks)]
        redye = self._redye(masks)
        for one in scored:
            one.scores["redye_de00"] = redye.get(one.variant)
        ious = [one.scores["iou"] for one in scored]
        self.thumbnails.judge(self.index, min((iou for iou in ious if iou is not None), default=1))
        return scored

    def _run_shade(self, shade: Shade, masks: dict[Lane, MaskF32]) -> list[Scored]:
        scored: list[Scored] = []
        outputs: dict[str, dict[float, ImageU8]] = defaultdict(dict)
        for intensity in self.plan.intensities:
            oracle = Oracle.prepare(self.truth, self._ideal(shade, intensity))
            takers = alive(list(masks))
            for lane, dyed in self._ask_each(takers, Dyed, "dye", shade, intensity):
                try:
                    output = decode_image(dyed.encoded, "the encoded answer")
                    scores = self._score_mask(lane.name, masks[lane], dyed, output.shape[:2])
                    output = resize_to(output, *self.loaded.truth.shape)
                    untouched = self._untouched(lane.variant.encode)
                    scores |= score_picture(self.truth, output, oracle, shade, intensity, untouched)
                except Exception as error:
                    lane.failed_cases[self.case.name] = bad_case(self.case, error)
                    continue
                change = self._hair_change(output)
                scored.append(self._scored(lane.name, shade, intensity, scores, dyed, change))
                outputs[lane.name][intensity] = output
                if (shade, intensity) == self.plan.combinations[0]:
                    self.thumbnails.answer(self.index, lane.name, masks[lane], output)
            if not self.plan.shows_response:
                outputs.clear()
        for one in scored if self.plan.shows_response else []:
            of_variant = outputs[one.variant]
            if len(of_variant) == len(self.plan.intensities):
                one.scores.update(score_response(self.truth, of_variant))
        return scored

    def _redye(self, masks: dict[Lane, MaskF32]) -> dict[str, float | None]:
        """Variant -> the mean of ``redye_de00`` over the true pictures, whatever the plan asks."""
        found: dict[str, list[float | None]] = defaultdict(list)
        for code in self.loaded.dyed:
            takers = alive(list(masks))
            for lane, dyed in self._ask_each(takers, Dyed, "dye", Shade.parse(code), FULL):
                try:
                    output = decode_image(dyed.encoded, "the encoded answer")
                    output = resize_to(output, *self.loaded.truth.shape)
                    found[lane.name].append(score_redye(self.truth, code, output))
                except Exception as error:
                    lane.failed_cases[self.case.name] = bad_case(self.case, error)
        return {name: _mean(values) for name, values in found.items()}

    @cached_property
    def _redye_floor(self) -> float | None:
        """What the ideal recolour itself comes to in ``redye_de00``."""
        return _mean(
            [
                score_redye(self.truth, code, self._ideal(Shade.parse(code), FULL))
                for code in self.loaded.dyed
            ]
        )

    def _hair_change(self, output: ImageU8) -> float | None:
        core = self.truth.core
        return mean_de76(core.lab_of(output), core.lab) if len(self.plan.intensities) > 1 else None

    def _untouched(self, spec: EncodeSpec) -> ImageU8:
        """What an encoder makes of the photo itself."""
        if spec not in self._encoded:
            data = STAGES.get(f"encode.{spec.format}")(self.loaded.image, spec.quality)
            self._encoded[spec] = decode_image(data, "the encoded photo")
        return self._encoded[spec]

    def _ideal(self, shade: Shade, intensity: float) -> NDArray[np.float64]:
        from hairopt.stages.recolor import oracle_recolor

        ideal = oracle_recolor(self.loaded.image, self.loaded.truth, shade, intensity)
        # Rounding in float64 may leave the range by one unit in the last place.
        return np.clip(ideal, 0.0, 255.0, out=ideal)

    def _ask_each(
        self, lanes: list[Lane], kind: type[T], operation: str, *arguments: object
    ) -> Iterator[tuple[Lane, T]]:
        """Ask the lanes in turn; the next one computes while the caller works on an answer."""
        doing = f"computing ({operation}) case {self.case.name!r}"
        for lane in lanes[:1]:
            lane.running.send(operation, *arguments)
        for lane, following in zip_longest(lanes, lanes[1:]):
            answer: T | None = None
            with lane.costs_only_case(self.case.name, str(self.case.photo)):
                answer = lane.running.receive(kind, doing, self.plan.timeout_s)
            if following is not None:
                following.running.send(operation, *arguments)
            if answer is not None:
                yield lane, answer

    def _score_mask(
        self, variant: str, mask: MaskF32, dyed: Dyed, frame_px: tuple[int, ...]
    ) -> Scores:
        """Scores of mask and alpha, taken over where the alpha is that of the last answer.

        ``frame_px`` are the sides of the answer. A smaller answer is judged as it looks when it is
        shown as large as the photo.
        """
        before = self._mask_scores.get(variant)
        if before is not None and _same_alpha(before[0], dyed):
            return dict(before[1])
        height, width = self.loaded.truth.shape
        alpha = np.zeros(frame_px, dtype=np.float32)
        alpha[dyed.box.slices] = dyed.alpha
        alpha = upsample(alpha, height, width)
        scores = score_mask(self.truth, upsample(mask, height, width), alpha)
        self._mask_scores[variant] = (dyed, scores)
        return dict(scores)

    def _tags(self) -> dict[str, str]:
        band = self.truth.lightness_band
        return {**self.case.tags, LIGHTNESS_TAG: band} if band else dict(self.case.tags)

    def _scored(
        self,
        variant: str,
        shade: Shade,
        intensity: float,
        scores: Scores,
        dyed: Dyed,
        hair_change_de76: float | None,
    ) -> Scored:
        return Scored(
            variant=variant,
            case=self.case.name,
            source=self.case.source,
            index=self.index,
            tags=self._tags(),
            shade=shade,
            intensity=intensity,
            scores=scores,
            output_bytes=len(dyed.encoded),
            hair_change_de76=hair_change_de76,
            redye_floor_de00=self._redye_floor,
            redye_noise_de00=self.case.noise_de00 if self.loaded.dyed else None,
        )


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def _same_alpha(one: Dyed, other: Dyed) -> bool:
    return one.box == other.box and np.array_equal(one.alpha, other.alpha)
