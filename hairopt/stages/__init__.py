"""The five stages, one file each: pure functions of arrays. Plug-ins can add methods to each."""

from typing import Any

from hairopt.registry import Registry

STAGES: Registry[Any] = Registry("stage", "hairopt.stages")
"""Stage methods by ``<stage>.<method>``, such as ``recolor.hsv`` or ``encode.jpeg``.

The signature of each stage is the Protocol of the same name in ``hairopt.stages.protocol``.
"""
for _name, _target in {
    "decode.opencv": "decode:decode",
    "segment.network": "segment:load_network",
    "segment.cascade": "cascade:load_cascade",
    "segment.none": "nothing:load_nothing",
    "recolor.hsv": "recolor.hsv:Hsv",
    "recolor.lab": "recolor.lab:Lab",
    "recolor.tone": "recolor.tone.method:Tone",
    "postprocess.feather": "postprocess:refine",
    "encode.jpeg": "encode:encode_jpeg",
    "encode.jpeg444": "encode:encode_jpeg444",
    "encode.png": "encode:encode_png",
    "encode.webp": "encode:encode_webp",
}.items():
    STAGES.register(_name, f"hairopt.stages.{_target}", "hairopt")
