"""One variant in several runtimes."""

import pytest

from hairopt.errors import ConfigError
from hairopt.variants.expand import in_runtimes, runtime_names
from hairopt.variants.load import load_variant


def test_all_names_every_runtime():
    assert {"litert", "mediapipe", "onnxruntime", "openvino"} <= set(runtime_names("all"))
    assert runtime_names("litert, onnxruntime,litert") == ("litert", "onnxruntime")
    with pytest.raises(ConfigError, match="did you mean litert"):
        runtime_names("lite-rt")


def test_one_row_each_own_runtime_first_and_the_rewritten_form_beside_it():
    rows = in_runtimes(load_variant("float32"), ("litert", "onnxruntime", "openvino"))
    assert [row.name for row in rows] == [
        "float32@onnxruntime",
        "float32@onnxruntime+rewrite",
        "float32@litert",
        "float32@openvino",
    ]
    assert [row.segment.rewrite for row in rows] == [None, True, None, None]
    assert {row.segment.model for row in rows} == {"hairnet"}


def test_a_variant_that_decided_on_rewriting_is_not_doubled():
    variant = load_variant("float32")
    segment = variant.segment.model_copy(update={"rewrite": False})
    rows = in_runtimes(variant.model_copy(update={"segment": segment}), ("onnxruntime",))
    assert [row.segment.rewrite for row in rows] == [False]


def test_a_long_name_is_cut_before_its_ending():
    long = load_variant("float32").model_copy(update={"name": "v" * 80})
    names = [row.name for row in in_runtimes(long, ("litert", "openvino"))]
    assert {len(name) for name in names} == {80}
    assert [name[-9:] for name in names] == ["vv@litert", "@openvino"]
