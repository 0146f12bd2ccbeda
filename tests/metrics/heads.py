"""A noisy photo, an ellipse of hair, and their colouring, for the tests of whole cases."""

import cv2
import numpy as np

from hairopt.metrics.case import TruthCase, score_mask, score_picture
from hairopt.types import Shade

SHADE = Shade.parse("violet")
SIDE = 160
NOTHING = np.zeros((SIDE, SIDE), np.float32)


def photo(side=SIDE, seed=0):
    noise = np.random.default_rng(seed).random((side, side, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(60 + 700 * (smooth - 0.5), 0, 255).astype(np.uint8)


def hair(shift=0, blur=1.5, side=SIDE):
    mask = np.zeros((side, side), np.float32)
    cv2.ellipse(mask, (side // 2 + shift, side // 2), (side // 4, side // 3), 20, 0, 360, 1.0, -1)
    return np.clip(cv2.GaussianBlur(mask, (0, 0), blur), 0, 1) if blur else mask


def dye(image, alpha, strength=1.0):
    colored = np.array(SHADE.rgb) * image.mean(axis=2, keepdims=True) / 90
    mixed = image + (colored - image) * (strength * alpha[..., None].astype(np.float64))
    return np.clip(mixed, 0, 255)


def painted(image, alpha, strength=1.0):
    return np.rint(dye(image, alpha, strength)).astype(np.uint8)


def all_scores(image, truth, alpha, output, oracle):
    case = TruthCase.prepare(image, truth)
    return score_mask(case, alpha, alpha) | score_picture(case, output, oracle, SHADE, 100.0)
