"""From a photo and the answers to it: the region that was dyed, or one sentence why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from hairopt.backends.recovered.fit import SEEN, Planes, alpha_of, contrasts, fit, shrunk
from hairopt.backends.recovered.likeness import LEAST_SHARE, likeness
from hairopt.errors import UsageError
from hairopt.types import ImageU8, MaskBool, MaskF32, Shade

FEWEST_SHADES = 2

_FEWEST_PX = 12
"""Changed pixels at the size of ``fit`` below which nothing was dyed: 0.04 % of a picture."""

_WHOLE = 0.98
"""Share of a picture from which on all of it was dyed."""

_LEAST_EXPLAINED = 0.6

_EQUAL = 3.0
"""Mean difference in levels of 255 up to which two pictures are the same, encoded anew."""

Kind: TypeAlias = Literal[
    "size", "placeholder", "another picture", "unchanged", "shade ignored", "whole picture",
    "unclear",
]  # fmt: skip


@dataclass(frozen=True)
class Recovered:
    """What was dyed.

    Attributes:
        alpha: float32 (H, W) in [0, 1]; 1 is as much dye as most of the region has.
        explained: share of the squared differences of the answers that it explains, 0..1.
        noise: standard deviation of the encoder's noise, levels of 255.
        unseen: share of the region that was filled in from around it, since dye does not show
            there (a black that the back-end keeps black); 0..1.
    """

    alpha: MaskF32
    explained: float
    noise: float
    unseen: float


@dataclass(frozen=True)
class Refused:
    """Why there is no region: a complete sentence for a person, and its kind."""

    kind: Kind
    sentence: str


def recover_region(
    photo: ImageU8, neutral: ImageU8 | None, answers: Mapping[Shade, ImageU8]
) -> Recovered | Refused:
    """Recover how much of each pixel a back-end dyed.

    Fitted at 192 pixels, computed at the size of the photo. Where the answers do not allow it,
    the reason takes the place of the numbers.

    Args:
        photo: uint8 (H, W, 3) RGB, as it was sent.
        neutral: the answer at intensity 0; None where there is none.
        answers: at intensity 100, in two shades at least, better in three that are far apart.

    Raises:
        UsageError: the answers are in fewer than two shades.
    """
    if len({shade.hex for shade in answers}) < FEWEST_SHADES:
        raise UsageError(
            f"The dyed region is recovered from answers in {FEWEST_SHADES} shades or more; "
            f"there are {len(answers)}."
        )
    refused = _other_size(photo, neutral, answers) or _other_picture(photo, answers)
    if refused is not None:
        return refused
    if neutral is not None and likeness(photo, neutral) < LEAST_SHARE:
        neutral = None  # a back-end that knows no intensity 0 may answer anything
    changed = contrasts(list(answers.values()))
    small = shrunk(changed)
    if np.count_nonzero((small**2).sum(axis=2) > SEEN**2) < _FEWEST_PX:
        return _nothing_dyed(photo, list(answers.values()))
    return _recovered(photo, neutral, answers, changed, small)


def refuse_other_picture(photo: ImageU8, answer: ImageU8) -> Refused | None:
    """The sentence for an answer that does not show the photo; None where it does.

    Args:
        photo: uint8 (H, W, 3) RGB.
        answer: the same shape.
    """
    share = likeness(photo, answer)
    if share >= LEAST_SHARE:
        return None
    return Refused(
        "another picture",
        "The answer does not show the photo but another picture: "
        f"{share:.0%} of the photo's details are where they were.",
    )


def spill(alpha: MaskF32, truth: MaskBool) -> float | None:
    """Dyed area beside the hair in areas of the hair; None without hair.

    Args:
        alpha: float32 (H, W) in [0, 1].
        truth: bool (H, W).
    """
    hair = int(np.count_nonzero(truth))
    if hair == 0:
        return None
    return int(np.count_nonzero((alpha >= np.float32(0.5)) & ~truth)) / hair


def _recovered(
    photo: ImageU8,
    neutral: ImageU8 | None,
    answers: Mapping[Shade, ImageU8],
    changed: Planes,
    small: Planes,
) -> Recovered | Refused:
    fitted = fit(shrunk(photo).astype(np.float32), small)
    if fitted is None or fitted.explained < _LEAST_EXPLAINED:
        share = "nothing" if fitted is None else f"{fitted.explained:.0%}"
        return Refused(
            "unclear",
            "The dyed region cannot be recovered: one region explains "
            f"{share} of how the answers in {len(answers)} shades differ.",
        )
    noise = _noise(photo, neutral, answers, changed)
    alpha, unseen = alpha_of(fitted, photo.astype(np.float32), changed, noise)
    whole = float((alpha >= np.float32(0.5)).mean())
    if whole >= _WHOLE:
        return Refused(
            "whole picture", f"The shade changes {whole:.0%} of the picture, not the hair alone."
        )
    return Recovered(alpha, fitted.explained, noise, unseen)


def _other_size(
    photo: ImageU8, neutral: ImageU8 | None, answers: Mapping[Shade, ImageU8]
) -> Refused | None:
    named = {shade.name: answer for shade, answer in answers.items()}
    named |= {} if neutral is None else {"intensity 0": neutral}
    for name, answer in named.items():
        if answer.shape != photo.shape:
            size, wanted = (f"{one.shape[1]} x {one.shape[0]}" for one in (answer, photo))
            return Refused("size", f"The answer in {name} has {size} pixels, the photo {wanted}.")
    return None


def _other_picture(photo: ImageU8, answers: Mapping[Shade, ImageU8]) -> Refused | None:
    found = {shade.name: refuse_other_picture(photo, one) for shade, one in answers.items()}
    refused = {name: one for name, one in found.items() if one is not None}
    if not refused:
        return None
    pictures = list(answers.values())
    if len(refused) == len(answers) and _are_equal(pictures):
        return Refused(
            "placeholder",
            "Every shade gets the same picture, which does not show the photo: a placeholder.",
        )
    return next(iter(refused.values()))


def _nothing_dyed(photo: ImageU8, pictures: Sequence[ImageU8]) -> Refused:
    if _are_equal([photo, pictures[0]]):
        return Refused("unchanged", "The answers are the photo, unchanged: nothing was dyed.")
    return Refused(
        "shade ignored",
        f"The answers in {len(pictures)} shades are the same picture: the shade is ignored.",
    )


def _are_equal(pictures: Sequence[ImageU8]) -> bool:
    small = [shrunk(one).astype(np.float32) for one in pictures]
    return all(float(np.abs(one - small[0]).mean()) <= _EQUAL for one in small[1:])


def _noise(
    photo: ImageU8,
    neutral: ImageU8 | None,
    answers: Mapping[Shade, ImageU8],
    changed: Planes,
) -> float:
    """From the answer at intensity 0, or else from where the answers are alike."""
    other = next(iter(answers.values())) if neutral is None else neutral
    apart = np.abs(photo.astype(np.int16) - other)
    if neutral is None:
        alike = (changed**2).sum(axis=2) < SEEN**2
        apart = apart[alike] if alike.any() else apart
    return 1.4826 * float(np.median(apart))
