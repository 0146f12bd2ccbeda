"""Agreement with another answer to the same photo: the metrics of quality without any truth."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.metrics.case import Oracle, Scores, score_alpha, score_answer
from hairopt.metrics.catalog import UNLABELLED, agreement
from hairopt.metrics.truth import TruthCase
from hairopt.raster import Pixels
from hairopt.types import Shade


@dataclass(frozen=True)
class ReferenceAnswer:
    """The answer that others are compared with, in the place of truth and intent.

    Attributes:
        masks: the photo, with what was blended as its truth.
        pictures: the answer's picture, with the same.
    """

    masks: TruthCase
    pictures: TruthCase
    _oracle: Oracle

    @classmethod
    def of(cls, photo: Pixels, alpha: Pixels, answer: Pixels) -> ReferenceAnswer:
        """Prepare an answer.

        Args:
            photo: uint8 (H, W, 3) RGB.
            alpha: float32 (H, W) in [0, 1], what the dyed layer was blended with.
            answer: uint8 (H, W, 3) RGB, decoded.
        """
        pictures = TruthCase.prepare(answer, alpha)
        return cls(TruthCase.prepare(photo, alpha), pictures, Oracle(pictures, answer, "answer"))

    def scores(
        self, alpha: Pixels | None, answer: Pixels, shade: Shade, intensity: float
    ) -> Scores:
        """Agreement of another answer, by the names ``agreement_...``; its own is perfect.

        Args:
            alpha: float32 (H, W) in [0, 1]; None where it is not known: no metric of masks then.
            answer: uint8 (H, W, 3) RGB, decoded.
            shade: the colour asked for.
            intensity: 0..100.
        """
        found = {} if alpha is None else score_alpha(self.masks, alpha)
        found |= score_answer(self.pictures, answer, self._oracle, shade, intensity).scores
        named = {agreement(name): value for name, value in found.items()}
        return {name: value for name, value in named.items() if name in UNLABELLED}
