"""A part of ``make ruin``: what a person would call ruined fails, and what nobody sees passes.

The answers are measured for real, on 20 photos of the shipped set in one shade.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hairopt.datasets.combined import chosen_dataset
from hairopt.gate.compare import compare
from hairopt.gate.limits import GateLimits
from hairopt.gate.verdict import Verdict
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from tests.gate.ruin.measured import measured, variants

RUINED = (
    "no-dye", "hue-off-20", "half-intensity", "feather-40", "jpeg-5", "mask-moved-8",
    "mask-shrunk-6", "hair-holes", "picture-tinted", "answer-blurred",
)  # fmt: skip
HARMLESS = ("jpeg-95", "png", "webp-90", "float16", "whole-frame")
PHOTOS = 20


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Variant -> its comparison with ``float32``."""
    every = chosen_dataset(None)
    first = {case.source: case for case in reversed(every.cases)}
    dataset = replace(every, cases=tuple(list(first.values())[:PHOTOS]))
    chosen = [load_variant("float32")]
    chosen += [one for one in variants("ruined") if one.name in RUINED]
    chosen += [one for one in variants("harmless") if one.name in HARMLESS]
    found = measured(chosen, dataset, tmp_path_factory.mktemp("ruin"), (Shade.parse("blond"),))
    return {name: compare(found["float32"], one, GateLimits()) for name, one in found.items()}


@pytest.mark.parametrize("name", RUINED)
def test_ruin_fails(judged, name):
    assert judged[name].verdict is Verdict.FAIL


@pytest.mark.parametrize("name", HARMLESS)
def test_what_nobody_sees_passes(judged, name):
    assert judged[name].verdict is Verdict.PASS


def test_every_variant_can_be_loaded():
    assert len(variants("ruined")) >= 17 + 8
    assert len(variants("harmless")) >= 12
