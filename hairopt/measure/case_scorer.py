"""All answers of all variants to one case, scored against its truth."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from hairopt.datasets.case import BadFileError, Case
from hairopt.errors import DataError, HairoptError
from hairopt.images import decode_image
from hairopt.measure.held import Ideal, empty_plane, enlarged, held, held_truth
from hairopt.measure.lane import Lane, alive
from hairopt.measure.messages import Dyed
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import BadCase
from hairopt.measure.thumbnails import Thumbnails
from hairopt.metrics.case import (
    Oracle,
    TruthCase,
    hair_change_de76,
    score_mask,
    score_picture,
    score_redye,
)
from hairopt.metrics.response import response_metrics
from hairopt.pieces import pieces
from hairopt.raster import Pixels
from hairopt.stages.find import find_method
from hairopt.stages.mask import resize_to
from hairopt.stages.protocol import Encode
from hairopt.types import MaskF32, Shade
from hairopt.variants.schema import EncodeSpec

T = TypeVar("T")
Scores = dict[str, float | None]

_ALPHA_BYTES_PER_PX = 12
"""Of a piece of alpha on its way from the worker."""

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
    """Scores all answers to one case; what depends on the truth alone is computed once.

    Attributes:
        photo_digest: of the encoded photo.
    """

    index: int
    case: Case
    truth: TruthCase
    plan: BenchPlan
    thumbnails: Thumbnails
    photo_digest: bytes
    _request: bytes
    _mask_scores: dict[str, tuple[bytes, Scores]] = field(default_factory=dict)
    _encoded: dict[EncodeSpec, Pixels] = field(default_factory=dict)

    @classmethod
    def read(cls, index: int, case: Case, plan: BenchPlan, thumbnails: Thumbnails) -> CaseScorer:
        """Read a case and keep its pictures in the run; large ones are held on disk.

        Raises:
            DataError: a file is missing or no picture.
            UsageError: the pictures of the run cannot be written.
        """
        loaded = case.read(held)
        thumbnails.photo(index, np.asarray(loaded.image), loaded.levels)
        truth = TruthCase.prepare(loaded.image, held_truth(loaded.levels), loaded.dyed)
        digest = hashlib.blake2b(loaded.data).digest()
        return cls(index, case, truth, plan, thumbnails, digest, loaded.data)

    def run(self, lanes: list[Lane]) -> list[Scored]:
        """Segment once per variant, then dye and score every shade in every intensity."""
        lanes = [lane for lane in lanes if self.case.name not in lane.failed_cases]
        masks = dict(self._ask_each(lanes, np.ndarray, "segment", self._request))
        self._request = b""  # it may be hundreds of megabytes
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
        changes: dict[str, dict[float, float | None]] = defaultdict(dict)
        for intensity in self.plan.intensities:
            oracle = Oracle(self.truth, self._ideal(shade, intensity))
            takers = alive(list(masks))
            for lane, dyed in self._ask_each(takers, Dyed, "dye", shade, intensity):
                alpha = self._alpha_of(lane, dyed)
                if alpha is None:
                    continue
                try:
                    scores = self._score_mask(lane.name, masks[lane], *alpha)
                    output = self._decoded(lane, dyed)
                    untouched = self._untouched(lane.variant.encode)
                    scores |= score_picture(self.truth, output, oracle, shade, intensity, untouched)
                    change = self._hair_change(output)
                except Exception as error:
                    lane.failed_cases[self.case.name] = bad_case(self.case, error)
                    continue
                scored.append(self._scored(lane.name, shade, intensity, scores, dyed, change))
                changes[lane.name][intensity] = change
                if (shade, intensity) == self.plan.combinations[0]:
                    self.thumbnails.answer(self.index, lane.name, masks[lane], np.asarray(output))
        for one in scored if self.plan.shows_response else []:
            of_variant = changes[one.variant]
            if len(of_variant) == len(self.plan.intensities):
                one.scores.update(response_metrics(of_variant))
        return scored

    def _redye(self, masks: dict[Lane, MaskF32]) -> dict[str, float | None]:
        """Variant -> the mean of ``redye_de00`` over the true pictures, whatever the plan asks."""
        found: dict[str, list[float | None]] = defaultdict(list)
        for code in self.truth.dyed:
            takers = alive(list(masks))
            for lane, dyed in self._ask_each(takers, Dyed, "dye", Shade.parse(code), FULL):
                try:
                    found[lane.name].append(
                        score_redye(self.truth, code, self._decoded(lane, dyed))
                    )
                except Exception as error:
                    lane.failed_cases[self.case.name] = bad_case(self.case, error)
        return {name: _mean(values) for name, values in found.items()}

    @cached_property
    def _redye_floor(self) -> float | None:
        """What the ideal recolour itself comes to in ``redye_de00``."""
        return _mean(
            [
                score_redye(self.truth, code, self._ideal(Shade.parse(code), FULL))
                for code in self.truth.dyed
            ]
        )

    def _hair_change(self, output: Pixels) -> float | None:
        return hair_change_de76(self.truth, output) if len(self.plan.intensities) > 1 else None

    def _decoded(self, lane: Lane, dyed: Dyed) -> Pixels:
        """The answer at the photo's size.

        Raises:
            DataError: it is no picture.
            HairoptError: it has another size than what was encoded.
        """
        output = decode_image(dyed.encoded, "the encoded answer")
        if output.shape[:2] != dyed.frame_px:
            size, wanted = (f"{w} x {h} px" for h, w in (output.shape[:2], dyed.frame_px))
            raise HairoptError(
                f"encode.format {lane.variant.encode.format} answered a picture of {size} for one "
                f"of {wanted}"
            )
        return held(resize_to(output, *self.truth.shape))

    def _untouched(self, spec: EncodeSpec) -> Pixels:
        """What an encoder makes of the photo itself, at the photo's size."""
        if spec not in self._encoded:
            encode: Encode = find_method("encode", spec.format)
            data = encode(np.asarray(self.truth.image), spec.quality)
            decoded = decode_image(data, "the encoded photo")
            self._encoded[spec] = held(resize_to(decoded, *self.truth.shape))
        return self._encoded[spec]

    def _ideal(self, shade: Shade, intensity: float) -> Pixels:
        return Ideal(self.truth.image, self.truth.truth, shade, intensity)

    def _alpha_of(self, lane: Lane, dyed: Dyed) -> tuple[Pixels, bytes] | None:
        """The alpha of a lane's last answer, float32 in the size of the photo, and its digest.

        A smaller answer is judged as it looks when it is shown as large as the photo. None where
        the worker cannot tell, which costs the lane this case.
        """
        alpha, digest = empty_plane(dyed.frame_px), hashlib.blake2b(repr(dyed.box).encode())
        for piece in pieces(dyed.box, bytes_per_px=_ALPHA_BYTES_PER_PX):
            part = next(self._ask_each([lane], np.ndarray, "alpha", piece.inner), None)
            if part is None:
                return None
            alpha[piece.inner.slices] = part[1]
            digest.update(np.ascontiguousarray(part[1]).data)
        return enlarged(alpha, self.truth.shape), digest.digest()

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

    def _score_mask(self, variant: str, mask: MaskF32, alpha: Pixels, digest: bytes) -> Scores:
        """Scores of mask and alpha, taken over where the alpha is that of the last answer."""
        known = self._mask_scores.get(variant)
        if known is None or known[0] != digest:
            scores = score_mask(self.truth, enlarged(mask, self.truth.shape), alpha)
            self._mask_scores[variant] = known = digest, scores
        return dict(known[1])

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
            redye_noise_de00=self.case.noise_de00 if self.truth.dyed else None,
        )


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
