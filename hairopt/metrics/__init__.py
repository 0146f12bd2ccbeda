"""Quality of a mask and of a picture against the truth, for arrays that you have yourself.

``iou`` and ``boundary_iou`` compare two sets of pixels. ``TruthCase.prepare`` takes a photo and its
truth; ``score_mask`` and ``score_picture`` then give every metric of one answer.
"""

from typing import TYPE_CHECKING

from hairopt.lazy_names import lazy_names

if TYPE_CHECKING:
    from hairopt.metrics.boundary import boundary_iou
    from hairopt.metrics.case import TruthCase, score_mask, score_picture
    from hairopt.metrics.mask import iou

__all__ = ["TruthCase", "boundary_iou", "iou", "score_mask", "score_picture"]

__getattr__ = lazy_names(
    __name__,
    {
        "TruthCase": "hairopt.metrics.case",
        "boundary_iou": "hairopt.metrics.boundary",
        "iou": "hairopt.metrics.mask",
        "score_mask": "hairopt.metrics.case",
        "score_picture": "hairopt.metrics.case",
    },
)
