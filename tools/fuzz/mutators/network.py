"""ONNX and TFLite: fields changed through the formats' own libraries."""

from __future__ import annotations

from random import Random
from typing import Any

from tools.fuzz.mutators.picture import spoilt

_NUMBERS = (
    0, -1, 1, 2, 3, 4, 5, 8, 16, 31, 127, 128, 255, 256, 1000, 65535, 2**20, 2**31 - 1, -(2**31),
    2**32 - 1, 2**40, 2**62, 2**63 - 1, -(2**63),
)  # fmt: skip
_FLOATS = (0.0, -1.0, 1.0, 1e-40, 1e38, float("inf"), float("-inf"), float("nan"), 0.5)
_TEXTS = ("", "x", "y", "Conv", "Resize", "If", "Loop", "\0", "../../a", "a" * 5000, "\u202e", "N")


def onnx_file(data: bytes, rng: Random) -> bytes:
    """A changed ONNX file: some field of some message has another value."""
    import onnx

    model = onnx.ModelProto()
    model.ParseFromString(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _change_message(_some_message(model, rng), rng)
    return bytes(model.SerializePartialToString())


def tflite_file(data: bytes, rng: Random) -> bytes:
    """A changed TFLite file: aligned words of it, or fields of its objects."""
    if rng.random() < 0.5:
        return _change_words(data, rng)
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _change_object(_some_object(model, rng), rng)
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _some_message(message: Any, rng: Random) -> Any:  # noqa: ANN401 - protobuf has no types
    while True:
        below = [
            inner
            for field, value in message.ListFields()
            if field.message_type is not None
            for inner in (value if _repeated(field) else [value])
        ]
        if not below or rng.random() < 0.15:
            return message
        message = rng.choice(below)


def _repeated(field: Any) -> bool:  # noqa: ANN401 - protobuf has no types
    return bool(getattr(field, "is_repeated", False))


def _change_message(message: Any, rng: Random) -> None:  # noqa: ANN401 - protobuf has no types
    if rng.random() < 0.7 and message.ListFields():
        field = rng.choice(message.ListFields())[0]
    else:
        field = rng.choice(message.DESCRIPTOR.fields)
    if _repeated(field):
        _change_list(getattr(message, field.name), field, rng)
    elif rng.random() < 0.2:
        message.ClearField(field.name)
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent()
    else:
        setattr(message, field.name, _scalar(field, getattr(message, field.name), rng))


def _change_list(values: Any, field: Any, rng: Random) -> None:  # noqa: ANN401 - protobuf has no types
    place = rng.randrange(len(values)) if len(values) else 0
    action = rng.randrange(3)
    if len(values) and action == 0:
        del values[place]
    elif field.message_type is not None:
        other = values.add()
        if len(values) > 1 and action == 1:
            other.CopyFrom(values[place])
    elif len(values) and action == 1:
        values[place] = _scalar(field, values[place], rng)
    else:
        values.append(_scalar(field, None, rng))


def _scalar(field: Any, before: Any, rng: Random) -> Any:  # noqa: ANN401 - protobuf has no types
    """A value that fits the type of the field."""
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return rng.choice(_FLOATS)
    if field.type == field.TYPE_BYTES:
        return spoilt(before or b"", rng)
    if field.cpp_type == field.CPPTYPE_STRING:
        return rng.choice(_TEXTS)
    if field.cpp_type == field.CPPTYPE_ENUM:
        return rng.choice([value.number for value in field.enum_type.values])
    limits = {
        field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
        field.CPPTYPE_UINT32: (0, 2**32 - 1),
        field.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
        field.CPPTYPE_UINT64: (0, 2**64 - 1),
        field.CPPTYPE_BOOL: (0, 1),
    }
    low, high = limits[field.cpp_type]
    return max(low, min(high, rng.choice(_NUMBERS)))


def _change_words(data: bytes, rng: Random) -> bytes:
    """Aligned 32-bit words: offsets, counts and sizes stand in such."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = 4 * rng.randrange(len(changed) // 4)
        number = int.from_bytes(changed[place : place + 4], "little")
        other = rng.choice((*_NUMBERS, number + 1, number - 1, number + 4, number - 4, number * 2))
        changed[place : place + 4] = (other % 2**32).to_bytes(4, "little")
    return bytes(changed)


def _some_object(thing: Any, rng: Random) -> Any:  # noqa: ANN401 - flatbuffers has no types
    while True:
        below = []
        for value in vars(thing).values():
            items = value if isinstance(value, list) else [value]
            below += [item for item in items if hasattr(item, "__dict__")]
        if not below or rng.random() < 0.15:
            return thing
        thing = rng.choice(below)


def _change_object(thing: Any, rng: Random) -> None:  # noqa: ANN401 - flatbuffers has no types
    name = rng.choice(list(vars(thing)))
    value = getattr(thing, name)
    if isinstance(value, bool):
        setattr(thing, name, not value)
    elif isinstance(value, int):
        setattr(thing, name, rng.choice((*_NUMBERS[:13], value + 1)))
    elif isinstance(value, float):
        setattr(thing, name, rng.choice(_FLOATS))
    elif isinstance(value, str | bytes):
        setattr(thing, name, rng.choice(_TEXTS))
    elif value is None:
        return
    elif isinstance(value, list) and value:
        place = rng.randrange(len(value))
        setattr(thing, name, rng.choice((value[:place], [*value, value[place]], None)))
    elif hasattr(value, "size") and value.size:
        value = value.copy()
        value.flat[rng.randrange(value.size)] = rng.choice((0, 1, 2, 3, 5, 100, 127))
        setattr(thing, name, value)
    else:
        setattr(thing, name, None)
