"""A variant: one complete, named configuration of all stages, as pure data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hairopt.stages.protocol import AntiBleed
from hairopt.variants.condition import Condition


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DecodeSpec(_Table):
    """Bytes to RGB pixels.

    ``reduce`` divides both sides of the photo while it is decoded (JPEG's scaled decoding). Every
    later stage then works on fewer pixels, and the answer is smaller by the same factor.
    """

    method: str = "opencv"
    reduce: Literal[1, 2, 4, 8] = 1


class SegmentSpec(_Table):
    """RGB pixels to the probability of hair.

    ``input_size`` None means the model's own size; ``threads`` counts threads inside one inference.

    ``rewrite`` selects the exact rewrites of the network: all that save time in the runtime (true),
    none (false), or those named. The default is none; but int8 and mixed precision and all
    networks in OpenVINO get the rewrites that they need.

    ``trim`` leaves out the network's last enlargement: the mask has the size at which the network
    computes it, which takes less time. Networks without one stay as they are.

    ``float_layers`` are the layers that stay float32 in precision mixed; by default those known
    for the model. ``arena``, ``spinning``, ``graph_optimization`` and ``provider`` are settings of
    onnxruntime.

    ``upsample`` says how a mask smaller than the photo is enlarged: ``linear`` when needed, or
    ``guided`` by the photo's edges to at most 512 px, which improves small inputs and costs time.
    """

    method: str = "network"
    runtime: str = "onnxruntime"
    model: str = "hairnet"
    precision: Literal["float32", "float16", "int8", "mixed"] = "float32"
    input_size: int | None = Field(default=None, ge=32, le=2048)
    threads: int = Field(default=1, ge=1, le=256)
    rewrite: bool | list[str] | None = None
    trim: bool = False
    float_layers: list[str] | None = None
    arena: bool = True
    spinning: bool = False
    graph_optimization: Literal["none", "basic", "extended", "all"] = "all"
    provider: Literal["cpu", "cuda", "coreml", "directml"] = "cpu"
    upsample: Literal["linear", "guided"] = "linear"


class RecolorSpec(_Table):
    """The dyed layer.

    ``region``: compute all pixels, or only those in boxes around the hair. ``options`` are keys of
    the method itself, which checks them; a variant that sets the table replaces an inherited one.
    """

    method: str = "hsv"
    region: Literal["image", "hair"] = "hair"
    options: dict[str, Any] = {}


class PostprocessSpec(_Table):
    """The mask's edge, and the blend of dyed layer and photo.

    ``feather_px`` is the standard deviation of the Gaussian in pixels of the photo, also where
    feathering runs at the mask's resolution; 0 switches it off. ``anti_bleed = "edges"`` moves the
    mask to the photo's edges and ignores its colours. ``when`` is the condition for feathering and
    anti-bleed; if it is false, the plain mask is blended.
    """

    method: str = "feather"
    feather_px: float = Field(default=2.0, ge=0.0, le=64.0)
    feather_at: Literal["image", "mask"] = "mask"
    anti_bleed: AntiBleed = True
    when: str = "always"

    @field_validator("when")
    @classmethod
    def _is_condition(cls, text: str) -> str:
        return Condition.parse(text).text


class EncodeSpec(_Table):
    """RGB pixels to the bytes of the answer; ``quality`` 1..100 is ignored by png."""

    format: str = "jpeg"
    quality: int = Field(default=90, ge=1, le=100)


class ProcessSpec(_Table):
    """The process around the stages.

    ``keep_freed_memory`` (glibc only): the C library keeps the memory that a request frees for the
    next one, which then does not ask the kernel for new pages. Resident memory stays at its
    maximum between requests.

    ``network`` lets the variant's own stages open connections, for example to a service. The
    processes of all other variants cannot open any (``hairopt.offline.guard``).
    """

    keep_freed_memory: bool = False
    network: bool = False


MAX_NAME = 80
"""Largest number of characters in a variant's name."""


class Variant(_Table):
    """One complete configuration of the five stages and the process they run in."""

    name: str = Field(
        pattern=rf"^[A-Za-z0-9][A-Za-z0-9._+@-]{{0,{MAX_NAME - 1}}}$",
        description="a text that starts with a letter or digit, then letters, digits or . _ + @ -, "
        f"{MAX_NAME} characters at most",
    )
    summary: str = ""
    decode: DecodeSpec = DecodeSpec()
    segment: SegmentSpec = SegmentSpec()
    recolor: RecolorSpec = RecolorSpec()
    postprocess: PostprocessSpec = PostprocessSpec()
    encode: EncodeSpec = EncodeSpec()
    process: ProcessSpec = ProcessSpec()

    def with_suffix(self, suffix: str) -> Variant:
        """The same variant with a suffix after its name, see ``suffixed``."""
        return self.model_copy(update={"name": suffixed(self.name, suffix)})


def suffixed(name: str, suffix: str) -> str:
    """A variant's name with a suffix; a long name is shortened, the suffix is not."""
    return name[: MAX_NAME - len(suffix)] + suffix
