"""All answers of all variants to one case, scored against its truth."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from hairopt.backends.coder import Coder, coder_of
from hairopt.certainty.expectation import Expected
from hairopt.datasets.case import BadFileError, Case
from hairopt.errors import DataError, HairoptError
from hairopt.images import decode_image
from hairopt.measure.held import empty_plane, enlarged, held, held_truth
from hairopt.measure.ideal import FORMULAS, Formula, Ideal, by_method, method_of
from hairopt.measure.lane import Lane, alive
from hairopt.measure.messages import Dyed
from hairopt.measure.plan import BenchPlan
from hairopt.measure.process import RequestRefusedError
from hairopt.measure.run_model import BadCase
from hairopt.measure.thumbnails import Thumbnails
from hairopt.metrics.case import (
    HairScores,
    Intent,
    Intents,
    Oracle,
    TruthCase,
    score_answer,
    score_hair,
    score_locks,
    score_mask,
    score_redye,
)
from hairopt.metrics.response import response_metrics
from hairopt.pieces import pieces
from hairopt.raster import Pixels, coverage, levels_of
from hairopt.stages.find import find_method
from hairopt.stages.mask import resize_to
from hairopt.stages.protocol import Encode
from hairopt.types import Box, ImageU8, MaskF32, Shade
from hairopt.variants.schema import CASCADE, EncodeSpec, Variant

T = TypeVar("T")
Scores = dict[str, float | None]
Lab = tuple[float, float, float]

_ALPHA_BYTES_PER_PX = 12
"""Of a piece of alpha on its way from the worker."""

FULL = 100.0
"""The intensity at which a head is dyed as truly dyed heads are."""

LIGHTNESS_TAG = "hair_lightness"
"""The tag that every case with hair gets: how light its hair is, or that it is grey."""

INTENSITIES = (0.0, 25.0, 50.0, 75.0, 100.0)
"""At which the ideal of every method is looked at, whatever the plan asks."""

_MOST_SHADES = 3
"""Of the plan, for that."""

_NO_IDEAL: Scores = {"ideal_lock_de00": None, "ideal_redye_de00": None}


@dataclass(frozen=True)
class Scored:
    """One answer and its scores.

    Attributes:
        tags: of the case, ``hair_lightness`` included.
        scores: metric -> value; None where it is undefined.
        output_bytes: size of the encoded answer.
        is_redye: whether the plan did not ask for it: a shade of which there is a true picture, at
            intensity 100. Only its colour is scored.
        is_true: whether colour was judged against a true picture, not an estimate.
        hair_change_de76: by how much the hair changed from the photo, mean CIELAB distance. It is
            neither good nor bad, so no metric.
        hair_lab: mean L*, a*, b* of the hair core; None without one.
        intent_lab: the same of the intent.
        redye_noise_de00: how sure the true pictures are; None where nobody says.
        expected: what the mask lets one expect; None where there is a truth.
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
    is_redye: bool = False
    is_true: bool = False
    hair_change_de76: float | None = None
    hair_lab: Lab | None = None
    intent_lab: Lab | None = None
    redye_noise_de00: float | None = None
    expected: Expected | None = None


@dataclass(frozen=True)
class IntensityScore:
    """What the ideal of a recolour method does at one intensity.

    Attributes:
        method: of ``method_of``.
        change_de76: mean CIELAB distance of the hair from the photo.
        lock_de00: to the intent.
    """

    method: str
    case: str
    source: str
    shade: Shade
    intensity: float
    change_de76: float | None
    lock_de00: float | None


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


class Asked:
    """One request to all variants: a shade and an intensity, and what the answer should be."""

    def __init__(
        self, shade: Shade, intensity: float, intent: Intent, formula: Callable[[str], Oracle]
    ) -> None:
        self.shade, self.intensity, self.intent = shade, intensity, intent
        self._formula_of = formula
        self._formulas: dict[str, Oracle] = {}

    def formula(self, method: str) -> Oracle | None:
        """What the method's own formula gives, prepared once; None where it has none."""
        if method in FORMULAS and method not in self._formulas:
            self._formulas[method] = self._formula_of(method)
        return self._formulas.get(method)


