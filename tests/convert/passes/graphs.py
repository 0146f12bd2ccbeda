"""Small networks to rewrite, and how to run them."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

from hairopt.convert.passes.protocol import Network
from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.onnx_session import open_session
from hairopt.runtimes.protocol import RuntimeSettings


def graph(nodes, constants, inputs, outputs):
    """A checked model; ``inputs`` and ``outputs`` map names to shapes."""
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in e.items()]
        for e in (inputs, outputs)
    ]
    weights = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", *ends, weights),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return shape_inference.infer_shapes(model, strict_mode=True)


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs, outputs, name=f"{kind}_{outputs[0]}", **attributes)


def network(model, *, height, width, extra=0, channels=1, hair=0, kind="logits", **entry):
    """A model with a contract that fits it."""
    return Network(
        model,
        Contract(
            input=InputContract(
                name="x", layout="NCHW", height=height, width=width, extra_channels=extra, **entry
            ),
            output=OutputContract(name="y", layout="NCHW", kind=kind, channels=channels, hair=hair),
        ),
    )


def run(model, **feeds):
    """The outputs, computed by onnxruntime as the graph says, without optimisation."""
    return open_session(model, RuntimeSettings(graph_optimization="none")).run(None, feeds)


def mask(network, photo):
    """The probability of hair, by the network's own contract."""
    entry, answer = network.contract.input, network.contract.output
    (output,) = run(network.model, **{entry.name: prepare(photo, entry)})
    return read_mask(output, answer)


def kinds(model):
    return {node.op_type for node in model.graph.node}
