"""Runtime ``mediapipe``: TFLite networks in MediaPipe Tasks' ImageSegmenter, without network."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hairopt.absent import absent_part
from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import Contract, ModelFile
from hairopt.models.mediapipe_metadata import MediapipeMetadata, read_metadata
from hairopt.models.squash import squash
from hairopt.models.tensors import read_mask
from hairopt.native_log import quiet_stderr
from hairopt.offline.thread import OfflineThread
from hairopt.runtimes.installed import package_version, require
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import ImageSegmenter

_ELSEWHERE = "the same file runs with runtime litert"


class MediaPipeRuntime:
    """Loads TFLite files that have MediaPipe's metadata.

    MediaPipe reports usage to Google and has no setting against it. So all of it, the import
    included, runs in a thread without network access (``hairopt.offline.thread``). Its input size
    and its one thread are fixed. It takes normalisation and activation from the file's metadata,
    so a model with another contract cannot run.
    """

    name = "mediapipe"
    formats = ("tflite",)

    def check(self) -> None:
        """Raise UnavailableError if MediaPipe is not installed or cannot be kept offline."""
        require("mediapipe", self.name, "pip install mediapipe")
        OfflineThread().close()

    def version(self) -> str:
        """Version of MediaPipe."""
        return package_version("mediapipe")

    def load(self, file: ModelFile, settings: RuntimeSettings) -> Segmenter:
        """Load a network.

        Raises:
            UnavailableError: MediaPipe or a system library that it needs is not installed; it
                cannot be kept offline on this machine; it does not have the settings; or the
                file has no MediaPipe metadata, or they contradict the model's contract.
            ModelError: the file cannot be loaded.
        """
        require("mediapipe", self.name, "pip install mediapipe")
        settings.require_only(self.name)
        _require_possible(file, settings)
        thread = OfflineThread()
        with quiet_stderr() as log:
            try:
                segmenter = thread.run(_create, str(file.path))
            except Exception as error:  # RuntimeError, ValueError and others, by version
                thread.close()
                if (absent := absent_part(error)) is not None:
                    raise absent from error
                reason = " ".join(f"{error} {log()}".split())
                raise ModelError(f"MediaPipe cannot load {file.path}: {reason}") from error
        return _MediaPipeSegmenter(thread, segmenter, file)


class _MediaPipeSegmenter:
    """A MediaPipe task in its own thread."""

    def __init__(self, thread: OfflineThread, segmenter: ImageSegmenter, file: ModelFile) -> None:
        self._thread = thread
        self._segmenter = segmenter
        self._file = file
        self._release = weakref.finalize(self, _release, thread, segmenter)

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair, float32 (h, w) in [0, 1], for uint8 (H, W, 3) RGB.

        MediaPipe resizes masks to the size of the picture. So the picture is first resized to the
        network's input size, and the mask stays as the network made it.

        Raises:
            ModelError: MediaPipe fails on this photo, or its masks contradict the contract.
        """
        if not self._release.alive:
            raise ModelError(f"{self._file.path} was closed")
        contract = self._file.contract
        small = np.ascontiguousarray(squash(image, contract.input.height, contract.input.width))
        try:
            masks = self._thread.run(_segment, self._segmenter, small)
        except Exception as error:  # as above
            raise ModelError(f"MediaPipe failed on {self._file.path}: {error}") from error
        if len(masks) != contract.output.channels:
            raise ModelError(
                f"{self._file.path} returns {len(masks)} masks; the contract says "
                f"{contract.output.channels}"
            )
        # MediaPipe has already turned them into probabilities.
        probability = contract.output.model_copy(
            update={"kind": "softmax", "layout": "NCHW", "dtype": "float32", "quantization": None}
        )
        return read_mask(masks[None], probability)

    def close(self) -> None:
        """Release the task and its thread."""
        self._release()


def _require_possible(file: ModelFile, settings: RuntimeSettings) -> None:
    contract = file.contract.input
    own, asked = (contract.height, contract.width), (settings.input_size, settings.input_size)
    if settings.input_size is not None and asked != own:
        raise UnavailableError(
            f"MediaPipe runs {file.path} at its own {contract.height}x{contract.width} only, not "
            f"at {settings.input_size}; {_ELSEWHERE}"
        )
    if settings.threads != 1:
        raise UnavailableError(
            f"MediaPipe runs a network in one thread, {settings.threads} cannot be set; "
            f"{_ELSEWHERE}"
        )
    metadata = read_metadata(file.path)
    if metadata is None:
        raise UnavailableError(
            f"{file.path} has no MediaPipe metadata, which MediaPipe Tasks needs; {_ELSEWHERE}"
        )
    differences = _differences(file.contract, metadata)
    if differences:
        raise UnavailableError(
            f"MediaPipe runs {file.path} by the metadata in the file, and model "
            f"{file.record.name} has another contract: {'; '.join(differences)}; {_ELSEWHERE}"
        )


def _differences(contract: Contract, metadata: MediapipeMetadata) -> list[str]:
    """Each point in which Tasks would make the input or read the output against the contract."""
    entry, found = contract.input, []
    if entry.channel_order != "RGB":
        found.append(f"{entry.channel_order}, MediaPipe feeds RGB")
    for name in ("mean", "std"):
        told = np.asarray(getattr(metadata, name)) / 255
        asked = np.asarray(getattr(entry, name))
        # If the file does not state it, Tasks itself raises an error that says so.
        if told.size in (1, 3) and not np.allclose(told, asked, rtol=1e-3, atol=1e-4):
            shown = " ".join(f"{value:.4g}" for value in told)
            found.append(f"{name} {' '.join(f'{value:.4g}' for value in asked)}, not {shown}")
    if contract.output.activation != metadata.activation:
        found.append(
            f"activation {contract.output.activation} on {contract.output.kind}, not "
            f"{metadata.activation}"
        )
    return found


def _create(path: str) -> ImageSegmenter:
    """In the offline thread: import MediaPipe and load a network."""
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import ImageSegmenter, ImageSegmenterOptions

    options = ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_path=path),
        output_confidence_masks=True,
        output_category_mask=False,
    )
    return ImageSegmenter.create_from_options(options)


def _segment(segmenter: ImageSegmenter, small: ImageU8) -> NDArray[np.float32]:
    """In the offline thread: all confidence masks, float32 (C, h, w)."""
    import mediapipe

    picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=small)
    result = segmenter.segment(picture)
    # Copied here: numpy_view() points into memory that is freed with the result.
    return np.stack(
        [mask.numpy_view().reshape(small.shape[:2]) for mask in result.confidence_masks]
    )


def _release(thread: OfflineThread, segmenter: ImageSegmenter) -> None:
    """Close a task once; at interpreter exit, when no thread can run any more, only drop it."""
    try:
        thread.run(segmenter.close)
    except RuntimeError:
        # The task would close itself in __del__ and print errors about threads that Python has
        # already ended; without its handle it does not.
        segmenter._handle = None
    thread.close()


RUNTIME = MediaPipeRuntime()
