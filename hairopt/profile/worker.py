"""The profiled process: a bench worker with more operations.

``python -m hairopt.profile.worker``, driven like ``hairopt.measure.worker``.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hairopt.measure import memory
from hairopt.measure.import_clock import ImportClock
from hairopt.measure.worker import Server, main
from hairopt.profile.model import Sample

if TYPE_CHECKING:
    from hairopt.pipeline import Given, Rendered
    from hairopt.profile.model import NetworkProfile
    from hairopt.types import Shade

_COPIES = 5


class ProfileServer(Server):
    """A server that also measures memory by stage and layers, and makes a flame graph."""

    def __init__(self) -> None:
        super().__init__()
        self.watcher = self._watch
        self._looks_at_memory = False
        self._peaks: dict[str, float] = {}

    def sample(self, photo: Given, shade: Shade, intensity: float, looks_at_memory: bool) -> Sample:
        """One request; if memory is measured, its times are not valid, because that takes time."""
        self._looks_at_memory, self._peaks = looks_at_memory, {}
        photo_bytes = len(photo)
        gc.collect()
        gc.disable()
        try:
            with ImportClock() as clock:
                segmented = self._pipeline.segment(photo)
                rendered = self._pipeline.dye(segmented, shade, intensity)
        finally:
            gc.enable()
        height, width = segmented.image.shape[:2]
        return Sample(
            rendered.stage_ms,
            rendered.stage_cpu_ms,
            self._peaks,
            _bytes(photo_bytes, segmented.image.nbytes, rendered),
            clock.total_ms,
            (width, height),
            rendered.steps,
        )

    def copy_ms(self, n_bytes: int) -> float:
        """Time of the fastest of a few copies of this number of bytes, in ms."""
        import numpy as np

        source = np.ones(max(1, n_bytes), dtype=np.uint8)
        target = np.zeros_like(source)
        times = []
        for _ in range(_COPIES):
            start = time.perf_counter()
            np.copyto(target, source)
            times.append((time.perf_counter() - start) * 1000)
        return min(times)

    def recode_ms(self, photo: Given, repeats: int) -> float:
        """Median time of decoding and encoding the photo alone, in ms."""
        data, times = photo(), []
        for _ in range(repeats):
            start = time.perf_counter()
            self._pipeline.recode(data)
            times.append((time.perf_counter() - start) * 1000)
        return statistics.median(times)

    def look_inside(self, photo: Given, segment_ms: float, repeats: int) -> NetworkProfile:
        """The parts of the segment stage, and the operators of the network."""
        from hairopt.profile.network import look_inside

        segment = self._pipeline.variant.segment
        segmented = self._pipeline.segment(photo)
        image = segmented.image
        image.flags.writeable = True  # so that the resized photo is not cached
        if not segmented.steps:
            return look_inside(segment, self._pipeline.model_file, image, segment_ms, repeats)
        dear = max(segmented.steps, key=lambda one: one.ms)
        file, spec = self._pipeline.step_files[dear.step], segment.steps[dear.step]
        found = look_inside(spec, file, image, dear.ms, repeats)
        note = f"step {dear.step + 1}, {spec.label}: {found.note}"
        return found.model_copy(update={"note": note})

    def flame(self, photo: Given, shade: Shade, intensity: float, requests: int) -> str:
        """A speedscope profile of warm requests, as JSON.

        Raises:
            UnavailableError: pyinstrument is not installed.
        """
        try:
            from pyinstrument import Profiler
            from pyinstrument.renderers import SpeedscopeRenderer
        except ImportError as error:
            from hairopt.errors import UnavailableError

            raise UnavailableError(
                "the flame graph needs pyinstrument, which is not installed",
                'pip install "hairopt[profile]"',
            ) from error
        data = photo()
        profiler = Profiler(interval=0.0005)
        with profiler:
            for _ in range(requests):
                self._pipeline.run(data, shade, intensity)
        return str(profiler.output(SpeedscopeRenderer()))

    @contextmanager
    def _watch(self, stage: str) -> Iterator[None]:
        if not self._looks_at_memory:
            yield
            return
        can_tell = memory.reset_peak()
        before = memory.resident_mb()
        yield
        if can_tell:
            rose = max(0.0, memory.peak_mb() - before)
            self._peaks[stage] = max(self._peaks.get(stage, 0.0), rose)


def _bytes(file: int, photo: int, rendered: Rendered) -> dict[str, tuple[int, int]]:
    """Sizes of input and output of every stage, from its arrays."""
    box = rendered.box
    dyed = 0 if box.is_empty else 3 * (box.bottom - box.top) * (box.right - box.left)
    mask, alpha, out = rendered.mask.nbytes, 4 * dyed // 3, rendered.image.nbytes
    return {
        "decode": (file, photo),
        "segment": (photo, mask),
        "recolor": (dyed, dyed),
        "postprocess": (mask + photo + dyed, alpha + out),
        "encode": (out, len(rendered.encoded)),
    }


if __name__ == "__main__":
    main(ProfileServer())
