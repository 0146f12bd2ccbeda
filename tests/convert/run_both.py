"""Running one network in onnxruntime and in LiteRT."""

import numpy as np
import pytest

from hairopt.runtimes.onnx_session import open_session


def run_onnx(model, nhwc):
    """The outputs of a converted network for one input, both NHWC as in TFLite."""
    session = open_session(model)
    nchw = np.ascontiguousarray(nhwc.transpose(0, 3, 1, 2))
    outputs = session.run(None, {session.get_inputs()[0].name: nchw})
    return [output.transpose(0, 2, 3, 1) for output in outputs]


def run_litert(data: bytes, tensor):
    """The outputs of a TFLite file, by tensor name, for one input tensor."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter(
        model_content=data, num_threads=1
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor)
    interpreter.invoke()
    return {
        detail["name"]: np.array(interpreter.get_tensor(detail["index"]))
        for detail in interpreter.get_output_details()
    }
