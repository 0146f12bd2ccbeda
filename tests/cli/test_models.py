"""``hairopt models`` and ``hairopt variants`` through the real command."""

import json

import pytest

from hairopt.cli.options import parse_settings
from tests.convert.own_network import own_network, write_network


def test_a_known_file_needs_no_further_words_and_converts(hairopt, shared_dir, tmp_path):
    assert json.loads(hairopt("models", "list", "--json").stdout)
    file = shared_dir / "models" / "hair_segmenter.tflite"
    if not file.is_file():
        pytest.skip("the network is not beside the checkout")

    added = hairopt("models", "add", file)
    converted = hairopt("models", "convert", "mediapipe-hair", "-o", "out.onnx")

    assert added.returncode == 0, added.stderr
    assert "mediapipe-hair" in added.stdout
    assert converted.returncode == 0, converted.stderr
    inspected = json.loads(hairopt("models", "inspect", "out.onnx", "--json").stdout)
    assert inspected["format"] == "onnx"
    assert hairopt("models", "remove", "mediapipe-hair").returncode == 0
    assert hairopt("models", "convert", "mediapipe-hair").returncode == 2


def test_adding_ends_with_what_is_assumed_and_says_what_to_type(hairopt, tmp_path):
    file = write_network(tmp_path / "mine.onnx", own_network())
    assumed = (
        "It is fed RGB/255, mean 0, std 1, squashed to 32x32; hair is the only channel, "
        "logits through sigmoid.\n"
    )

    first, again = (hairopt("models", "add", file) for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0)
    assert first.stdout.startswith("mine is in the store: onnx, SHA-256")
    assert again.stdout.startswith("mine is in the store already, nothing was changed")
    assert first.stdout.endswith(assumed)
    assert again.stdout.endswith(assumed)

    mean = ("--input", "mean=[0.5, 0.5, 0.5]")
    refused = hairopt("models", "add", file, *mean, COLUMNS="400")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "input.mean is (0.0, 0.0, 0.0) in the store, (0.5, 0.5, 0.5) here" in refused.stderr
    assert "add --replace to the same command" in refused.stderr

    replaced = hairopt("models", "add", file, *mean, "--replace")
    assert replaced.stdout.startswith("mine is replaced in the store")
    assert ", mean 0.5, " in replaced.stdout


def test_options_of_a_contract_must_be_pairs(hairopt):
    done = hairopt("models", "add", "mine.onnx", "--input", "layout")

    assert done.returncode == 2
    assert "--input 'layout' is not KEY=VALUE" in done.stderr


def test_values_of_a_contract_are_read_as_toml_or_text():
    texts = ["height=256", "layout=NCHW", "mean=[0.5, 0.5, 0.5]", "name = hair mask"]

    assert parse_settings("--input", texts) == {
        "height": 256, "layout": "NCHW", "mean": [0.5, 0.5, 0.5], "name": "hair mask"
    }  # fmt: skip


def test_a_variant_shown_is_a_file_that_validates(hairopt, tmp_path):
    shown = hairopt("variants", "show", "int8").stdout
    (tmp_path / "int8.toml").write_text(shown)

    done = hairopt("variants", "validate", "int8.toml")

    assert (done.returncode, done.stderr) == (0, "")
    assert "int8.toml is valid" in done.stdout


def test_an_invalid_variant_names_file_key_value_and_what_is_allowed(hairopt, tmp_path):
    (tmp_path / "bad.toml").write_text(
        'name = "bad"\nextends = "float32"\n[recolor]\nregion = "all"\n'
    )

    done = hairopt("variants", "validate", "bad.toml")

    assert done.returncode == 2
    assert all(word in done.stderr for word in ("bad.toml", "region", "'all'", "'image'"))
    assert "Traceback" not in done.stderr


def test_a_damaged_record_is_shown_and_can_be_removed(hairopt, tmp_path):
    store = tmp_path / "store" / "models"
    store.mkdir(parents=True)
    (store / "mine.toml").write_text("name = ")

    shown = hairopt("models", "list")
    assert shown.returncode == 0
    assert "hairnet" in shown.stdout
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("damaged: ")]
    assert "mine.toml" in line
    assert line.endswith("remove it with: hairopt models remove mine")
    listed = json.loads(hairopt("models", "list", "--json").stdout)
    assert "mine.toml" in listed[-1]["damaged"]

    assert hairopt("models", "remove", "mine").returncode == 0
    assert list(store.iterdir()) == []
    assert "damaged" not in hairopt("models", "list").stdout
