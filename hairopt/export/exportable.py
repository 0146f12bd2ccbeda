"""Whether a variant can be exported, and why not."""

from __future__ import annotations

from hairopt.errors import UnavailableError
from hairopt.stages.file_method import FileMethod
from hairopt.variants.schema import Variant

RUNTIMES = {
    "onnxruntime": ("onnxruntime",),
    "litert": ("ai-edge-litert",),
    "openvino": ("openvino",),
}
"""The runtimes whose code is written, each with its package."""

_METHODS = {
    "decode.method": ("opencv",),
    "segment.method": ("network",),
    "recolor.method": ("hsv", "lab", "tone"),
    "postprocess.method": ("feather",),
    "encode.format": ("jpeg", "jpeg444", "png", "webp"),
}


def require_exportable(variant: Variant) -> None:
    """Refuse a variant that cannot become code without hairopt.

    Raises:
        UnavailableError: it names every key that prevents it, and what could be exported.
    """
    reasons = [*_of_methods(variant), *_of_runtime(variant)]
    if reasons:
        raise UnavailableError(f"variant {variant.name} cannot be exported: {'; '.join(reasons)}")


def _of_methods(variant: Variant) -> list[str]:
    if getattr(variant, "backend", None) is not None:
        return ["it is a back-end, which is code that hairopt did not write"]
    reasons = []
    for key, known in _METHODS.items():
        table, _, name = key.partition(".")
        value = str(getattr(getattr(variant, table), name))
        if value in known:
            continue
        if FileMethod.parse(value) is not None:
            why = "is code of yours, which can be called as it is"
        elif value == "none":
            why = "finds no hair"
        elif value == "cascade":
            why = "runs more than one network; export its steps one by one"
        else:
            why = "is a plug-in's, whose code is not hairopt's to copy"
        reasons.append(f"{key} = {value!r} {why} (exported: {', '.join(known)})")
    return reasons


def _of_runtime(variant: Variant) -> list[str]:
    segment = variant.segment
    if segment.method != "network":
        return []
    reasons = []
    if segment.runtime == "mediapipe":
        reasons.append(
            "segment.runtime = 'mediapipe' reports its use to its maker and needs much more than "
            "NumPy and OpenCV; runtime litert runs the same file"
        )
    elif segment.runtime not in RUNTIMES:
        reasons.append(
            f"segment.runtime = {segment.runtime!r} is a plug-in's (exported: "
            f"{', '.join(RUNTIMES)})"
        )
    if segment.provider != "cpu":
        reasons.append(f"segment.provider = {segment.provider!r} is not exported; cpu is")
    return reasons
