"""One pipeline for many photos and many threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

import hairopt
from hairopt.pipeline import Pipeline as Stages
from hairopt.types import Shade
from hairopt.variants.load import load_variant


@pytest.fixture
def photo(examples):
    return (examples / "photo.jpg").read_bytes()


def test_it_answers_as_the_stages_do(photo):
    with Stages(load_variant("float32")) as stages:
        expected = stages.run(photo, Shade.parse("burgundy"), 60)
    with hairopt.Pipeline("float32") as pipeline:
        answer = pipeline.run(photo, shade="burgundy", intensity=60)
        assert pipeline.run(Path("photo.jpg"), shade="burgundy", intensity=60).encoded == (
            answer.encoded
        )
    assert answer.encoded == expected.encoded
    decoded = cv2.imdecode(np.frombuffer(answer.encoded, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(answer.image, decoded)
    assert answer.alpha.dtype == np.float32
    np.testing.assert_array_equal(answer.alpha[expected.box.slices], expected.alpha)
    outside = answer.alpha.copy()
    outside[expected.box.slices] = 0
    assert not outside.any()


def test_many_threads_share_one_pipeline(photo):
    shades = ["burgundy", "violet", "blond", "black", "green", "blue", "pink", "auburn"]
    with hairopt.Pipeline("float32") as pipeline:
        alone = [pipeline.run(photo, shade=shade).encoded for shade in shades]
        with ThreadPoolExecutor(8) as pool:
            together = list(
                pool.map(lambda shade: pipeline.run(photo, shade=shade).encoded, shades * 3)
            )
    assert together == alone * 3


def test_or_each_thread_opens_its_own(photo):
    def one(shade):
        with hairopt.Pipeline("float32") as pipeline:
            return pipeline.run(photo, shade=shade).encoded

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one, ["violet"] * 4))
    assert len(set(found)) == 1


def test_a_mistake_leaves_it_usable(photo):
    with hairopt.Pipeline("float32") as pipeline:
        with pytest.raises(hairopt.errors.UsageError, match="within 0 and 100"):
            pipeline.run(photo, shade="violet", intensity=101)
        with pytest.raises(hairopt.errors.DataError):
            pipeline.run(b"no photo", shade="violet")
        assert pipeline.run(photo, shade="violet").encoded
