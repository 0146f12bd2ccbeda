"""Rendered pairs as arrays: what the method sees of each, and pixels of the dyed hair.

Light adds up, so one scene gives more than its four pairs. Every dyed picture is a photo, too, of
hair in that colour. Two pictures mixed in linear light are hair with strands of both colours, which
makes the colours that a photo shows more various. A factor on all of a scene's light is another
exposure or another colour of the light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.images import decode_image
from hairopt.images.mask import decode_levels
from hairopt.raster import coverage
from hairopt.stages.recolor.tone.look import lab_of, look_at, skin_likeness, tones
from hairopt.types import ImageU8, MaskF32, Shade
from tools.rendered_heads.develop import develop, linear

PIXELS = 96
"""Pixels of the hair that stand for one dyed picture."""

CORE = 0.9
"""Coverage from which a pixel shows hair alone."""

COPIES = 5
"""Variations of a scene in other exposures, light colours, crops and mixtures of hair."""

EXPOSURE, WARMTH, TINT = 0.18, 0.05, 0.02
"""Standard deviations of the logarithms of the light, of red over blue, and of green."""

MIXED, MOST_MIXED = 0.7, 0.5
"""How many varied photos show hair of two colours, and the largest share of the second one."""

OTHER_HAIR, HAIR_EXPOSURE, HAIR_COLOUR = 1 / 3, 0.2, 0.25
"""How many varied photos show hair in a colour that nobody rendered, and the standard deviations of
the logarithms of its light, of all channels and of each. Without them orange hair is taken for
hair in an orange light."""

OTHER_BACKDROP, BACKDROP_LIGHT, BACKDROP_COLOUR = 2 / 3, 0.7, 0.3
"""How many varied photos show clothes and backdrops of another colour, and the standard deviations
of the logarithms. Skin stays: it tells the light better than they do."""

SMALLEST_CROP, KEPT_HAIR = 0.75, 0.8
"""Smallest side of a crop, and the share of the hair that has to be in it."""

Numbers = NDArray[np.float32]
Masker = Callable[[ImageU8], MaskF32]


@dataclass(frozen=True)
class Pairs:
    """``n`` pairs of a photo and the same head truly dyed.

    Attributes:
        head: (n,) the head of each, such as ``pair900_00017``: pairs of one head stay together.
        plain: (n,) whether the photo is a rendered one, with its exact mask, and not made of some.
        seen: float32 (n, numbers), ``Look.with_shade``.
        tone: float32 (n, PIXELS), the tone of pixels of the photo, minus the hair's mean tone.
        truth: float32 (n, PIXELS, 3), CIELAB of the same pixels in the dyed picture.
    """

    head: NDArray[np.str_]
    plain: NDArray[np.bool_]
    seen: Numbers
    tone: Numbers
    truth: Numbers

    def of(self, chosen: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(*(getattr(self, name)[chosen] for name in Pairs.__dataclass_fields__))


@dataclass(frozen=True)
class Scene:
    """Pictures of one scene: the key ``""`` is the photo, the others are the codes of the dyes."""

    name: str
    pictures: dict[str, ImageU8]
    alpha: MaskF32


Row = tuple[str, bool, Numbers, Numbers, Numbers]


def read_pairs(folder: Path, masker: Masker | None = None) -> Pairs:
    """Read a folder of ``python -m tools.rendered_heads FOLDER --pairs N``.

    Args:
        folder: ``images``, ``masks`` and ``dyed/NAME@CODE.png``.
        masker: makes further masks of the rendered photos, so that the method knows what errors
            masks have; None for exact masks alone.
    """
    rows = [row for scene in read_scenes(folder) for row in _pairs(scene, masker)]
    head, plain, *numbers = (np.array(column) for column in zip(*rows, strict=True))
    return Pairs(head, plain, *(np.asarray(values, np.float32) for values in numbers))


def read_scenes(folder: Path) -> Iterator[Scene]:
    """The finished scenes of a folder that have hair enough."""
    for mask in sorted((folder / "masks").iterdir()):
        alpha = coverage(decode_levels(mask.read_bytes(), mask.name))
        files = {"": folder / "images" / mask.name}
        dyed = sorted((folder / "dyed").glob(f"{mask.stem}@*.png"))
        files |= {file.stem.rpartition("@")[2]: file for file in dyed}
        if (alpha > CORE).sum() >= PIXELS:
            pictures = {code: decode_image(f.read_bytes(), str(f)) for code, f in files.items()}
            yield Scene(mask.stem, pictures, alpha)


def _pairs(scene: Scene, masker: Masker | None) -> Iterator[Row]:
    rng = np.random.default_rng(list(scene.name.encode()))
    whole = (slice(None), slice(None))
    exact = probability(scene.alpha)
    for code, photo in scene.pictures.items():
        yield from _of(scene, photo, exact, whole, scene.pictures, code, rng, not code)
        if masker is not None:
            found = masker(photo)
            yield from _of(scene, photo, found, whole, scene.pictures, code, rng)
    light = {code: linear(picture) for code, picture in scene.pictures.items()}
    backdrop = (1 - scene.alpha) * (1 - skin_likeness(lab_of(scene.pictures[""])))
    backdrop = backdrop[..., None]
    for _ in range(COPIES):
        gain = _gain(rng)
        crop = _crop(rng, scene.alpha)
        dyed = {code: develop(picture * gain, 1.0) for code, picture in light.items()}
        for code in light:
            hair = 1 + scene.alpha[..., None] * (_other_hair(rng) - 1)
            around = 1 + backdrop * (_other_backdrop(rng) - 1)
            mixed = develop(_mixed(rng, light, code) * hair * around * gain, 1.0)
            yield from _of(scene, mixed, exact, crop, dyed, code, rng)


def _of(
    scene: Scene,
    photo: ImageU8,
    mask: MaskF32,
    crop: tuple[slice, slice],
    dyed: dict[str, ImageU8],
    code: str,
    rng: np.random.Generator,
    plain: bool = False,
) -> Iterator[Row]:
    """The pairs of one photo with every dyed picture but its own."""
    import cv2

    look = look_at(np.ascontiguousarray(photo[crop]), np.ascontiguousarray(mask[crop]))
    if look is None:
        return
    chosen = rng.choice(np.flatnonzero(scene.alpha > CORE), PIXELS, replace=False)
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8).ravel()[chosen]
    tone = tones()[luma] - np.float32(look.mean_tone)
    for other, picture in dyed.items():
        if other not in ("", code):
            lab = lab_of(picture).reshape(-1, 3)[chosen]
            seen = look.with_shade(Shade.parse(other))
            yield scene.name.rpartition("_")[0], plain, seen, tone, lab


def _gain(rng: np.random.Generator) -> Numbers:
    """A factor on red, green and blue light."""
    warmth, tint = rng.normal(0, WARMTH), rng.normal(0, TINT)
    return np.asarray(
        np.exp(rng.normal(0, EXPOSURE) + np.array([warmth, tint, -warmth])), np.float32
    )


def _other_hair(rng: np.random.Generator) -> Numbers:
    """A factor on the red, green and blue light of the hair in the photo alone."""
    if rng.random() > OTHER_HAIR:
        return np.ones(3, np.float32)
    logarithms = rng.normal(0, HAIR_EXPOSURE) + rng.normal(0, HAIR_COLOUR, 3)
    return np.asarray(np.exp(logarithms), np.float32)


def _other_backdrop(rng: np.random.Generator) -> Numbers:
    """A factor on the red, green and blue light of all that is neither hair nor skin."""
    if rng.random() > OTHER_BACKDROP:
        return np.ones(3, np.float32)
    logarithms = rng.normal(0, BACKDROP_LIGHT) + rng.normal(0, BACKDROP_COLOUR, 3)
    return np.asarray(np.exp(logarithms), np.float32)


def _mixed(rng: np.random.Generator, light: dict[str, Numbers], code: str) -> Numbers:
    if rng.random() > MIXED:
        return light[code]
    other = str(rng.choice([one for one in light if one != code]))
    share = np.float32(rng.uniform(0, MOST_MIXED))
    return np.asarray(light[code] + share * (light[other] - light[code]))


def _crop(rng: np.random.Generator, alpha: MaskF32) -> tuple[slice, slice]:
    height, width = alpha.shape
    share = rng.uniform(SMALLEST_CROP, 1)
    rows, columns = round(share * height), round(share * width)
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    crop = slice(top, top + rows), slice(left, left + columns)
    if alpha[crop].sum() < KEPT_HAIR * alpha.sum():
        return slice(None), slice(None)
    return crop


def probability(alpha: MaskF32) -> MaskF32:
    """The probability that ``stages.mask.coverage`` turns into a coverage."""
    from hairopt.stages.mask import HIGH, LOW

    return np.asarray(LOW + (HIGH - LOW) * alpha, np.float32)
