"""Which photos are worth labelling: doubtful ones, and ones unlike those that are labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hairopt.certainty.appearance import Appearance, Known
from hairopt.certainty.expectation import Expectation, Expected, expected_of
from hairopt.datasets.case import BadFileError, Case
from hairopt.datasets.facts import BadCase
from hairopt.metrics.mask import iou
from hairopt.types import ImageU8, MaskF32

_COMPARED_PX = 256
_SEEN_FROM = 0.15
"""Least part of a score that is given as a reason."""


@dataclass(frozen=True)
class Network:
    """A network that looks at the photos.

    Attributes:
        name: its name.
        segment: uint8 (H, W, 3) RGB to float32 (h, w) in [0, 1].
        known: its calibration, or what stands in for it.
    """

    name: str
    segment: Callable[[ImageU8], MaskF32]
    known: Expectation | Expected


@dataclass(frozen=True)
class Ranked:
    """One photo.

    Attributes:
        name: its name.
        file: its file.
        worth: the sum of doubt, disagreement and unlikeness, each 0..1; 0 for a photo that is
            labelled already.
        expected: what to expect of the first network's mask.
        networks_iou: IoU of the masks of two networks; None with one.
        views_iou: IoU of the first network's masks of the photo and of its mirror image.
        unlike: 0..1, how unlike all labelled photos it is.
        reason: why it is worth labelling, in words.
    """

    name: str
    file: str
    worth: float
    expected: Expected
    networks_iou: float | None
    views_iou: float
    unlike: float
    reason: str


def labelled_appearances(
    cases: Iterable[Case], network: Network, on_case: Callable[[], None] = lambda: None
) -> tuple[list[Appearance], set[str]]:
    """How the labelled photos look, and the SHA-256 of their files; unreadable ones are left out.

    Args:
        cases: labelled photos; of derived ones only the original is looked at.
        network: finds the hair.
        on_case: called after every case.
    """
    looks: list[Appearance] = []
    digests: set[str] = set()
    for case in cases:
        on_case()
        if case.change is not None:
            continue
        try:
            data, image = case.read_photo()
        except BadFileError:
            continue
        digests.add(hashlib.sha256(data).hexdigest())
        looks.append(Appearance.of(image, network.segment(image)))
    return looks, digests


def triage(
    cases: Iterable[Case],
    networks: Sequence[Network],
    labelled: tuple[Sequence[Appearance], set[str]] = ((), set()),
    on_case: Callable[[], None] = lambda: None,
) -> tuple[list[Ranked], list[BadCase]]:
    """Rank photos by what a label of theirs would teach.

    Args:
        cases: photos; masks are not looked at.
        networks: one or two; the first one's expectation counts.
        labelled: of ``labelled_appearances``.
        on_case: called after every photo.

    Returns:
        All readable photos, the most worthwhile first, and the others.
    """
    looks, digests = labelled
    known, seen = Known(looks), set(digests)
    firsts: list[tuple[str, Appearance]] = []
    ranked: list[Ranked] = []
    bad: list[BadCase] = []
    for case in cases:
        on_case()
        try:
            data, image = case.read_photo()
        except BadFileError as error:
            bad.append(BadCase(case.name, error.file, error.reason, error.fix))
            continue
        masks = [network.segment(image) for network in networks]
        look = Appearance.of(image, masks[0])
        digest = hashlib.sha256(data).hexdigest()
        twin = next((name for name, other in firsts if other.is_same(look)), None)
        if digest in digests or known.same_as(look) is not None:
            said = "labelled already"
        elif digest in seen or twin is not None:
            said = f"the same photo as {twin}" if twin else "the same photo as another one"
        else:
            said = ""
        seen.add(digest)
        firsts.append((case.name, look))
        ranked.append(_ranked(case, image, masks, networks, known, look, said))
    return sorted(ranked, key=lambda one: (-one.worth, one.name)), bad


def _ranked(
    case: Case,
    image: ImageU8,
    masks: Sequence[MaskF32],
    networks: Sequence[Network],
    known: Known,
    look: Appearance,
    said: str,
) -> Ranked:
    expected = expected_of(masks[0], networks[0].known)
    mirrored = networks[0].segment(np.ascontiguousarray(image[:, ::-1]))
    views_iou = _agreement(masks[0], mirrored[:, ::-1])
    networks_iou = _agreement(masks[0], masks[1]) if len(masks) > 1 else None
    unlike, how = known.unlike(look)
    doubt = 0.0 if expected.iou is None else 1 - expected.iou
    apart = 1 - min(views_iou, 1.0 if networks_iou is None else networks_iou)
    reasons = [
        *([f"an IoU of {expected.iou:.2f} is expected"] if expected.iou and doubt >= _SEEN_FROM
          else []),
        *_disagreements(networks, networks_iou, views_iou),
        *([f"unlike the labelled photos: {how}"] if unlike >= _SEEN_FROM else []),
    ]  # fmt: skip
    return Ranked(
        name=case.name,
        file=str(case.photo),
        worth=0.0 if said else doubt + apart + unlike,
        expected=expected,
        networks_iou=networks_iou,
        views_iou=views_iou,
        unlike=unlike,
        reason=said or "; ".join(reasons) or "nothing speaks for it",
    )


def _disagreements(
    networks: Sequence[Network], networks_iou: float | None, views_iou: float
) -> Iterator[str]:
    if networks_iou is not None and 1 - networks_iou >= _SEEN_FROM:
        names = " and ".join(network.name for network in networks)
        yield f"{names} agree to {networks_iou:.2f} only"
    if 1 - views_iou >= _SEEN_FROM:
        yield f"the mirrored photo gives another mask ({views_iou:.2f})"


def _agreement(one: MaskF32, other: MaskF32) -> float:
    """IoU of two masks at 0.5, at one size; 1 where both are empty."""
    import cv2

    size = (_COMPARED_PX, _COMPARED_PX)
    sets = (
        np.asarray(cv2.resize(np.ascontiguousarray(mask), size)) >= 0.5 for mask in (one, other)
    )
    found = iou(*sets)
    return 1.0 if found is None else found
