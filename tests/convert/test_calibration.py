"""What calibration sees, keeps and refuses."""

import weakref

import numpy as np
import pytest

from hairopt.convert.quantization import calibration
from hairopt.convert.quantization.calibration import (
    calibration_json,
    fingerprint,
    observe,
    photo_hash,
    read_calibration,
    require_disjoint,
)
from hairopt.errors import DataError, ModelError
from hairopt.models.contract import InputContract
from hairopt.models.tensors import prepare
from tests.convert.passes.graphs import graph, node, run

ENTRY = InputContract(name="x", layout="NCHW", height=4, width=6)


def _model(scale=1.0):
    weights = np.random.default_rng(0).normal(size=(2, 3, 1, 1)).astype(np.float32) * scale
    nodes = [node("Conv", ["x", "w"], ["a"]), node("Relu", ["a"], ["y"])]
    return graph(nodes, {"w": weights}, {"x": [1, 3, 4, 6]}, {"y": [1, 2, 4, 6]})


def _photos(count, seed=0):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 4, 6, 3), dtype=np.uint8))


def test_minmax_is_what_the_tensors_did():
    photos = _photos(5)
    ranges = observe(_model(), ENTRY, photos, ("Conv",)).calibration("minmax").ranges
    assert set(ranges) == {"x", "a"}
    fed = np.stack(photos).transpose(0, 3, 1, 2).astype(np.float32) / 255
    outputs = np.concatenate([run(_model(), x=one[None])[0] for one in fed])
    assert ranges["x"] == pytest.approx((fed.min(), fed.max()))
    assert ranges["a"][1] == pytest.approx(outputs.max())


def test_a_photos_tensor_is_held_until_its_values_are_counted(monkeypatch):
    """onnxruntime 1.23 returns the feed's own memory for the network's input."""
    tensors, alive = [], []

    def prepared(photo, contract):
        tensor = prepare(photo, contract)
        tensors.append(weakref.ref(tensor))
        return tensor

    monkeypatch.setattr(calibration, "prepare", prepared)
    monkeypatch.setattr(
        calibration.Histogram, "add", lambda *_: alive.append(tensors[-1]() is not None)
    )
    observe(_model(), ENTRY, _photos(3), ("Conv",))
    assert len(tensors) == 3
    assert alive == [True] * 6


def test_what_is_kept_is_read_back(tmp_path):
    found = observe(_model(), ENTRY, _photos(3), ("Conv",)).calibration("percentile")
    path = tmp_path / "ranges.json"
    path.write_text(calibration_json(found))
    again = read_calibration(path)
    assert (again.photos, again.method, again.hashes) == (3, "percentile", found.hashes)
    assert again.fingerprint == fingerprint(_photos(3))
    for name, pair in found.ranges.items():
        assert again.ranges[name] == pytest.approx(pair, rel=1e-6)


def test_a_network_that_overflows_cannot_be_calibrated():
    weights = np.full((2, 3, 1, 1), 3e38, np.float32)
    shapes = {"x": [1, 3, 4, 6]}, {"y": [1, 2, 4, 6]}
    model = graph([node("Conv", ["x", "w"], ["y"])], {"w": weights}, *shapes)
    observed = observe(model, ENTRY, [np.full((4, 6, 3), 255, np.uint8)] * 2, ("Conv",))
    with pytest.raises(ModelError, match="cannot be quantised"):
        observed.calibration("minmax")


def test_judging_on_calibration_photos_is_an_error_that_names_them():
    photos = _photos(3)
    found = observe(_model(), ENTRY, photos, ("Conv",)).calibration("minmax")
    other = {"other": photo_hash(_photos(1, seed=9)[0])}
    require_disjoint(found, other)
    with pytest.raises(DataError, match=r"1 photo is in both .*: mine"):
        require_disjoint(found, other | {"mine": photo_hash(photos[1].copy())})
