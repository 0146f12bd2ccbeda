"""Stages that ruin the answer, or change it where nobody sees it; the variants name them by file.

Every method is a pure function of the photo: the same photo is ruined in the same way every time.
``RUIN_PHOTOS`` names a file that lists the photos of the hair type that is missed, by their CRC.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import cv2
import numpy as np

from hairopt.stages.decode import decode
from hairopt.stages.encode import encode_jpeg, encode_png
from hairopt.stages.postprocess import refine
from hairopt.stages.recolor.hsv import recolor_hsv
from hairopt.stages.segment import load_network
from hairopt.types import Box, Shade

DARK = 85
"""Mean byte of a photo below which it counts as dark."""


def crc(image):
    return zlib.crc32(np.ascontiguousarray(image).tobytes())


# --- decode: another photo


def other_photo(data, *, reduce):
    """Answer with another head of the shipped set, at the size of the photo."""
    from hairopt.datasets.combined import chosen_dataset

    image = decode(data, reduce=reduce)
    cases = chosen_dataset(None).cases
    start = crc(image) % len(cases)
    for case in (*cases[start:], *cases[:start]):
        other = decode(case.photo_bytes(), reduce=1)
        small = cv2.resize(other, (32, 32), interpolation=cv2.INTER_AREA).astype(int)
        mine = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
        if np.abs(small - mine).mean() > 20:
            height, width = image.shape[:2]
            return cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    raise AssertionError("there is no other photo")


# --- segment: hair that is missed


class Changed:
    """The network's mask, changed by a function of photo and mask."""

    def __init__(self, change, **settings):
        self.network, self.change = load_network(**settings), change
        self.model_file = self.network.model_file

    def __call__(self, image):
        return np.ascontiguousarray(self.change(image, self.network(image)), np.float32)

    def close(self):
        self.network.close()


def dark_missed(**settings):
    return Changed(lambda image, mask: mask * (image.mean() >= DARK), **settings)


def type_missed(**settings):
    missed = set(json.loads(Path(os.environ["RUIN_PHOTOS"]).read_text()))
    return Changed(lambda image, mask: mask * (crc(image) not in missed), **settings)


# --- postprocess: the edge of what is blended


def whole_alpha(mask, image, **options):
    return refine(mask, image, Box.full(*image.shape[:2]), **options)


def changed_alpha(change):
    def stage(mask, image, box, **options):
        if box.is_empty:
            return np.zeros((0, 0), np.float32)
        alpha = change(whole_alpha(mask, image, **options), image)
        return np.ascontiguousarray(alpha[box.slices], np.float32)

    return stage


