"""All answers of all variants to one photo without a mask: agreement with the baseline's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hairopt.certainty.expectation import Expectation, Expected, expected_of, unknown
from hairopt.datasets.case import Case
from hairopt.measure.case_scorer import CaseScorer, Scored, Scores, bad_case
from hairopt.measure.held import empty_plane, held
from hairopt.measure.lane import Lane, alive
from hairopt.measure.messages import Dyed
from hairopt.measure.plan import BenchPlan
from hairopt.measure.process import RequestRefusedError
from hairopt.measure.thumbnails import Thumbnails
from hairopt.metrics.agreement import ReferenceAnswer
from hairopt.metrics.case import TruthCase
from hairopt.metrics.catalog import AGREEMENT_GUARDED, EXPECTED_IOU, agreement
from hairopt.types import MaskF32, Shade

_IOU = agreement("alpha_iou")
_UNASKED = unknown("the variant does not tell what to expect of its masks")


def ask_expectations(lanes: Sequence[Lane], timeout_s: float) -> None:
    """Ask every variant for the calibration of its masks; one that does not tell is none worse."""
    for lane in alive(lanes):
        lane.expectation = _UNASKED
        with lane.costs_only_itself():
            try:
                lane.running.send("expectation")
                answer = lane.running.receive(object, "telling its calibration", timeout_s)
            except RequestRefusedError as error:
                lane.expectation = unknown(error.refused.reason)
            else:
                if isinstance(answer, (Expectation, Expected)):
                    lane.expectation = answer


def without_agreement(one: Scored) -> Scored:
    """An answer whose baseline was lost in the meantime: only what is expected of it is kept."""
    return replace(one, scores=one.scores | _nothing())


def _nothing() -> Scores:
    return dict.fromkeys(AGREEMENT_GUARDED)


@dataclass
class AgreementScorer(CaseScorer):
    """Compares all answers to one photo with the baseline's.

    Attributes:
        reference: the variant whose answers stand in for a truth.
    """

    reference: str = ""

    @classmethod
    def of_photo(
        cls, index: int, case: Case, plan: BenchPlan, thumbnails: Thumbnails, reference: str
    ) -> AgreementScorer:
        """Read a photo and keep it in the run.

        Raises:
            DataError: the photo is missing or no picture.
            UsageError: the pictures of the run cannot be written.
        """
        data, image = case.read_photo(held)
        thumbnails.photo(index, np.asarray(image))
        nothing = TruthCase.prepare(image, empty_plane(image.shape[:2]))
        digest = hashlib.blake2b(data).digest()
        return cls(index, case, nothing, plan, thumbnails, digest, False, data, reference=reference)

    def run(self, lanes: list[Lane]) -> list[Scored]:
        """Segment once per variant, then dye in every shade and intensity, and compare."""
        lanes = [lane for lane in lanes if self.case.name not in lane.failed_cases]
        masks = dict(self._ask_each(lanes, np.ndarray, "segment", self._request))
        self._note_steps(list(masks))
        self._request = b""  # it may be hundreds of megabytes
        expected = {
            lane: expected_of(mask, lane.expectation or _UNASKED) if mask.size else _UNASKED
            for lane, mask in masks.items()
        }
        scored = [
            one
            for shade, intensity in self.plan.combinations
            for one in self._compare(shade, intensity, masks, expected)
        ]
        self.thumbnails.judge(self.index, _least(scored))
        return scored

    def _compare(
        self,
        shade: Shade,
        intensity: float,
        masks: dict[Lane, MaskF32],
        expected: dict[Lane, Expected],
    ) -> list[Scored]:
        reference: ReferenceAnswer | None = None
        scored: list[Scored] = []
        for lane, dyed in self._ask_each(alive(list(masks)), Dyed, "dye", shade, intensity):
            alpha = self._alpha_of(lane, dyed) if dyed.has_alpha else ()
            if alpha is None:
                continue
            try:
                output = self._decoded(dyed)
                own = alpha[0] if alpha else None
                if lane.name == self.reference and own is not None:
                    reference = ReferenceAnswer.of(self.truth.image, own, output)
                agreed = _nothing()
                if reference is not None:
                    agreed |= reference.scores(own, output, shade, intensity)
            except Exception as error:
                lane.failed_cases[self.case.name] = bad_case(self.case, error)
                continue
            if (shade, intensity) == self.plan.combinations[0]:
                self.thumbnails.answer(self.index, lane.name, masks[lane], np.asarray(output))
            scored.append(
                Scored(
                    variant=lane.name,
                    case=self.case.name,
                    source=self.case.source,
                    index=self.index,
                    tags=dict(self.case.tags),
                    shade=shade,
                    intensity=intensity,
                    scores=agreed | {EXPECTED_IOU: expected[lane].iou},
                    output_bytes=len(dyed.encoded),
                    expected=expected[lane],
                )
            )
        return scored


def _least(scored: Sequence[Scored]) -> float:
    """The most doubtful answer: the least expected IoU, or the least agreement without any."""
    for name in (EXPECTED_IOU, _IOU):
        values = [value for one in scored if (value := one.scores.get(name)) is not None]
        if values:
            return min(values)
    return 1.0
