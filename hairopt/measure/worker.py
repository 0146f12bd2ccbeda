"""The process that runs one variant: ``python -m hairopt.measure.worker``, requests on stdin.

It answers one request at a time on what was its stdout; whatever a library prints there goes to
stderr, which the parent keeps for the error message. It ends when stdin closes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from hairopt.measure import memory
from hairopt.measure.import_clock import ImportClock
from hairopt.offline.guard import REFUSAL, refuse_internet, was_refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from hairopt.certainty.expectation import Expectation, Expected
    from hairopt.measure.messages import (
        Dyed,
        Explained,
        First,
        Loaded,
        Peaks,
        Refused,
        StoredPhoto,
        Timing,
    )
    from hairopt.models.contract import ModelFile
    from hairopt.pipeline import Photo, Pipeline, Segmented, StageWatcher
    from hairopt.stages.cascade import StepAnswer
    from hairopt.stages.protocol import Dye
    from hairopt.types import Box, ImageU8, MaskF32, MaskU8, Shade


WITH_NETWORK = "--with-network"
"""Argument of a worker whose variant may open connections."""


_LOAD_AND_FIRST = 2


class Operations(Protocol):
    """What ``serve`` needs of a server: its other methods are the operations."""

    def close(self) -> None:
        """Release what was loaded."""
        ...


class Server:
    """One loaded pipeline and what it can be asked; the methods are the operations.

    Attributes:
        watcher: entered around every stage of every request.
    """

    watcher: StageWatcher = contextlib.nullcontext

    def __init__(self) -> None:
        self._pipeline: Pipeline
        self._segmented: Segmented | None = None
        self._alpha_of: Callable[[Box], MaskF32] | None = None
        self._ideal: Ideal | None = None
        self._peak_before_steady_mb = 0.0
        self._steps = StepMemory()

    def load(self, spec: dict[str, Any], started_s: float) -> Loaded:
        """Import and load a variant; ``started_s`` is the monotonic time the process began."""
        import cv2

        from hairopt.measure.messages import Loaded
        from hairopt.pipeline import Pipeline
        from hairopt.variants.schema import Variant

        variant = Variant.model_validate(spec)
        cv2.setNumThreads(variant.segment.most_threads)
        import_ms = (time.monotonic() - started_s) * 1000
        with ImportClock() as clock:
            start = time.perf_counter()
            self._pipeline = Pipeline(variant, self.watcher, self._steps.watch)
            load_ms = (time.perf_counter() - start) * 1000
        gc.collect()
        return Loaded(
            import_ms=import_ms + clock.total_ms,
            load_ms=max(load_ms - clock.total_ms, 0.0),
            after_load_mb=memory.resident_mb(),
            model=_model_info(self._pipeline.model_file),
            steps=tuple(info for f in self._pipeline.step_files if (info := _model_info(f))),
        )

    def first(self, photo: Photo, shade: Shade, intensity: float) -> First:
        """The request that finds nothing warm."""
        from hairopt.measure.messages import First

        with ImportClock() as clock:
            start = time.perf_counter()
            self._pipeline.run(photo, shade, intensity)
            first_ms = (time.perf_counter() - start) * 1000
        return First(max(first_ms - clock.total_ms, 0.0), clock.total_ms)

    def settle(self) -> bool:
        """Begin the steady state: freeze the garbage collector, reset the peak-RSS counter.

        Returns:
            Whether the kernel could reset the high-water mark.
        """
        gc.collect()
        gc.freeze()
        self._peak_before_steady_mb = memory.peak_mb()
        return memory.reset_peak()

    def time(self, photo: Photo, shade: Shade, intensity: float) -> Timing:
        """One request, timed.

        Garbage is collected after it and not during it, so that no request pays for the rubbish
        of another one; not before it, because that would wake a process that has been idle.
        """
        from hairopt.measure.messages import Timing

        gc.disable()
        try:
            cpu_start = time.process_time()
            start = time.perf_counter()
            rendered = self._pipeline.run(photo, shade, intensity)
            total_ms = (time.perf_counter() - start) * 1000
            cpu_ms = (time.process_time() - cpu_start) * 1000
        finally:
            gc.enable()
            gc.collect()
        return Timing(total_ms, cpu_ms, dict(rendered.stage_ms), rendered.steps)

    def turn(self, requests: list[tuple[StoredPhoto, Shade, float]]) -> Iterator[Timing | Refused]:
        """Some requests back to back, each with an answer of its own.

        The process reads the photos itself and waits for nobody in between: a process that waits
        for its next request may go on on another core, with cold caches.
        """
        from hairopt.pipeline import Given

        for photo, shade, intensity in requests:
            try:
                answer: Timing | Refused = self.time(Given(photo.read()), shade, intensity)
            except Exception as error:
                answer = refusal(error)
            yield answer

    def peaks(self) -> Peaks:
        """Resident memory, its high-water marks among it; asked before any quality work."""
        from hairopt.measure.messages import Peaks

        resident_mb = memory.resident_mb()
        # The kernel brings its high-water mark up to date a page late.
        steady_mb = max(memory.peak_mb(), resident_mb)
        peak_mb = max(self._peak_before_steady_mb, steady_mb)
        return Peaks(peak_mb, steady_mb, resident_mb, dict(self._steps.grown_mb))

    def execution(self) -> Explained:
        """What the runtime made of the network; asked last, since it is loaded once more."""
        from hairopt.measure.messages import Explained

        return Explained(self._pipeline.execution())

    def segment(self, photo: Photo) -> MaskF32:
        """The mask of a photo, at the network's resolution; ``dye`` goes on from it."""
        self._segmented = self._alpha_of = self._ideal = None  # two photos at once may be too large
        self._segmented = self._pipeline.segment(photo)
        return self._segmented.mask

    def expectation(self) -> Expectation | Expected:
        """The calibration of its masks, or what stands in for it."""
        return self._pipeline.expectation

    def steps(self) -> tuple[StepAnswer, ...]:
        """Of a cascade, the steps that were asked for the photo that was segmented last."""
        return self._segmented.steps if self._segmented is not None else ()

    def dye(self, shade: Shade, intensity: float) -> Dyed:
        """The answer for the photo that was segmented last; ``alpha`` goes on from it."""
        from hairopt.measure.messages import Dyed

        assert self._segmented is not None, "nothing is segmented"
        self._alpha_of = None
        rendered = self._pipeline.dye(self._segmented, shade, intensity)
        self._alpha_of = rendered.alpha_of
        height, width = rendered.image.shape[:2]
        return Dyed(rendered.encoded, (height, width), rendered.box)

    def alpha(self, box: Box) -> MaskF32:
        """What the dyed layer of the last answer was blended with, in a part of its box."""
        assert self._alpha_of is not None, "nothing is dyed"
        from hairopt.stages.answers import require_shares

        alpha = self._alpha_of(box)
        require_shares("the stage postprocess", alpha)
        return alpha

    def truth(self, mask: MaskF32, photo: Photo | None) -> bool:
        """The mask that ``ideal`` dyes the last photo with, at the network's resolution.

        Args:
            mask: float32 (h, w) in [0, 1].
            photo: the photo once more, for a variant that decodes a smaller one; else None.
        """
        assert self._segmented is not None, "nothing is segmented"
        image = self._segmented.image
        if photo is not None:
            image = self._pipeline.decode(photo, reduce=1)
        self._ideal = Ideal(self._pipeline, image, mask)
        return True

    def ideal(self, shade: Shade, intensity: float, box: Box, levels: MaskU8) -> ImageU8:
        """A part of the answer with the truth as mask, not encoded: uint8 (height, width, 3).

        Args:
            shade: the colour.
            intensity: 0..100.
            box: the part.
            levels: the truth there, uint8 (height, width).
        """
        assert self._ideal is not None, "no truth is known"
        return self._ideal.part(shade, intensity, box, levels)

    def close(self) -> None:
        """Release the network, if there is one."""
        pipeline = getattr(self, "_pipeline", None)
        if pipeline is not None:
            pipeline.close()


