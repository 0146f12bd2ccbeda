"""Bad input is refused with the argument, what was expected and what was given."""

import math

import numpy as np
import pytest

from hairopt.errors import UsageError
from hairopt.metrics.case import TruthCase, hair_change_de76, score_mask, score_picture, score_redye
from tests.metrics.heads import SHADE, hair, photo

IMAGE, TRUTH = photo(), hair()
CASE = TruthCase.prepare(IMAGE, TRUTH)
DYED = TruthCase.prepare(IMAGE, TRUTH, {"pink": IMAGE})
NAN = np.where(TRUTH > 0.5, np.float32(np.nan), TRUTH)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TruthCase.prepare(IMAGE.astype(float), TRUTH), "image must have dtype uint8, not"),
        (lambda: TruthCase.prepare(IMAGE[..., 0], TRUTH), r"image must have shape \(H, W, 3\)"),
        (lambda: TruthCase.prepare(IMAGE, TRUTH > 0.5), "truth must have dtype float32, not bool"),
        (lambda: TruthCase.prepare(IMAGE, TRUTH[1:]), "truth must be 160 rows by 160 columns"),
        (
            lambda: TruthCase.prepare(IMAGE, TRUTH * 2),
            r"truth must lie in \[0, 1\], not in \[0, 2\]",
        ),
        (lambda: TruthCase.prepare(IMAGE, NAN), r"truth must lie in \[0, 1\]; it holds NaN"),
        (
            lambda: TruthCase.prepare(IMAGE, TRUTH, {"pink": IMAGE[:9]}),
            r"dyed\['pink'\] must be 160 rows",
        ),
        (lambda: score_mask(CASE, NAN, TRUTH), "mask .* holds NaN"),
        (lambda: score_mask(CASE, TRUTH, NAN), "alpha .* holds NaN"),
        (lambda: score_mask(CASE, TRUTH, -TRUTH), r"alpha must lie in \[0, 1\], not in \[-1, -0\]"),
        (lambda: score_mask(CASE, TRUTH[:9], TRUTH), "mask must be 160 rows by 160 columns"),
        (lambda: score_mask(CASE, TRUTH.astype(float), TRUTH), "mask must have dtype float32"),
        (
            lambda: score_picture(CASE, IMAGE[:9], IMAGE, SHADE, 50.0),
            "output must be 160 rows by 160 columns as the truth is, not 9 by 160",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE * 1.5, SHADE, 50.0),
            r"intent must lie in \[0, 255\]",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE.astype(np.float32), SHADE, 50.0),
            "intent must have dtype uint8 or float64, not float32",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE, SHADE, 101.0),
            "intensity must be a number from 0 to 100, not 101.0",
        ),
        (
            lambda: score_picture(CASE, IMAGE, IMAGE, SHADE, math.nan),
            "intensity must be a number from 0 to 100, not nan",
        ),
        (lambda: score_redye(DYED, "pinc", IMAGE), "unknown shade 'pinc'; did you mean pink"),
        (lambda: score_redye(DYED, "pink", IMAGE[:9]), "picture must be 160 rows"),
        (
            lambda: hair_change_de76(CASE, IMAGE[:9]),
            "output must be 160 rows",
        ),
    ],
)
def test_bad_input_names_argument_expected_and_actual(call, message):
    with pytest.raises(UsageError, match=message):
        call()
