"""Summary of an ONNX file: its input and output tensors, operators and operator set."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.errors import ModelError
from hairopt.models.file_summary import FileSummary, TensorInfo, sha256_of

if TYPE_CHECKING:
    import onnx
    from google.protobuf.message import Message  # type: ignore[import-untyped]

_TRANSPARENT = {
    "Identity", "Cast", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Resize",
    "QuantizeLinear", "DequantizeLinear", "Clip",
}  # fmt: skip


def summarize_onnx(path: Path, data: bytes) -> FileSummary:
    """Summary of the bytes of an ONNX file.

    Raises:
        ModelError: not ONNX, damaged, or with weights in other files, not covered by the hash.
    """
    model = parse_onnx(path, data)
    graph = model.graph
    opsets = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    counts = Counter(
        f"{node.domain}.{node.op_type}" if node.domain else node.op_type for node in graph.node
    )
    return FileSummary(
        path=path,
        format="onnx",
        bytes=len(data),
        sha256=sha256_of(data),
        parameters=sum(math.prod(tensor.dims) for tensor in graph.initializer),
        operators=dict(counts.most_common()),
        inputs=tuple(_tensor(value) for value in graph.input if value.name not in constants),
        outputs=tuple(_tensor(value, _made_by(value.name, makers)) for value in graph.output),
        opset=opsets[0] if opsets else None,
    )


def parse_onnx(path: Path, data: bytes) -> onnx.ModelProto:
    """The checked network in the bytes of an ONNX file.

    Raises:
        ModelError: as ``summarize_onnx``.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(data)
    except (DecodeError, ValueError) as error:
        raise ModelError(f"{path} is neither a TFLite nor an intact ONNX file: {error}") from error
    if not model.graph.node:
        raise ModelError(f"{path} is neither a TFLite file nor an ONNX file with a graph")
    _require_text(model, path)
    outside = sorted(_external_files(model))
    if outside:
        raise ModelError(
            f"{path} has weights in other files ({', '.join(outside[:3])}), which its SHA-256 "
            "would not cover; save it as one file with onnx.save_model(onnx.load(FILE), FILE)"
        )
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        raise ModelError(f"{path} is not a valid ONNX file: {str(error).strip()}") from error
    _require_whole_constants(model, path)
    return model


def _require_text(message: Message, path: Path) -> None:
    """Check that every name is UTF-8: protobuf for Python gives others as bytes, unchecked."""
    for field, value in message.ListFields():
        values = [value] if isinstance(value, (str, bytes)) or not _is_many(value) else value
        if field.type == field.TYPE_MESSAGE:
            for part in values:
                _require_text(part, path)
        elif field.type == field.TYPE_STRING and any(isinstance(one, bytes) for one in values):
            raise ModelError(f"{path} is damaged: a {field.name} in it is no UTF-8 text")


def _is_many(value: object) -> bool:
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def _require_whole_constants(model: onnx.ModelProto, path: Path) -> None:
    """Check size and type of every constant, which the checker of ONNX does not do."""
    import onnx

    for tensor in onnx.external_data_helper._get_all_tensors(model):
        try:
            onnx.numpy_helper.to_array(tensor)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{path} is damaged: constant {tensor.name!r} does not hold what its type and "
                f"shape say ({error})"
            ) from error


def _external_files(model: onnx.ModelProto) -> set[str]:
    import onnx

    return {
        entry.value
        for tensor in onnx.external_data_helper._get_all_tensors(model)
        if onnx.external_data_helper.uses_external_data(tensor)
        for entry in tensor.external_data
        if entry.key == "location"
    }


def _made_by(name: str, makers: dict[str, onnx.NodeProto]) -> str:
    for _ in range(len(makers)):
        node = makers.get(name)
        if node is None:
            return ""
        if node.op_type not in _TRANSPARENT:
            return str(node.op_type).upper()
        name = node.input[0]
    return ""


def _tensor(value: onnx.ValueInfoProto, made_by: str = "") -> TensorInfo:
    import onnx

    tensor = value.type.tensor_type
    try:
        dtype = str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    except KeyError:
        dtype = "unknown"
    return TensorInfo(
        name=value.name,
        shape=tuple(_side(dim) for dim in tensor.shape.dim),
        dtype=dtype,
        made_by=made_by,
    )


def _side(dim: onnx.TensorShapeProto.Dimension) -> int | str | None:
    if dim.HasField("dim_value"):
        return int(dim.dim_value)
    return dim.dim_param or None
