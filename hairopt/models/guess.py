"""Read as much of the contract as a network file states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hairopt.errors import ModelError
from hairopt.models.file_summary import FileSummary, TensorInfo
from hairopt.models.mediapipe_metadata import MediapipeMetadata

Values = dict[str, Any]
_KINDS = {"SIGMOID": "sigmoid", "SOFTMAX": "softmax", "ARGMAX": "class_map"}


def guess_input(summary: FileSummary, told: Values) -> Values:
    """Name, layout, sizes, extra channels, dtype and quantisation, as far as the file says.

    Args:
        summary: summary of the file.
        told: keys of ``InputContract`` that the user gave; they are not guessed.

    Raises:
        ModelError: there is no input that could hold a photo, or more than one input.
    """
    if len(summary.inputs) != 1:
        names = ", ".join(tensor.name for tensor in summary.inputs) or "none"
        raise ModelError(
            f"{summary.path} has {len(summary.inputs)} inputs ({names}); hairopt feeds one photo"
        )
    tensor = summary.inputs[0]
    found: Values = {"name": tensor.name, "dtype": tensor.dtype, **_quantization(tensor)}
    layout = told.get("layout") or _layout(tensor.shape, (3, 4))
    if len(tensor.shape) != 4:
        raise ModelError(
            f"{summary.path}: input {tensor.name!r} has {len(tensor.shape)} axes; a photo has "
            "four: batch, channels, height and width, in some order"
        )
    if layout is not None:
        found["layout"] = layout
        channel, height, width = (1, 2, 3) if layout == "NCHW" else (3, 1, 2)
        sizes = {"height": tensor.shape[height], "width": tensor.shape[width]}
        found |= {key: size for key, size in sizes.items() if isinstance(size, int)}
        channels = tensor.shape[channel]
        if isinstance(channels, int) and channels >= 3:
            found["extra_channels"] = channels - 3
    return {**found, **told}


def normalisation(metadata: MediapipeMetadata | None) -> Values:
    """Mean and std of MediaPipe's metadata, for pixels of 0..1; empty if not stated."""
    if metadata is None or len(metadata.mean) not in (1, 3) or len(metadata.std) not in (1, 3):
        return {}
    pairs = {"mean": metadata.mean, "std": metadata.std}
    return {
        key: tuple(round(value / 255, 6) for value in values * (3 // len(values)))
        for key, values in pairs.items()
    }


def guess_output(summary: FileSummary, layout: str | None, told: Values) -> Values:
    """Name, layout, kind, channels, dtype and quantisation, as far as the file says.

    Args:
        summary: summary of the file.
        layout: layout of the input; used if the shape of the output allows both layouts.
        told: keys of ``OutputContract`` that the user gave; they are not guessed.
    """
    named = [tensor for tensor in summary.outputs if tensor.name == told.get("name")]
    candidates = named or list(summary.outputs)
    if len(candidates) != 1:
        return dict(told)
    tensor = candidates[0]
    found: Values = {"name": tensor.name, "dtype": tensor.dtype, **_quantization(tensor)}
    if tensor.made_by in _KINDS:
        found["kind"] = _KINDS[tensor.made_by]
    elif tensor.dtype in ("int32", "int64"):
        found["kind"] = "class_map"
    chosen = told.get("layout") or _output_layout(tensor.shape) or layout
    if chosen is not None:
        found["layout"] = chosen
        channels = _channels(tensor.shape, chosen)
        is_map = told.get("kind", found.get("kind")) == "class_map"
        if channels is not None and not is_map:
            found["channels"] = channels
            if channels == 1:
                found["hair"] = 0
    return {**found, **told}


def _layout(shape: Sequence[int | str | None], channels: tuple[int, ...]) -> str | None:
    """The only layout whose channel axis has one of these sizes, or None."""
    if len(shape) != 4:
        return None
    fits = [shape[1] in channels, shape[3] in channels]
    if fits == [True, False]:
        return "NCHW"
    return "NHWC" if fits == [False, True] else None


def _output_layout(shape: Sequence[int | str | None]) -> str | None:
    """The layout in which an output has fewer channels than rows and columns, or None."""
    if len(shape) != 4:
        return None
    first, last = shape[1], shape[3]
    if not isinstance(first, int) or not isinstance(last, int) or first == last:
        return _layout(shape, tuple(range(1, 33)))
    return "NCHW" if first < last else "NHWC"


def _channels(shape: Sequence[int | str | None], layout: str) -> int | None:
    if len(shape) == 3:
        return 1
    size = shape[1 if layout == "NCHW" else 3] if len(shape) == 4 else None
    return size if isinstance(size, int) else None


def _quantization(tensor: TensorInfo) -> Values:
    if tensor.scale is None or tensor.dtype not in ("int8", "uint8"):
        return {}
    return {"quantization": {"scale": tensor.scale, "zero_point": tensor.zero_point or 0}}