@dataclass
class CaseScorer:
    """Scores all answers to one case; what depends on the truth alone is computed once.

    Attributes:
        photo_digest: of the encoded photo.
        shows_intensities: whether the ideal of every method is scored at ``INTENSITIES``, too.
        intensity_scores: what that found.
    """

    index: int
    case: Case
    truth: TruthCase
    plan: BenchPlan
    thumbnails: Thumbnails
    photo_digest: bytes
    shows_intensities: bool
    _request: bytes
    _mask_scores: dict[str, tuple[bytes, Scores]] = field(default_factory=dict)
    _encoded: dict[EncodeSpec | Coder, Pixels] = field(default_factory=dict)
    _ideal_lanes: dict[str, Lane] = field(default_factory=dict)
    intensity_scores: list[IntensityScore] = field(default_factory=list)

    @classmethod
    def read(
        cls,
        index: int,
        case: Case,
        plan: BenchPlan,
        thumbnails: Thumbnails,
        *,
        shows_intensities: bool = False,
    ) -> CaseScorer:
        """Read a case and keep its pictures in the run; large ones are held on disk.

        Raises:
            DataError: a file is missing or no picture.
            UsageError: the pictures of the run cannot be written.
        """
        loaded = case.read(held)
        thumbnails.photo(index, np.asarray(loaded.image), loaded.levels)
        truth = TruthCase.prepare(loaded.image, held_truth(loaded.levels), loaded.dyed)
        digest = hashlib.blake2b(loaded.data).digest()
        return cls(index, case, truth, plan, thumbnails, digest, shows_intensities, loaded.data)

    def run(self, lanes: list[Lane]) -> list[Scored]:
        """Segment once per variant, then dye and score every shade in every intensity."""
        lanes = [lane for lane in lanes if self.case.name not in lane.failed_cases]
        masks = dict(self._ask_each(lanes, np.ndarray, "segment", self._request))
        self._note_steps(list(masks))
        self._tell_truth(masks)
        self._request = b""  # it may be hundreds of megabytes
        if not masks:
            return []
        scored = [one for shade in self.plan.shades for one in self._run_shade(shade, masks)]
        scored += [one for code in self.truth.dyed for one in self._redye(code, masks)]
        if self.shows_intensities:
            self._score_intensities()
        ious = [one.scores.get("iou") for one in scored]
        self.thumbnails.judge(self.index, min((iou for iou in ious if iou is not None), default=1))
        return scored

    def _run_shade(self, shade: Shade, masks: dict[Lane, MaskF32]) -> list[Scored]:
        scored: list[Scored] = []
        changes: dict[str, dict[float, float | None]] = defaultdict(dict)
        for intensity in self.plan.intensities:
            asked = self._asked(shade, intensity)
            is_shown = (shade, intensity) == self.plan.combinations[0]
            if is_shown:
                self.thumbnails.intent(self.index, asked.intent)
            for lane, dyed in self._ask_each(alive(list(masks)), Dyed, "dye", shade, intensity):
                alpha = self._alpha_of(lane, dyed) if dyed.has_alpha else ()
                if alpha is None:
                    continue
                try:
                    scores = self._score_mask(lane.name, masks[lane], *alpha) if alpha else {}
                    output = self._decoded(dyed)
                    found = score_answer(
                        self.truth,
                        output,
                        asked.intent,
                        shade,
                        intensity,
                        self._untouched(lane.variant, dyed),
                        self._formula(asked, lane),
                    )
                    found.scores.update(scores | self._redye_score(asked, output))
                except Exception as error:
                    lane.failed_cases[self.case.name] = bad_case(self.case, error)
                    continue
                scored.append(self._scored(lane.name, asked, found, dyed))
                changes[lane.name][intensity] = found.change_de76
                if is_shown:
                    self.thumbnails.answer(self.index, lane.name, masks[lane], np.asarray(output))
            self._add_ideals(asked, scored, masks)
        for one in scored if self.plan.shows_response else []:
            of_variant = changes[one.variant]
            if len(of_variant) == len(self.plan.intensities):
                one.scores.update(response_metrics(of_variant))
        return scored

    def _redye(self, code: str, masks: dict[Lane, MaskF32]) -> list[Scored]:
        """The answers in a shade of which there is a true picture, whatever the plan asks."""
        shade = Shade.parse(code)
        if any(shade.hex == one.hex for one in self.plan.shades) and FULL in self.plan.intensities:
            return []  # it was asked for
        asked = self._asked(shade, FULL)
        is_shown = code == next(iter(self.truth.dyed))
        if is_shown:
            self.thumbnails.dyed(self.index, asked.intent)
        scored: list[Scored] = []
        able = [lane for lane in alive(list(masks)) if lane.variant.has_shade(shade)]
        for lane, dyed in self._ask_each(able, Dyed, "dye", shade, FULL):
            try:
                output = self._decoded(dyed)
                formula = self._formula(asked, lane)
                found = score_hair(self.truth, output, asked.intent, shade, FULL, formula)
                found.scores.update(self._redye_score(asked, output))
            except Exception as error:
                lane.failed_cases[self.case.name] = bad_case(self.case, error)
                continue
            scored.append(replace(self._scored(lane.name, asked, found, dyed), is_redye=True))
            if is_shown:
                self.thumbnails.redyed(self.index, lane.name, np.asarray(output))
        self._add_ideals(asked, scored, masks)
        return scored

    def _asked(self, shade: Shade, intensity: float) -> Asked:
        def formula(method: str) -> Oracle:
            sides = self.truth.image, self.truth.truth
            return Oracle(self.truth, Formula(method, *sides, shade, intensity))

        return Asked(shade, intensity, self._intents.of(shade, intensity), formula)

    @cached_property
    def _intents(self) -> Intents:
        return Intents(self.truth)

    def _redye_score(self, asked: Asked, picture: Pixels) -> Scores:
        """``redye_de00`` where there is a true picture of what was asked for."""
        if not asked.intent.is_true or asked.intensity != FULL:
            return {"redye_de00": None}
        return {"redye_de00": score_redye(self.truth, asked.shade.hex, picture)}

    def _note_steps(self, lanes: list[Lane]) -> None:
        """Ask the cascades which of their steps they asked for this photo."""
        for lane in lanes:
            if lane.variant.segment.method == CASCADE:
                asked = self._ask_aside(lane, "steps")
                if isinstance(asked, tuple):
                    lane.steps_asked[self.case.name] = asked

    def _tell_truth(self, masks: dict[Lane, MaskF32]) -> None:
        """Give the truth to one lane of each method, for ``_ideal``."""
        for method, lane in by_method(list(masks), self.case.name):
            mask = coverage(resize_to(levels_of(self.truth.truth), *masks[lane].shape))
            again = self._request if lane.variant.decode.reduce != 1 else None
            if self._ask_aside(lane, "truth", mask, again) is not None:
                self._ideal_lanes[method] = lane

    def _add_ideals(self, asked: Asked, scored: list[Scored], masks: dict[Lane, MaskF32]) -> None:
        """Complete the answers to one request with the scores of their methods' ideals."""
        found = {method: self._ideal_scores(method, asked) for method in list(self._ideal_lanes)}
        method_by_variant = {lane.name: method_of(lane) for lane in masks}
        for one in scored:
            if (one.shade, one.intensity) == (asked.shade, asked.intensity):
                one.scores.update(found.get(method_by_variant[one.variant], _NO_IDEAL))

    def _ideal_scores(self, method: str, asked: Asked) -> Scores:
        try:
            ideal = self._ideal(method, asked)
            lock_de00, _ = score_locks(self.truth, ideal, asked.intent)
            redye = self._redye_score(asked, ideal)["redye_de00"]
        except Exception:  # of the method, whose own answers say what is wrong with it
            self._ideal_lanes.pop(method, None)
            return _NO_IDEAL
        return {"ideal_lock_de00": lock_de00, "ideal_redye_de00": redye}

    def _ideal(self, method: str, asked: Asked) -> Ideal:
        def ask(box: Box) -> ImageU8:
            lane, levels = self._ideal_lanes[method], levels_of(self.truth.truth, box.slices)
            part = self._ask_aside(lane, "ideal", asked.shade, asked.intensity, box, levels)
            if not isinstance(part, np.ndarray) or part.shape != (*levels.shape, 3):
                raise HairoptError(f"recolor.method {method} does not dye {self.case.name}")
            return part

        return Ideal(self.truth.image.shape, ask)

    def _score_intensities(self) -> None:
        """Score every method's ideal at ``INTENSITIES``, in the shades of the plan."""
        for shade in self.plan.shades[:_MOST_SHADES]:
            for intensity in INTENSITIES:
                asked = self._asked(shade, intensity)
                for method in list(self._ideal_lanes):
                    try:
                        found = score_locks(self.truth, self._ideal(method, asked), asked.intent)
                    except Exception:
                        self._ideal_lanes.pop(method, None)
                        continue
                    lock_de00, change = found
                    self.intensity_scores.append(
                        IntensityScore(
                            method, self.case.name, self.case.source, shade, intensity,
                            change, lock_de00,
                        )
                    )  # fmt: skip

    def _ask_aside(self, lane: Lane, operation: str, *arguments: object) -> object | None:
        """An answer that no score of the lane's own depends on; None where it refuses.

        A worker that is lost takes its variant out.
        """
        if lane.status != "ok":
            return None
        answer: object | None = None
        with lane.costs_only_itself():
            try:
                lane.running.send(operation, *arguments)
                doing = f"computing ({operation}) case {self.case.name!r}"
                answer = lane.running.receive(object, doing, self.plan.timeout_s)
            except RequestRefusedError:
                return None
        return answer

    def _decoded(self, dyed: Dyed) -> Pixels:
        """The answer at the photo's size.

        Raises:
            DataError: it is no picture.
            HairoptError: it has another size than what was encoded.
        """
        output = decode_image(dyed.encoded, "the encoded answer")
        if output.shape[:2] != dyed.frame_px:
            size, wanted = (f"{w} x {h} px" for h, w in (output.shape[:2], dyed.frame_px))
            raise HairoptError(f"the encoder answered a picture of {size} for one of {wanted}")
        return held(resize_to(output, *self.truth.shape))

    def _untouched(self, variant: Variant, dyed: Dyed) -> Pixels:
        """What the encoder of an answer makes of the photo itself, at the photo's size."""
        image = self.truth.image
        coder = coder_of(dyed.encoded) if variant.backend is not None else variant.encode
        if coder not in self._encoded:
            if isinstance(coder, EncodeSpec):
                encode: Encode = find_method("encode", coder.format)
                data = encode(np.asarray(image), coder.quality)
            else:
                data = coder.encode(np.asarray(image))
            decoded = decode_image(data, "the encoded photo")
            self._encoded[coder] = held(resize_to(decoded, *self.truth.shape))
        return self._encoded[coder]

    def _formula(self, asked: Asked, lane: Lane) -> Oracle | None:
        """What the formula of a lane's own method gives; that of a back-end is not known."""
        spec = lane.variant
        return None if spec.backend is not None else asked.formula(spec.recolor.method)

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
        band = self.truth.hair_band
        return {**self.case.tags, LIGHTNESS_TAG: band} if band else dict(self.case.tags)

    def _scored(self, variant: str, asked: Asked, found: HairScores, dyed: Dyed) -> Scored:
        return Scored(
            variant=variant,
            case=self.case.name,
            source=self.case.source,
            index=self.index,
            tags=self._tags(),
            shade=asked.shade,
            intensity=asked.intensity,
            scores=found.scores,
            output_bytes=len(dyed.encoded),
            is_true=asked.intent.is_true,
            hair_change_de76=found.change_de76,
            hair_lab=found.mean_lab,
            intent_lab=found.intent_lab,
            redye_noise_de00=self.case.noise_de00 if self.truth.dyed else None,
        )
