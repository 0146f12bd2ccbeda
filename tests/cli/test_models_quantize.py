"""``hairopt models quantize`` and ``diagnose`` as a user runs them."""

import json

import pytest
from PIL import Image

from tests.convert.own_network import own_network, with_outside_weights, write_network


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--precision", "int4"), "is not one of: float16, int8, mixed"),
        (("--precision", "int8"), "needs photos: --calibrate DIR"),
        (("--precision", "int8", "--calibrate", "absent"), "is no folder of photos"),
        (
            ("--precision", "int8", "--calibrate", "few", "--method", "mean"),
            "is not one of: minmax",
        ),
        (("--precision", "mixed", "--calibrate", "few"), "got 1 photo;"),
    ],
)
def test_what_cannot_be_quantised_is_said_and_leaves_nothing(arguments, said, hairopt, tmp_path):
    (tmp_path / "few").mkdir()
    Image.new("RGB", (40, 30), "brown").save(tmp_path / "few" / "one.png")
    done = hairopt("models", "quantize", "hairnet", *arguments, COLUMNS="400")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert not list((tmp_path / "store").glob("**/*.json"))


def test_diagnose_lists_every_layer_of_the_bundled_network(hairopt):
    done = hairopt("models", "diagnose", "hairnet", "--json")
    assert done.returncode == 0, done.stderr
    layers = json.loads(done.stdout)
    assert len(layers) == 63
    assert all(layer["signal_db"] > 5 for layer in layers)
    assert sum(layer["int8_ms"] for layer in layers) > 0


def _forms(hairopt, name):
    told = json.loads(hairopt("models", "inspect", name, "--json").stdout)
    return told, {(form["precision"], form["format"]): form for form in told["forms"]}


def test_inspect_tells_what_each_form_runs_and_what_is_not_made_yet(hairopt):
    told, forms = _forms(hairopt, "hairnet")
    convolutions = told["operators"]["Conv"]
    assert forms["int8", "onnx"]["coverage"]["int8"]["QLinearConv"] == convolutions
    for missing in (("mixed", "onnx"), ("int8", "tflite"), ("mixed", "tflite")):
        assert forms[missing]["fix"] == "hairopt models inspect hairnet --forms"
    made = hairopt("models", "inspect", "hairnet", "--forms")
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("dequantize nodes added") == 4
    _, forms = _forms(hairopt, "hairnet")
    assert forms["int8", "tflite"]["coverage"]["int8"]["CONV_2D"] == convolutions
    for form in forms.values():
        if "shipped" not in form["path"]:
            alone, none = _forms(hairopt, form["path"])
            assert alone["coverage"] == form["coverage"]
            assert (alone["record"], none) == (None, {})


def test_inspect_says_how_to_calibrate_a_network_of_ones_own(hairopt, tmp_path):
    file = write_network(tmp_path / "mine.onnx", own_network())
    assert hairopt("models", "add", file).returncode == 0
    _, forms = _forms(hairopt, "mine")
    assert len(forms) == 4
    assert all("hairopt models quantize mine" in form["fix"] for form in forms.values())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"middle": "Magic", "domain": "my.own"}, "export the network with only standard"),
        ({"spoilt": float("nan")}, "weights 'w0'"),
    ],
)
def test_a_network_that_cannot_be_quantised_is_a_usage_error(given, said, hairopt, tmp_path):
    file = write_network(tmp_path / "bad.onnx", own_network(**given))
    assert hairopt("models", "add", file).returncode == 0
    done = hairopt("models", "quantize", "bad", "--precision", "float16", COLUMNS="400")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in (tmp_path / "store" / "forms").rglob("*") if path.is_file()]


def test_weights_outside_the_file_are_a_usage_error(hairopt, tmp_path):
    model = with_outside_weights(own_network(), "../elsewhere.bin")
    done = hairopt("models", "add", write_network(tmp_path / "out.onnx", model), COLUMNS="400")
    assert done.returncode == 2
    assert "save it as one file" in done.stderr


def test_rewrites_are_listed_with_what_they_change_and_gain(hairopt):
    told = hairopt("models", "rewrites", "hairnet", "--rounds", "2", "--photos", "1", "--json")
    assert told.returncode == 0, told.stderr
    gains = {gain["name"]: gain for gain in json.loads(told.stdout)["gains"]}
    assert gains["pixel-input"]["operators"] == {"Cast": 1}
    assert gains["pixel-input"]["same"]["iou"] == 1
    assert not gains["prelu"]["applied"]
    refused = hairopt("models", "rewrites", "hairnet", "--runtime", "litert")
    assert refused.returncode == 2
    assert "onnxruntime and openvino can show them" in " ".join(refused.stderr.split())
