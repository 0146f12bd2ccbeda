"""The steps and paths of a cascade in a profile."""

import math

import pytest

from hairopt.profile.model import Sample
from hairopt.profile.profile import (
    ProfileRequest,
    path_profiles,
    profile_variant,
    step_profiles,
)
from hairopt.report.steps import PhotoPath, path_sentence
from hairopt.stages.cascade import StepAnswer
from hairopt.types import Shade
from hairopt.variants.schema import SegmentSpec, StepSpec, Variant


def _sample(*steps):
    return Sample({}, {}, {}, {}, 0.0, (1, 1), steps)


def test_steps_that_were_not_asked_have_no_time():
    specs = [StepSpec(), StepSpec(when="softness > 0.1"), StepSpec()]
    warm = [
        _sample(StepAnswer(0, 0.2, ms=ms), StepAnswer(2, math.nan, ms=1.0))
        for ms in (4.0, 6.0, 5.0)
    ]
    found = step_profiles(specs, warm)
    assert [one.ms for one in found] == [5.0, None, 1.0]
    assert [one.softness for one in found] == [0.2, None, None]


def test_paths_are_counted_by_their_last_step():
    found = path_profiles(3, [(0, 4.0), (0, 6.0), (0, 8.0), (2, 20.0)])
    told = [(one.n, one.share, one.ms) for one in found]
    assert told == [(3, 0.75, 6.0), (0, 0, None), (1, 0.25, 20)]


DEAR = "25 % of photos take the dear path: 30.0 ms (median), the others 10.0 ms"
RARE = "3 % of photos take the dear path: 30.0 ms (median), the others 10.0 ms"
THREE = (
    "20 % of photos take the dear path: not timed (median), 50 % end at step 1: 10.0 ms, "
    "30 % end at step 2: 20.0 ms."
)


@pytest.mark.parametrize(
    ("paths", "p95", "dear", "text"),
    [
        ([(1, 0.75, 10), (2, 0.25, 30)], 31, 0.25, f"{DEAR}; p95 (31.0 ms) is the dear path."),
        ([(1, 0.97, 10), (2, 0.03, 30)], 12, 0.03, f"{RARE}; p95 (12.0 ms) is the cheap path."),
        ([(1, 0.75, 10), (2, 0.25, 30)], None, 0.25, f"{DEAR}."),
        ([(1, 1, 10), (2, 0, None)], 12, 0, "all photos end at step 1: 10.0 ms (median)."),
        ([(1, 0.5, 10), (2, 0.3, 20), (3, 0.2, None)], None, 0.5, THREE),
        ([], None, 0, ""),
    ],
)
def test_a_sentence_tells_the_paths_and_where_p95_lies(paths, p95, dear, text):
    assert path_sentence([PhotoPath(*one) for one in paths], p95, dear) == text


def test_a_profile_tells_the_steps_of_a_real_cascade(small_dataset):
    steps = (
        StepSpec(),
        StepSpec(mirror=True, when="softness > 0"),
        StepSpec(input_size=224, when="hair_fraction > 99%"),
    )
    variant = Variant(name="own", segment=SegmentSpec(method="cascade", steps=steps))
    photos = [case.photo_bytes for case in small_dataset.cases[:2]]
    request = ProfileRequest(
        variant, "a", photos[0](), Shade.parse("violet"), requests=2, others=photos
    )
    found = profile_variant(request)
    assert [step.ms is None for step in found.steps] == [False, False, True]
    assert sum(path.n for path in found.paths) == len(photos)
    assert found.paths[1].share == 1
    assert found.network.note.startswith("step ")
    segment = next(stage for stage in found.stages if stage.name == "segment")
    assert segment.warm_ms >= 0.8 * sum(step.ms or 0 for step in found.steps)
