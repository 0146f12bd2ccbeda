"""The gain of each rewrite: what it changed is counted, and a mask that changes is seen."""

import numpy as np
import pytest
from onnx import numpy_helper

from hairopt.convert.passes import PASSES
from hairopt.convert.passes.protocol import Network
from hairopt.errors import DataError, UnavailableError, UsageError
from hairopt.measure.in_turns import time_in_turns
from hairopt.measure.rewrite_gain import measure_rewrites
from hairopt.models.add import add
from tests.convert.own_network import own_network, write_network

PHOTOS = list(np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8))


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """The store of a user with a network of two convolutions and a PRelu."""
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "home"))
    model = own_network(middle="PRelu")
    model.graph.node[1].input.append("slope")
    slope = np.full((4, 1, 1), 0.25, np.float32)
    model.graph.initializer.append(numpy_helper.from_array(slope, "slope"))
    add(write_network(tmp_path / "own.onnx", model))


def test_every_rewrite_is_listed_and_those_that_apply_are_measured():
    report = measure_rewrites("own", PHOTOS, rounds=2)
    by_name = {gain.name: gain for gain in report.gains}
    assert [name for name, gain in by_name.items() if gain.applied] == ["prelu", "pixel-input"]
    assert next(iter(by_name["prelu"].operators)) == "PRelu"
    assert by_name["prelu"].operators["PRelu"] == -1
    assert by_name["pixel-input"].operators == {"Cast": 1}
    for name in ("prelu", "pixel-input"):
        same, time = by_name[name].same, by_name[name].time
        assert same.largest_difference < 1e-5
        assert (same.share_beyond, same.iou) == (0, 1)
        assert time.ci95[0] <= time.median <= time.ci95[1]
    assert by_name["unpool"].same is by_name["unpool"].time is None
    assert (report.reference, report.photos, report.refusal) == ("unrewritten", 3, None)
    assert report.time is not None


class _Wrong:
    """A rewrite that is none: it negates the answer."""

    name, summary = "prelu", ""

    def apply(self, network):
        model = type(network.model).FromString(network.model.SerializeToString())
        last = model.graph.initializer[1]
        last.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(last), last.name))
        return Network(model, network.contract)


def test_a_rewrite_that_changes_the_masks_is_seen(monkeypatch):
    monkeypatch.setitem(PASSES, "prelu", _Wrong())
    report = measure_rewrites("own", PHOTOS, rounds=2)
    wrong = next(gain for gain in report.gains if gain.name == "prelu")
    assert wrong.same.iou < 0.1
    assert wrong.same.largest_difference > 0.5
    assert wrong.same.share_beyond > 0.9


def test_a_runtime_of_other_files_and_no_photo_are_said():
    with pytest.raises(UnavailableError, match="litert reads tflite; onnxruntime and openvino"):
        measure_rewrites("own", PHOTOS, runtime="litert")
    with pytest.raises(DataError, match="no photo"):
        measure_rewrites("own", [])
    with pytest.raises(UsageError, match="at least 2"):
        measure_rewrites("own", PHOTOS, rounds=1)


def test_the_same_work_twice_takes_twice_the_time():
    numbers = np.random.default_rng(0).normal(size=20_000)  # sorted by one thread

    class Work:
        def __init__(self, times):
            self.times = times

        def __call__(self, image):
            for _ in range(self.times):
                np.sort(numbers)

    found = time_in_turns(Work(10), Work(20), PHOTOS, rounds=20)
    assert 1.3 < found.median < 3
    assert found.ci95[0] <= found.median <= found.ci95[1]
