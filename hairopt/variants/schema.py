"""A variant: one complete, named configuration of all stages, as pure data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from typing_extensions import Self

from hairopt.backends.schema import Backend
from hairopt.errors import UsageError
from hairopt.stages.protocol import AntiBleed
from hairopt.types import STAGES, Shade
from hairopt.variants.condition import STEP_NAMES, Condition


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DecodeSpec(_Table):
    """Bytes to RGB pixels.

    ``reduce`` divides both sides of the photo while it is decoded (JPEG's scaled decoding). Every
    later stage then works on fewer pixels, and the answer is smaller by the same factor.
    """

    method: str = "opencv"
    reduce: Literal[1, 2, 4, 8] = 1


CASCADE = "cascade"
"""The method of the stage segment that asks several networks in turn."""


class NetworkSpec(_Table):
    """One network, and how it runs.

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


class StepSpec(NetworkSpec):
    """One step of a cascade: a network, when it is asked, and what becomes of its answer.

    ``mirror`` shows it the photo from left to right. ``when`` compares a number of the mask so far
    (``softness``, ``hair_fraction``); a mask of nothing always asks the next step. ``choose`` takes
    the ``surer`` mask (the one that is less soft), the ``last`` one, the ``mean`` of all so far, or
    the ``weighted`` mean, in which a surer mask counts more.
    """

    method: Literal["network"] = "network"
    mirror: bool = False
    when: str = "always"
    choose: Literal["surer", "weighted", "mean", "last"] = "surer"

    @field_validator("when")
    @classmethod
    def _can_hold(cls, text: str) -> str:
        condition = Condition.parse(text, STEP_NAMES)
        if not condition.can_hold(0.0, 1.0):
            raise ValueError(
                f"{text!r} can never hold, so the step would never be asked; "
                f"{condition.name or 'a condition'} is a number from 0 to 1"
            )
        return condition.text

    @property
    def network_settings(self) -> dict[str, Any]:
        """The keys of the network alone: steps with equal ones share a loaded network."""
        return self.model_dump(include=set(NetworkSpec.model_fields))

    @property
    def label(self) -> str:
        """The step in a few words: ``hairnet int8 224 px mirrored, litert``."""
        size = f" {self.input_size} px" if self.input_size else ""
        mirrored = " mirrored" if self.mirror else ""
        precision = "" if self.precision == "float32" else f" {self.precision}"
        return f"{self.model}{precision}{size}{mirrored}, {self.runtime}"


class SegmentSpec(NetworkSpec):
    """RGB pixels to the probability of hair, by one network or, in method ``cascade``, by several.

    The networks of a cascade are set in ``steps`` alone; what a step leaves out has its default.
    """

    method: str = "network"
    steps: tuple[StepSpec, ...] = ()

    @model_validator(mode="after")
    def _has_steps(self) -> Self:
        if self.method == CASCADE and not self.steps:
            raise ValueError(
                'method = "cascade" needs at least one step; a step is a table [[segment.steps]]'
            )
        if self.steps and self.method != CASCADE:
            raise ValueError(
                f'steps need method = "cascade", not {self.method!r}; '
                "to drop inherited ones write steps = []"
            )
        if self.steps and self.steps[0].model_fields_set & {"when", "choose"}:
            first = self.steps[0]
            if (first.when, first.choose) != ("always", "surer"):
                raise ValueError(
                    "the first step is always asked and there is nothing to choose from yet: "
                    "it has neither when nor choose"
                )
        return self

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the keys that have no effect: those of a network, or the steps."""
        kept: dict[str, Any] = handler(self)
        unused = NetworkSpec.model_fields if self.method == CASCADE else ("steps",)
        return {key: value for key, value in kept.items() if key not in unused}

    @property
    def networks(self) -> tuple[NetworkSpec, ...]:
        """Every network that may run: the steps of a cascade, or this table itself."""
        return self.steps if self.method == CASCADE else (self,)

    @property
    def most_threads(self) -> int:
        """The largest number of threads of one of the networks."""
        return max(one.threads for one in self.networks)

    def with_network(self, **changes: object) -> SegmentSpec:
        """The same with changed keys of the network; in a cascade, of every step."""
        if self.method != CASCADE:
            return self.model_copy(update=changes)
        steps = tuple(step.model_copy(update=changes) for step in self.steps)
        return self.model_copy(update={"steps": steps})


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
    """One complete configuration of the five stages and the process they run in, or a back-end.

    With ``backend`` the tables of the stages have no meaning, and are in no file.
    """

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
    backend: Backend | None = None

    @property
    def needs_network(self) -> bool:
        """Whether its process may open connections, or start programs that may."""
        return self.process.network or self.backend is not None

    def has_shade(self, shade: Shade) -> bool:
        """Whether it can be asked for a shade; a back-end may have a palette."""
        palette = self.backend.shades if self.backend is not None else {}
        return not palette or shade.hex in palette.values()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Variant:
        if self.backend is not None and (both := self.model_fields_set & {*STAGES, "process"}):
            raise ValueError(f"either [backend] or the tables of stages, not both: {sorted(both)}")
        return self

    @model_serializer(mode="wrap")
    def _own_tables(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = write(self)
        for table in ("backend",) if self.backend is None else (*STAGES, "process"):
            found.pop(table, None)
        return found

    def require_stages(self) -> None:
        """Refuse a back-end where the stages are needed.

        Raises:
            UsageError: the variant is a back-end.
        """
        if self.backend is not None:
            raise UsageError(
                f"{self.name} is a back-end, which has no stages; bench, compare and gate measure "
                "it as it is"
            )

    def with_suffix(self, suffix: str) -> Variant:
        """The same variant with a suffix after its name, see ``suffixed``."""
        return self.model_copy(update={"name": suffixed(self.name, suffix)})


def suffixed(name: str, suffix: str) -> str:
    """A variant's name with a suffix; a long name is shortened, the suffix is not."""
    return name[: MAX_NAME - len(suffix)] + suffix
