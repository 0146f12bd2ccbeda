"""A variant made executable: its stages in order, each one timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import TracebackType
from typing import TypeAlias

import numpy as np

from hairopt.certainty.expectation import Expectation, Expected, expected_of
from hairopt.errors import UsageError
from hairopt.models.contract import ModelFile
from hairopt.pieces import pieces
from hairopt.runtimes.execution import Execution
from hairopt.runtimes.freed_memory import keep_freed_memory
from hairopt.runtimes.protocol import Segmenter
from hairopt.stages.answers import (
    require_alpha,
    require_file,
    require_mask,
    require_picture,
)
from hairopt.stages.cascade import StepAnswer, StepWatcher
from hairopt.stages.edge import edge_contrast, hair_fraction
from hairopt.stages.expectation import expectation_for
from hairopt.stages.find import find_method
from hairopt.stages.mask import around, hair_bands
from hairopt.stages.postprocess import blend, plain
from hairopt.stages.protocol import Decode, Dye, Encode, Postprocess, Segment
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box, ImageU8, MaskF32, Shade
from hairopt.variants.condition import STEP_NAMES, Condition
from hairopt.variants.schema import CASCADE, SegmentSpec, Variant

_BYTES_PER_PX = 40
"""Of dyeing, coverage and blending, and of what refines the coverage."""


@dataclass(frozen=True)
class Segmented:
    """A photo that was decoded and segmented; it can be dyed any number of times.

    Attributes:
        image: uint8 (H, W, 3) RGB, upright; not writeable.
        mask: float32 (h, w) in [0, 1], probability of hair at the network's resolution.
        stage_ms: wall time of decode and segment.
        stage_cpu_ms: CPU time of the whole process, all threads, in the same stages.
        steps: of a cascade, the steps that were asked, with their times.
    """

    image: ImageU8
    mask: MaskF32
    stage_ms: dict[str, float]
    stage_cpu_ms: dict[str, float]
    steps: tuple[StepAnswer, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """One answer of a pipeline, with what led to it.

    Attributes:
        mask: float32 (h, w) in [0, 1], probability of hair at the network's resolution.
        box: the pixels that were recoloured.
        alpha_of: float32 (height, width) in [0, 1] of any part of the box, what the dyed layer was
            blended with; computed again where the photo is large.
        image: uint8 (H, W, 3) RGB, the answer before encoding; the photo itself outside the box.
        encoded: the bytes of the answer.
        postprocessed: whether ``postprocess.when`` held.
        stage_ms: wall time of each of the five stages.
        stage_cpu_ms: CPU time of the whole process, all threads, in the same stages.
        steps: of a cascade, the steps that were asked, with their times.
    """

    mask: MaskF32
    box: Box
    alpha_of: Callable[[Box], MaskF32]
    image: ImageU8
    encoded: bytes
    postprocessed: bool
    stage_ms: dict[str, float]
    stage_cpu_ms: dict[str, float]
    steps: tuple[StepAnswer, ...] = ()

    @property
    def alpha(self) -> MaskF32:
        """``alpha_of`` all of the box; 0 outside it."""
        return self.alpha_of(self.box)


Photo: TypeAlias = bytes | Callable[[], bytes]
"""A picture file, or what gives its bytes: these are let go of as soon as they are decoded."""


class Given:
    """The bytes of a photo, given away once and then forgotten: they may be hundreds of megabytes.

    Whoever takes them decides how long they stay, however many callers still hold this object.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __call__(self) -> bytes:
        """The bytes, once; nothing afterwards."""
        data, self._data = self._data, b""
        return data


StageWatcher: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Entered around every stage, outside of what is timed; it is given the stage's name."""


@dataclass
class _Stopwatch:
    watcher: StageWatcher
    wall_ms: dict[str, float] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        with self.watcher(name):
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            yield
            cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
            self.cpu_ms[name] = self.cpu_ms.get(name, 0.0) + cpu / 1e6
            self.wall_ms[name] = self.wall_ms.get(name, 0.0) + wall / 1e6