class StepMemory:
    """By how much resident memory grew for each step of a cascade, in MB.

    Attributes:
        grown_mb: index of the step -> growth while it was loaded and answered for the first time.
    """

    def __init__(self) -> None:
        self.grown_mb: dict[int, float] = {}
        self._seen: dict[int, int] = {}

    @contextlib.contextmanager
    def watch(self, step: int) -> Iterator[None]:
        """Entered around the loading and around every call of a step."""
        self._seen[step] = self._seen.get(step, 0) + 1
        if self._seen[step] > _LOAD_AND_FIRST:
            yield
            return
        before_mb = memory.resident_mb()
        try:
            yield
        finally:
            grown_mb = max(0.0, memory.resident_mb() - before_mb)
            self.grown_mb[step] = self.grown_mb.get(step, 0.0) + grown_mb


class Ideal:
    """One photo, dyed with a mask that is exact."""

    def __init__(self, pipeline: Pipeline, image: ImageU8, mask: MaskF32) -> None:
        self._pipeline, self._image, self._mask = pipeline, image, mask
        self._last: tuple[Shade, float, Dye] | None = None

    def part(self, shade: Shade, intensity: float, box: Box, levels: MaskU8) -> ImageU8:
        """See ``Server.ideal``."""
        from hairopt.raster import coverage
        from hairopt.stages.postprocess import blend
        from hairopt.types import Box

        if self._last is None or self._last[:2] != (shade, intensity):
            dye = self._pipeline.recolor(self._image, self._mask, shade, intensity)
            self._last = shade, intensity, dye
        layer = self._last[2](box)
        place = Box.full(*levels.shape)
        return blend(self._image[box.slices], [(place, layer)], coverage(levels), place)


