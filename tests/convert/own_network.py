"""A user's own network of two convolutions, sound or spoilt, as bytes of an ONNX file."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE = 32
TOML = f"""licence = "MIT"
[input]
name = "x"
layout = "NCHW"
height = {SIDE}
width = {SIDE}
[output]
name = "y"
layout = "NCHW"
kind = "logits"
"""


def own_network(sides=(SIDE, SIDE), batch=1, middle="Relu", domain="", spoilt=None):
    """A model whose first weight may be ``spoilt``, with an operator of any kind in the middle."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=(4, 3, 3, 3)).astype(np.float32)
    last = np.ones((1, 4, 1, 1), np.float32)
    if spoilt is not None:
        first[0, 0, 0, 0] = spoilt
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node(middle, ["a"], ["b"], name="middle", domain=domain),
        helper.make_node("Conv", ["b", "w1"], ["y"], name="last"),
    ]
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, channels, *sides])]
        for name, channels in (("x", 3), ("y", 1))
    ]
    weights = [numpy_helper.from_array(first, "w0"), numpy_helper.from_array(last, "w1")]
    opsets = [helper.make_opsetid("", 17)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return helper.make_model(
        helper.make_graph(nodes, "own", *ends, weights), opset_imports=opsets, ir_version=8
    )


def write_network(path, model):
    """Write a model with the file beside it that says how it is fed."""
    path.write_bytes(model.SerializeToString())
    path.with_suffix(".toml").write_text(TOML)
    return path


def with_outside_weights(model, location):
    """The model with its first weights said to lie in another file."""
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "432")):
        weights.external_data.add(key=key, value=value)
    return model
