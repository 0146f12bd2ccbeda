"""What was found out about a model belongs to its file, its contract and what it was found with."""

from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import Calibration, read_calibration
from hairopt.convert.quantization.shipped import shipped_form
from hairopt.convert.quantization.stored import (
    keep_calibration,
    keep_float_layers,
    kept_calibration,
    kept_float_layers,
    require_same_network,
)
from hairopt.convert.quantize import diagnose_model
from hairopt.errors import UnavailableError
from hairopt.models.add import add
from hairopt.models.store import find_model
from tests.convert.passes.graphs import network, node

RANGES = Calibration(2, "ab" * 32, {"y": (0.0, 1.0)}, "minmax", ("0" * 64,))


pytestmark = pytest.mark.usefixtures("own_home")


def _network(nodes, constants):
    """A network that need not be a valid one."""
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 8, 8])]
        for name, channels in (("x", 3), ("y", 1))
    ]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    return network(
        helper.make_model(helper.make_graph(nodes, "n", *ends, weights)), height=8, width=8
    )


@pytest.fixture
def small():
    """One convolution, and what it is told apart by."""
    weights = {"w": np.ones((1, 3, 1, 1), np.float32)}
    nodes = [node("Conv", ["x", "w"], ["y"])]
    return _network(nodes, weights)


def test_what_the_package_ships_is_for_the_packages_contract_only():
    record, path = find_model("hairnet")
    same = add(path, name="same").record
    other = add(path, name="other", input_values={"mean": [0.5, 0.5, 0.5]}).record
    for known in (record, same):
        assert kept_calibration(known) is not None
        assert kept_float_layers(known) == ()
        assert shipped_form(known, "int8") is not None
    for found in (kept_calibration, kept_float_layers):
        assert found(other) is None
    assert shipped_form(other, "int8") is None
    assert shipped_form(other, "float32") is None
    with pytest.raises(UnavailableError, match="models quantize other"):
        resolve(other, path, formats=("onnx",), precision="int8")


def test_a_search_holds_for_the_calibration_it_was_made_with(small):
    record, _ = find_model("hairnet")
    keep_calibration(record, RANGES, small)
    assert kept_float_layers(record) is None, "nobody searched with these ranges"
    keep_float_layers(record, ["a", "b"], RANGES)
    assert kept_float_layers(record) == ("a", "b")
    keep_calibration(record, replace(RANGES, fingerprint="cd" * 32), small)
    assert kept_float_layers(record) is None
    keep_calibration(record, replace(RANGES, method="percentile"), small)
    assert kept_float_layers(record) is None
    keep_calibration(record, RANGES, small)
    assert kept_float_layers(record) == ("a", "b")


def test_ranges_of_a_network_that_is_rewritten_otherwise_now_are_refused(small):
    """As after an update of hairopt: the tensors' names may be the same, the tensors are not."""
    record, path = find_model("hairnet")
    today = rewrite(float32_network(record, path), QUANTIZED).network
    known = kept_calibration(record)
    keep_calibration(record, known, today)
    for formats in (("onnx",), ("tflite",)):
        assert resolve(record, path, formats=formats, precision="int8").precision == "int8"
    keep_calibration(record, replace(known, fingerprint="cd" * 32), small)
    for formats in (("onnx",), ("tflite",)):
        with pytest.raises(UnavailableError, match="another version of hairopt") as caught:
            resolve(record, path, formats=formats, precision="int8")
        assert caught.value.fix.startswith("hairopt models quantize hairnet")
    with pytest.raises(UnavailableError, match="another version of hairopt"):
        diagnose_model("hairnet", ())


@pytest.mark.parametrize(
    "changed",
    [
        [node("Conv", ["x", "w"], ["y"], strides=[2, 2])],
        [node("Conv", ["x", "v"], ["y"])],
        [node("Conv", ["x", "w"], ["a"]), node("Relu", ["a"], ["y"])],
        [node("ConvInteger", ["x", "w"], ["y"])],
    ],
)
def test_a_network_is_told_by_its_operators_settings_and_names(small, changed, tmp_path):
    record, _ = find_model("hairnet")
    kept = read_calibration(keep_calibration(record, RANGES, small))
    require_same_network(kept, small, "any")
    heavier = {"w": np.full((1, 3, 1, 1), 2, np.float32)}
    require_same_network(kept, _network([node("Conv", ["x", "w"], ["y"])], heavier), "any")
    with pytest.raises(UnavailableError):
        require_same_network(kept, _network(changed, heavier), "any")