def ellipse(radius):
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def shifted(alpha, right, down):
    move = np.float32([[1, 0, right], [0, 1, down]])
    return cv2.warpAffine(alpha, move, alpha.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def top_of(alpha, share):
    """The rows of the upper part of the hair."""
    rows = np.flatnonzero((alpha >= 0.5).any(axis=1))
    if not rows.size:
        return 0
    return int(rows[0] + share * (rows[-1] - rows[0]))


def without_hairline(alpha, _):
    """The upper tenth of the hair and a rim around the face stay undyed."""
    out = alpha.copy()
    out[: top_of(alpha, 0.12)] = 0
    return out


def with_holes(alpha, image):
    """A tenth of the hair in round holes."""
    height, width = alpha.shape
    radius = max(2, round(0.012 * np.hypot(height, width)))
    draw = np.random.default_rng(crc(image))
    holes = np.zeros(alpha.shape, np.uint8)
    count = int(0.10 * height * width / (np.pi * radius**2))
    for y, x in zip(draw.integers(0, height, count), draw.integers(0, width, count), strict=True):
        cv2.circle(holes, (int(x), int(y)), radius, 1, -1)
    return alpha * (1 - holes)


def face_spot(alpha):
    """A disc in the middle of the largest gap within the hair's rectangle: mostly the face."""
    hair = alpha >= 0.5
    rows, columns = np.flatnonzero(hair.any(axis=1)), np.flatnonzero(hair.any(axis=0))
    spot = np.zeros(alpha.shape, np.float32)
    if not rows.size:
        return spot
    free = np.zeros(alpha.shape, np.uint8)
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    free[part] = ~hair[part]
    distance = cv2.distanceTransform(np.pad(free, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    cv2.circle(spot, (int(x), int(y)), max(2, int(distance[y, x])), 1.0, -1)
    return cv2.GaussianBlur(spot, (0, 0), 1.5)


def dyed_face(alpha, image):
    if crc(image) % 10:
        return alpha
    return np.maximum(alpha, face_spot(alpha))


def combed(alpha, _):
    """Every second row is moved by six pixels."""
    out = alpha.copy()
    out[::2] = shifted(alpha, 6, 0)[::2]
    return out


def only_ends(alpha, _):
    middle = top_of(alpha, 0.6)
    ramp = np.clip((np.arange(len(alpha)) - middle) / 20, 0, 1).astype(np.float32)
    return alpha * ramp[:, None]


def left_half(alpha, _):
    out = alpha.copy()
    out[:, alpha.shape[1] // 2 :] = 0
    return out


moved = changed_alpha(lambda alpha, _: shifted(alpha, 8, 0))
grown = changed_alpha(lambda alpha, _: cv2.dilate(alpha, ellipse(6)))
shrunk = changed_alpha(lambda alpha, _: cv2.erode(alpha, ellipse(6)))
hairline_cut = changed_alpha(without_hairline)
holes = changed_alpha(with_holes)
face_one_in_ten = changed_alpha(dyed_face)
comb = changed_alpha(combed)
ends = changed_alpha(only_ends)
left = changed_alpha(left_half)
veil = changed_alpha(lambda alpha, _: np.maximum(alpha, 0.15))
hard = changed_alpha(lambda alpha, _: (alpha >= 0.5).astype(np.float32))


# --- recolor: another colour


def no_dye(image, mask, shade, intensity):
    return np.array(image)


def hue_off(image, mask, shade, intensity):
    """The hue of the shade is 20 degrees off."""
    pixel = np.uint8([[shade.rgb]]).astype(np.float32) / 255
    hsv = cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 20) % 360
    rgb = np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255).astype(int).ravel()
    return recolor_hsv(image, Shade.parse("#{:02x}{:02x}{:02x}".format(*rgb)), intensity)


def half_intensity(image, mask, shade, intensity):
    return recolor_hsv(image, shade, intensity / 2)


def grey(image, mask, shade, intensity):
    return np.repeat(image.max(axis=2, keepdims=True), 3, axis=2)


def wrong_shade(image, mask, shade, intensity):
    """The shade of another request."""
    return recolor_hsv(image, Shade.parse("green"), intensity)


def clipped(image, mask, shade, intensity):
    """Saturation overflows: the least channel of every dyed pixel falls to a third."""
    dyed = recolor_hsv(image, shade, intensity).astype(np.float32)
    least = dyed.min(axis=2, keepdims=True)
    value = dyed.max(axis=2, keepdims=True)
    out = value - (value - dyed) * (value - least / 3) / np.maximum(value - least, 1)
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def painted_over(image, mask, shade, intensity):
    """Flat paint: no strand is seen."""
    return np.full_like(image, np.uint8(shade.rgb))


def posterised_hair(image, mask, shade, intensity):
    return recolor_hsv(image, shade, intensity) // 32 * 32 + 16


def darker(image, mask, shade, intensity):
    return (recolor_hsv(image, shade, intensity) * 0.6).astype(np.uint8)


# --- encode: what happens to the whole answer


def answer(change, encode=encode_jpeg):
    def stage(image, quality):
        return encode(np.ascontiguousarray(change(image)), quality)

    return stage


def gained(image, red, green, blue):
    return np.clip(np.rint(image * np.float32([red, green, blue])), 0, 255).astype(np.uint8)


def blurred(image):
    return cv2.GaussianBlur(image, (0, 0), max(1.0, 0.003 * np.hypot(*image.shape[:2])))


def logo(image):
    """A sticker in the middle of the picture, a tenth as wide as it is."""
    out = image.copy()
    height, width = image.shape[:2]
    side = max(4, width // 10)
    top, left = int(0.5 * height), int(0.45 * width)
    out[top : top + side, left : left + side] = (30, 200, 60)
    cv2.putText(
        out, "H", (left, top + side), cv2.FONT_HERSHEY_SIMPLEX, side / 30, (255, 255, 255), 2
    )
    return out


def rotated(image):
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3, 1)
    return cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def panned(image):
    """The whole answer is four pixels too far right."""
    move = np.float32([[1, 0, 4], [0, 1, 0]])
    height, width = image.shape[:2]
    return cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REPLICATE)


def banded(image):
    """Horizontal stripes, one row in eight ten per cent darker."""
    out = image.copy()
    out[::8] = (out[::8] * 0.9).astype(np.uint8)
    return out


def noisy(image):
    noise = np.random.default_rng(crc(image)).normal(0, 10, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


tint = answer(lambda image: gained(image, 1.08, 1.0, 0.85))
blur = answer(blurred)
mirror = answer(lambda image: image[:, ::-1])
rotate = answer(rotated)
pan = answer(panned)
posterise = answer(lambda image: image // 32 * 32 + 16)
sticker = answer(logo)
bands = answer(banded)
grain = answer(noisy)
swapped = answer(lambda image: image[..., ::-1])
brighter = answer(lambda image: gained(image, 1.15, 1.15, 1.15))
one_step = answer(
    lambda image: np.clip(image.astype(np.int16) + 1, 0, 255).astype(np.uint8), encode_png
)


def webp_lossless(image, quality):
    _, data = cv2.imencode(
        ".webp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, 101]
    )
    return data.tobytes()


def progressive(image, quality):
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return data.tobytes()
