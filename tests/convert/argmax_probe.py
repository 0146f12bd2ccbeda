"""Looking at where the maxima of max pooling were found, in both forms of a network."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from hairopt.convert.tflite.reader import read_tflite
from hairopt.models.flatbuffer import Table


def with_index_outputs(path) -> bytes:
    """The TFLite file with the index tensors of max pooling as further outputs.

    A longer list of outputs is appended, and the subgraph's reference is turned to it.
    """
    graph = read_tflite(path)
    indices = [op.outputs[1] for op in graph.operators if op.kind == "MaxPoolingWithArgmax2D"]
    data = bytearray(path.read_bytes())
    (subgraph,) = Table.root(bytes(data), b"TFL3").tables(2)
    field = subgraph._raw.Pos + subgraph._raw.Offset(4 + 2 * 2)
    data += bytes(-len(data) % 4)
    data[field : field + 4] = (len(data) - field).to_bytes(4, "little")
    outputs = np.array([*graph.outputs, *indices], "<i4")
    return bytes(data) + len(outputs).to_bytes(4, "little") + outputs.tobytes()


def plane_indices(local, width):
    """XNNPACK's place inside 2x2 windows (column by column), NHWC, as ONNX's place in the tensor.

    Returns (1, C, W, H), the layout inside the converted network, whose rows are columns.
    """
    local = np.ascontiguousarray(local).view(np.uint32).astype(np.int64)
    _, rows, columns, channels = local.shape
    y = 2 * np.arange(rows)[:, None, None] + local[0] % 2
    x = 2 * np.arange(columns)[None, :, None] + local[0] // 2
    height = 2 * rows
    assert width == 2 * columns
    flat = (np.arange(channels) * width + x) * height + y
    return flat.transpose(2, 1, 0)[None]


def opened(model):
    """The ONNX network with pooled tensors and indices as outputs, and one with indices as input.

    Returns (model, names of pooled tensors, names of indices), (model, names of the new inputs).
    """
    pools = [node for node in model.graph.node if node.op_type == "MaxPool"]
    shown, fed = onnx.ModelProto(), onnx.ModelProto()
    shown.CopyFrom(model)
    fed.CopyFrom(model)
    sizes = {v.name: v.type for v in model.graph.value_info}
    for node in pools:
        for name in (node.input[0], node.output[1]):
            shown.graph.output.append(helper.make_value_info(name, sizes[name]))
        shape = [d.dim_value for d in sizes[node.output[1]].tensor_type.shape.dim]
        outside = helper.make_tensor_value_info(f"{node.output[1]}/fed", TensorProto.INT64, shape)
        fed.graph.input.append(outside)
    names = {node.output[1] for node in pools}
    for node in fed.graph.node:
        if node.op_type == "MaxUnpool":
            assert node.input[1] in names
            node.input[1] += "/fed"
    pooled, indices = [n.input[0] for n in pools], [n.output[1] for n in pools]
    return (shown, pooled, indices), (fed, [f"{name}/fed" for name in indices])
