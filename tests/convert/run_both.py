"""Running one network in onnxruntime and in LiteRT."""

import numpy as np
import pytest


def run_onnx(model, tensor, names=None):
    """The outputs of an ONNX model (or its bytes) for one input tensor."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    data = model if isinstance(model, bytes) else model.SerializeToString()
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(names, {session.get_inputs()[0].name: tensor})


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
