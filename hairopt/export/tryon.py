"""The exported pipeline over hairopt's own functions, from which ``tryon.py`` is generated.

It does what ``hairopt.pipeline`` does, for photos that fit into memory as a whole. The names in
capitals without a value are put in by ``hairopt.export.generate``: they are constants there, and
branches that they rule out are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hairopt.models.contract import Contract
from hairopt.models.tensors import prepare, read_mask
from hairopt.pieces import Piece, grown
from hairopt.runtimes.freed_memory import keep_freed_memory
from hairopt.runtimes.onnx_session import onnxruntime_module, session_options
from hairopt.runtimes.openvino_runtime import compile_options
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.stages.edge import edge_contrast, hair_fraction
from hairopt.stages.encode import encode_jpeg, encode_jpeg444, encode_png, encode_webp
from hairopt.stages.mask import around, hair_bands
from hairopt.stages.postprocess import blend, plain, refine
from hairopt.stages.recolor.hsv import Hsv
from hairopt.stages.recolor.lab import Lab
from hairopt.stages.recolor.tone.method import Tone
from hairopt.stages.upsample import upsample_guided
from hairopt.types import NAMED_SHADES, Box, ImageU8, MaskF32
from hairopt.variants.condition import Condition
from hairopt.variants.schema import Variant

VARIANT: Variant
WHEN: Condition
COMPARE: Callable[[float, float], bool]
THRESHOLD: float
CONTRACT: Contract
SETTINGS: RuntimeSettings
MODEL_PRECISION: str
IS_RESIZED: bool
CONTRAST: float
MODEL = Path("model.onnx")


class TryOn:
    """The pipeline with its network loaded. For several threads open one each."""

    def __init__(self, model: Path = MODEL) -> None:
        """Load the network. Sets the number of OpenCV's threads for the whole process."""
        import cv2

        if VARIANT.process.keep_freed_memory:
            keep_freed_memory()
        cv2.setNumThreads(VARIANT.segment.threads)
        self._network = (
            OnnxNetwork(model)
            if VARIANT.segment.runtime == "onnxruntime"
            else LiteRtNetwork(model)
            if VARIANT.segment.runtime == "litert"
            else OpenVinoNetwork(model)
        )

    def __call__(self, photo: bytes, shade: str, intensity: float) -> bytes:
        """Dye the hair in a photo.

        Args:
            photo: a JPEG, PNG or WebP file.
            shade: "#rrggbb", or one of NAMED_SHADES.
            intensity: 0 (the photo, encoded again) .. 100.

        Returns:
            The answer as the bytes of a picture file.

        Raises:
            ValueError: the photo cannot be decoded, or shade or intensity is not allowed.
        """
        colour = Shade.parse(shade)
        if not 0 <= intensity <= 100:
            raise ValueError(f"the intensity is {intensity}; it has to be within 0 and 100")
        image = decode(photo)
        return answer(image, self.segment(image), colour, intensity)

    def segment(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for a photo, uint8 (H, W, 3) RGB."""
        output = self._network(prepare(image, CONTRACT.input))
        if VARIANT.segment.upsample == "guided":
            return upsample_guided(read_mask(output, CONTRACT.output), image)
        return read_mask(output, CONTRACT.output)


@dataclass(frozen=True)
class Shade:
    """A colour to dye hair in: sRGB, each channel 0..255."""

    rgb: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Shade:
        """Read "#rrggbb", or one of NAMED_SHADES."""
        found = re.fullmatch(r"#([0-9a-fA-F]{6})", NAMED_SHADES.get(text.strip().lower(), text))
        if found is None:
            raise ValueError(f"shade {text!r}: needed is #rrggbb or {', '.join(NAMED_SHADES)}")
        red, green, blue = bytes.fromhex(found[1])
        return cls((red, green, blue))


def answer(image: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> bytes:
    """Recolour, refine the edge, blend and encode.

    Args:
        image: uint8 (H, W, 3) RGB, not writeable.
        mask: float32 (h, w) in [0, 1], probability of hair.
        shade: the wanted colour.
        intensity: 0..100.
    """
    height, width = image.shape[:2]
    if VARIANT.recolor.region == "image":
        bands: tuple[Box, ...] = (Box.full(height, width),)
    else:
        bands = hair_bands(mask, height, width, 3 * VARIANT.postprocess.feather_px)
    dyer = (
        Lab(CONTRAST)
        if VARIANT.recolor.method == "lab"
        else Tone()
        if VARIANT.recolor.method == "tone"
        else Hsv()
    )
    dye = dyer.prepare(image, mask, cast(Any, shade), intensity)
    out = np.array(image)
    box = around(bands)
    if not box.is_empty:
        if WHEN.text == "always" or is_refined(image, mask, intensity):
            alpha = refine(
                mask,
                image,
                box,
                feather_px=VARIANT.postprocess.feather_px,
                feather_at=VARIANT.postprocess.feather_at,
                anti_bleed=VARIANT.postprocess.anti_bleed,
            )
        else:
            alpha = plain(mask, image, box)
        blend(image, [(band, dye(band)) for band in bands], alpha, box, out)
    if VARIANT.encode.format == "png":
        return encode_png(out, VARIANT.encode.quality)
    if VARIANT.encode.format == "webp":
        return encode_webp(out, VARIANT.encode.quality)
    if VARIANT.encode.format == "jpeg444":
        return encode_jpeg444(out, VARIANT.encode.quality)
    return encode_jpeg(out, VARIANT.encode.quality)


def is_refined(image: ImageU8, mask: MaskF32, intensity: float) -> bool:
    """Whether the edge is refined, not only enlarged."""
    if WHEN.name is None:
        return False
    if WHEN.name == "hair_fraction":
        number = hair_fraction(mask)
    elif WHEN.name == "edge_contrast":
        number = edge_contrast(image, mask)
    else:
        number = intensity
    return COMPARE(number, THRESHOLD)


def decode(photo: bytes) -> ImageU8:
    """JPEG, PNG or WebP to uint8 (H, W, 3) RGB, upright, not writeable.

    Transparent pictures are laid on white. A colour profile other than sRGB is not applied.

    Raises:
        ValueError: the bytes are no picture that OpenCV can decode.
    """
    import cv2

    stored = np.frombuffer(photo, np.uint8)
    try:
        image = cv2.imdecode(stored, how_decoded(photo)) if len(photo) else None
    except cv2.error:  # some decoders raise what others answer with None
        image = None
    if image is None:
        raise ValueError("the photo cannot be decoded; JPEG, PNG and WebP are read")
    if image.shape[2] == 4:
        image = on_white(image)
    if VARIANT.decode.reduce > 1:
        if is_jpeg(photo):
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        else:
            sides = [-(-side // VARIANT.decode.reduce) for side in image.shape[1::-1]]
            image = cv2.resize(image, sides, interpolation=cv2.INTER_AREA)
    image.flags.writeable = False  # so that it is shrunk only once
    return np.asarray(image)


def how_decoded(photo: bytes) -> int:
    """OpenCV's flags for a file; with transparency it gives BGRA, of JPEGs at a part BGR."""
    import cv2

    png_alpha = photo[:4] == b"\x89PNG" and photo[25:26] in (b"\4", b"\6")
    webp_alpha = photo[12:16] == b"VP8X" and photo[20] & 0x10
    if png_alpha or webp_alpha:
        return int(cv2.IMREAD_UNCHANGED)
    if VARIANT.decode.reduce == 2 and is_jpeg(photo):
        return int(cv2.IMREAD_REDUCED_COLOR_2)
    if VARIANT.decode.reduce == 4 and is_jpeg(photo):
        return int(cv2.IMREAD_REDUCED_COLOR_4)
    if VARIANT.decode.reduce == 8 and is_jpeg(photo):
        return int(cv2.IMREAD_REDUCED_COLOR_8)
    return int(cv2.IMREAD_COLOR_RGB)


def is_jpeg(photo: bytes) -> bool:
    """Whether the file is a JPEG, which can be decoded at a part of its size."""
    return photo[:2] == b"\xff\xd8"


def on_white(stored: NDArray[Any]) -> ImageU8:
    """BGRA of 8 or 16 bits to uint8 RGB."""
    import cv2

    if stored.dtype == np.uint16:
        stored = ((stored.astype(np.uint32) + 128) // 257).astype(np.uint8)
    alpha = stored[..., 3:].astype(np.uint32)
    over = cv2.cvtColor(stored, cv2.COLOR_BGRA2RGB) * alpha + 255 * (255 - alpha)
    return np.asarray((over + 127) // 255, np.uint8)


class OnnxNetwork:
    """The network in onnxruntime."""

    def __init__(self, model: Path) -> None:
        ort = onnxruntime_module()
        self._session = ort.InferenceSession(
            str(model), session_options(SETTINGS), providers=["CPUExecutionProvider"]
        )

    def __call__(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """The output tensor for an input tensor."""
        outputs = self._session.run([CONTRACT.output.name], {CONTRACT.input.name: tensor})
        return np.asarray(outputs[0])


class LiteRtNetwork:
    """The network in LiteRT."""

    def __init__(self, model: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(model), num_threads=VARIANT.segment.threads)
        inputs, outputs = (
            {one["name"]: one["index"] for one in details}
            for details in (
                self._interpreter.get_input_details(),
                self._interpreter.get_output_details(),
            )
        )
        self._input, self._output = inputs[CONTRACT.input.name], outputs[CONTRACT.output.name]
        if IS_RESIZED:
            size = [CONTRACT.input.height, CONTRACT.input.width]
            channels = 3 + CONTRACT.input.extra_channels
            planar = CONTRACT.input.layout == "NCHW"
            shape = [1, channels, *size] if planar else [1, *size, channels]
            self._interpreter.resize_tensor_input(self._input, shape)
        self._interpreter.allocate_tensors()

    def __call__(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """The output tensor for an input tensor."""
        self._interpreter.set_tensor(self._input, tensor)
        self._interpreter.invoke()
        # A view of the network's own memory; what reads it makes a new array.
        return np.asarray(self._interpreter.tensor(self._output)())


class OpenVinoNetwork:
    """The network in OpenVINO, on its CPU plug-in."""

    def __init__(self, model: Path) -> None:
        import openvino

        core = openvino.Core()
        options = compile_options(MODEL_PRECISION, SETTINGS)
        compiled = core.compile_model(core.read_model(str(model)), "CPU", options)
        self._request = compiled.create_infer_request()

    def __call__(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """The output tensor for an input tensor."""
        self._request.infer({CONTRACT.input.name: tensor}, share_inputs=True)
        # A view of the network's own memory; what reads it makes a new array.
        return np.asarray(self._request.get_tensor(CONTRACT.output.name).data)


def in_one_piece(
    step: Callable[[Piece], NDArray[Any]], box: Box, *, reach_px: int, frame: Box
) -> NDArray[Any]:
    """A step that works on a part of the photo and what is around it."""
    return step(Piece(box, grown(box, reach_px, frame)))