class Pipeline:
    """The stages of one variant, loaded. Not safe for use from several threads at once.

    Loading sets the number of OpenCV's threads for the whole process, and what becomes of freed
    memory: once a variant has it kept, it is kept until the process ends.
    """

    def __init__(
        self,
        variant: Variant,
        watcher: StageWatcher = nullcontext,
        step_watcher: StepWatcher = nullcontext,
    ) -> None:
        """Load everything the variant names.

        Args:
            variant: what to load.
            watcher: entered around every stage, for a profile.
            step_watcher: entered around the loading and every call of a step of a cascade, outside
                of what is timed.

        Raises:
            UnavailableError: a runtime, model, precision or setting of the process is not to be
                had on this machine.
            ModelError: the model file is damaged or contradicts its contract.
            ConfigError: a method or a runtime is unknown, or an option of a method not allowed.
            UsageError: the variant is a back-end.
        """
        import cv2

        variant.require_stages()
        if variant.process.keep_freed_memory:
            keep_freed_memory()
        self.variant = variant
        self._watcher = watcher
        cv2.setNumThreads(variant.segment.most_threads)
        self._decode: Decode = find_method("decode", variant.decode.method)
        self._recolorer = load_recolorer(variant.recolor.method, variant.recolor.options)
        self._refine: Postprocess = find_method("postprocess", variant.postprocess.method)
        self._encode: Encode = find_method("encode", variant.encode.format)
        self._when = Condition.parse(variant.postprocess.when)
        self._step_watcher = step_watcher
        self._step_ms: list[float] = []
        self._segmenter: Segmenter = self._loaded(variant.segment)

    @property
    def segmenter(self) -> Segmenter:
        """The loaded stage segment."""
        return self._segmenter

    @property
    def model_file(self) -> ModelFile | None:
        """The network file that runs; None for a cascade, or where a plug-in does not tell."""
        return getattr(self._segmenter, "model_file", None)

    @property
    def step_files(self) -> tuple[ModelFile, ...]:
        """The network file of every step of a cascade; empty for another method."""
        return getattr(self._segmenter, "model_files", ())

    def execution(self) -> Execution | None:
        """What the runtime made of the network: loaded once more, so not for timed requests.

        None where it does not tell, or a plug-in's segmenter does not.
        """
        ask = getattr(self._segmenter, "execution", None)
        found: Execution | None = ask() if ask else None
        return found

    def expected(self, mask: MaskF32) -> Expected:
        """What IoU to expect of a mask of this pipeline, and whether to doubt it.

        Args:
            mask: float32 (h, w) in [0, 1], of ``segment``, at the network's size.

        Raises:
            ConfigError: the calibration of the network is damaged.
        """
        return expected_of(mask, self.expectation)

    @cached_property
    def expectation(self) -> Expectation | Expected:
        """The calibration of the masks; without one, what stands in for it."""
        return expectation_for(self._segmenter)

    def run(self, photo: Photo, shade: Shade, intensity: float) -> Rendered:
        """A photo to the bytes of the answer, through all stages.

        Raises:
            DataError: the photo cannot be decoded, or the answer not be encoded.
            HairoptError: a method answered something else than its stage needs.
            UsageError: the intensity is not within 0..100.
        """
        return self.dye(self.segment(photo), shade, intensity)

    def segment(self, photo: Photo) -> Segmented:
        """The stages that do not depend on the shade: decode and segment.

        Raises:
            DataError: the photo cannot be decoded.
        """
        watch = _Stopwatch(self._watcher)
        data = photo() if callable(photo) else photo
        with watch.stage("decode"):
            image = self._decoded(data, self.variant.decode.reduce)
        del data
        self._step_ms.clear()
        with watch.stage("segment"):
            mask = self._segmenter(image)
            require_mask(f"segment.method {self.variant.segment.method}", mask)
        return Segmented(image, mask, watch.wall_ms, watch.cpu_ms, self._steps())

    def dye(self, segmented: Segmented, shade: Shade, intensity: float) -> Rendered:
        """The stages that depend on the shade: recolor, postprocess and encode.

        The times of ``segmented`` are carried over into the answer.

        Raises:
            DataError: the answer cannot be encoded.
            UsageError: the intensity is not within 0..100.
        """
        if not 0 <= intensity <= 100:
            raise UsageError(f"The intensity is {intensity}; it has to be within 0 and 100.")
        image, mask = segmented.image, segmented.mask
        watch = _Stopwatch(self._watcher, dict(segmented.stage_ms), dict(segmented.stage_cpu_ms))
        with watch.stage("recolor"):
            bands = self._bands(image, mask)
            dye = self._recolorer.prepare(image, mask, shade, intensity)
        with watch.stage("postprocess"):
            wanted = self._is_wanted(image, mask, intensity)
            out = np.array(image)
        alpha_of: Callable[[Box], MaskF32] = partial(self._alpha, image, mask, wanted)
        box = around(bands)
        for part in (piece.inner for piece in pieces(box, bytes_per_px=_BYTES_PER_PX)):
            with watch.stage("recolor"):
                places = [place for band in bands if not (place := band.meet(part)).is_empty]
                layers = [(at, dye(at)) for at in places]
            with watch.stage("postprocess"):
                alpha = alpha_of(part)
                blend(image, layers, alpha, part, out)
            if part == box:
                alpha_of = partial(_cut, alpha, box)
        with watch.stage("encode"):
            encoded = self._encode(out, self.variant.encode.quality)
            require_file(f"encode.format {self.variant.encode.format}", encoded)
        times, steps = (watch.wall_ms, watch.cpu_ms), segmented.steps
        return Rendered(mask, box, alpha_of, out, encoded, wanted, *times, steps)

    def decode(self, photo: Photo, *, reduce: int) -> ImageU8:
        """The stage decode alone, at any size: uint8 (H, W, 3) RGB, not writeable.

        Raises:
            DataError: the photo cannot be decoded.
        """
        return self._decoded(photo() if callable(photo) else photo, reduce)

    def recolor(self, image: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """The stage recolor alone, with any mask: what dyes the parts of a photo, unblended."""
        return self._recolorer.prepare(image, mask, shade, intensity)

    def recode(self, photo: bytes) -> bytes:
        """Decode a photo and encode it again, with the variant's settings and nothing in between.

        The time of this is the least that any pipeline with these settings needs.

        Raises:
            DataError: the photo cannot be decoded, or not be encoded.
        """
        image = self._decode(photo, reduce=self.variant.decode.reduce)
        return self._encode(image, self.variant.encode.quality)

    def close(self) -> None:
        """Release the network; calling it twice is harmless."""
        self._segmenter.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _loaded(self, spec: SegmentSpec) -> Segmenter:
        load: Segment = find_method("segment", spec.method)
        settings = spec.model_dump(exclude={"method"})
        if spec.method == CASCADE:
            settings |= {"condition": _step_condition, "watch": self._step}
        return load(**settings)

    @contextmanager
    def _step(self, index: int) -> Iterator[None]:
        """Time a step of a cascade."""
        with self._step_watcher(index):
            start = time.perf_counter_ns()
            try:
                yield
            finally:
                self._step_ms.append((time.perf_counter_ns() - start) / 1e6)

    def _steps(self) -> tuple[StepAnswer, ...]:
        """The steps that were asked for the last photo."""
        asked: tuple[StepAnswer, ...] = getattr(self._segmenter, "answers", ())
        return tuple(replace(one, ms=ms) for one, ms in zip(asked, self._step_ms, strict=False))

    def _decoded(self, data: bytes, reduce: int) -> ImageU8:
        image = self._decode(data, reduce=reduce)
        require_picture(f"decode.method {self.variant.decode.method}", image)
        image.flags.writeable = False  # so that it is shrunk only once, and no stage changes it
        return image

    def _bands(self, image: ImageU8, mask: MaskF32) -> tuple[Box, ...]:
        height, width = image.shape[:2]
        if self.variant.recolor.region == "image":
            return (Box.full(height, width),)
        return hair_bands(mask, height, width, 3 * self.variant.postprocess.feather_px)

    def _is_wanted(self, image: ImageU8, mask: MaskF32, intensity: float) -> bool:
        """Whether ``postprocess.when`` holds; only the number that it looks at is computed."""
        numbers = {"intensity": intensity}
        if self._when.name == "hair_fraction":
            numbers["hair_fraction"] = hair_fraction(mask)
        if self._when.name == "edge_contrast":
            numbers["edge_contrast"] = edge_contrast(image, mask)
        return self._when.holds(numbers)

    def _alpha(self, image: ImageU8, mask: MaskF32, wanted: bool, box: Box) -> MaskF32:
        if not wanted:
            return plain(mask, image, box)
        spec = self.variant.postprocess
        alpha = self._refine(
            mask,
            image,
            box,
            feather_px=spec.feather_px,
            feather_at=spec.feather_at,
            anti_bleed=spec.anti_bleed,
        )
        require_alpha(f"postprocess.method {spec.method}", alpha, box)
        return alpha


def _step_condition(text: str) -> Condition:
    return Condition.parse(text, STEP_NAMES)


def _cut(alpha: MaskF32, box: Box, part: Box) -> MaskF32:
    return alpha[part.within(box).slices]