def serve(server: Operations, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    with contextlib.suppress(EOFError):
        while True:
            answer = _answer(server, requests)
            for one in answer if isinstance(answer, Iterator) else (answer,):
                pickle.dump(one, answers, protocol=pickle.HIGHEST_PROTOCOL)
                answers.flush()


def _answer(server: Operations, requests: BinaryIO) -> object:
    """What the next request is answered; nothing of either is held afterwards.

    Raises:
        EOFError: there is none.
    """
    operation, arguments = pickle.load(requests)
    try:
        from hairopt.pipeline import Given

        arguments = [Given(one) if isinstance(one, bytes) else one for one in arguments]
        return getattr(server, operation)(*arguments)
    except Exception as error:
        return refusal(error)


def refusal(error: Exception) -> Refused:
    """What is answered instead of an answer."""
    import traceback

    from hairopt.absent import absent_part
    from hairopt.backends.errors import BackendGoneError
    from hairopt.errors import HairoptError, UnavailableError
    from hairopt.measure.messages import Refused

    error = absent_part(error) or error
    if isinstance(error, UnavailableError):
        reason = error.args[0] if error.args else "unavailable"
        return Refused(str(reason), unavailable=True, fix=error.fix)
    if isinstance(error, HairoptError):
        return Refused(str(error), is_final=isinstance(error, BackendGoneError))
    hint = f"; {REFUSAL}" if was_refused(error) else ""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return Refused(f"{type(error).__name__}: {error} ({where}){hint}")


def _model_info(file: ModelFile | None) -> dict[str, Any] | None:
    if file is None:
        return None
    return {
        "name": file.record.name,
        "sha256": file.sha256,
        "bytes": file.path.stat().st_size,
        "licence": file.record.licence,
        "format": file.format,
        "precision": file.precision,
        "derivation": file.derivation,
        "source_sha256": file.record.sha256,
        "contract": file.record.contract.model_dump(mode="json"),
    }


def _end_with_parent() -> None:
    """Have the kernel kill this process when the parent dies, even by a signal none can catch.

    Elsewhere than on Linux the closed stdin ends it after the request at hand.
    """
    if sys.platform != "linux":
        return
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def main(server: Operations | None = None, *, starts_programs: bool = False) -> None:
    """Entry point of the process.

    Args:
        server: where another module serves other operations.
        starts_programs: whether it may start programs of the user, which have a network; the
            process itself has none all the same.
    """
    _end_with_parent()
    if WITH_NETWORK not in sys.argv:
        refuse_internet(with_way_out=starts_programs)
    faulthandler.enable()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    server = server or Server()
    try:
        serve(server, requests, answers)
    finally:
        server.close()


if __name__ == "__main__":
    main()
