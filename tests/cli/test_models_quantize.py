"""``hairopt models quantize`` and ``diagnose`` as a user runs them."""

import json

import pytest
from PIL import Image


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--precision", "int4"), "is none of: float16, int8, mixed"),
        (("--precision", "int8"), "needs photos: --calibrate DIR"),
        (("--precision", "int8", "--calibrate", "absent"), "is no folder of photos"),
        (("--precision", "int8", "--calibrate", "few", "--method", "mean"), "is none of: minmax"),
        (("--precision", "mixed", "--calibrate", "few"), "got 1 photo(s)"),
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
