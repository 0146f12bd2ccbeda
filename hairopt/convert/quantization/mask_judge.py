"""Mean IoU of a form of a network on labelled cases, which a search maximises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.quantization.calibration import photo_hash
from hairopt.datasets.case import Case
from hairopt.errors import DataError
from hairopt.metrics.mask import iou
from hairopt.models.contract import Contract, InputContract
from hairopt.models.squash import squash
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.onnx_session import open_session
from hairopt.types import ImageU8, MaskBool, MaskU8

if TYPE_CHECKING:
    import onnx


_LEAST_IOU = 0.01
"""Least mean IoU of float32; below it single pixels would decide a comparison."""


@dataclass(frozen=True)
class _Seen:
    """What is kept of a photo of any size: its hash, and the photo at the network's size."""

    sha256: str
    small: ImageU8

    @classmethod
    def of(cls, photo: ImageU8, contract: InputContract) -> _Seen:
        return cls(photo_hash(photo), squash(photo, contract.height, contract.width))


@dataclass(frozen=True)
class _Truth:
    """A set of pixels, eight in a byte."""

    bits: NDArray[np.uint8]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, levels: MaskU8) -> _Truth:
        return cls(np.packbits(levels >= 128), levels.shape)

    @property
    def unpacked(self) -> MaskBool:
        count = self.shape[0] * self.shape[1]
        return np.unpackbits(self.bits, count=count).view(np.bool_).reshape(self.shape)


class Judge:
    """Labelled cases in memory, to judge any number of forms with the same contract.

    Attributes:
        photos: each photo at the network's size, uint8 (h, w, 3) RGB.
        hashes: case name -> ``photo_hash`` of its photo.
    """

    def __init__(self, contract: Contract, cases: Sequence[Case]) -> None:
        """Read the cases; only the network's input and the truth are kept.

        Raises:
            DataError: no case, or one that cannot be read.
        """
        if not cases:
            raise DataError("there is no image to judge with; give a dataset with truth masks")
        self._contract = contract
        self._inputs: list[NDArray[np.generic]] = []
        self._truths: list[_Truth] = []
        self.photos: list[ImageU8] = []
        self.hashes: dict[str, str] = {}
        for case in cases:
            photo = case.read(partial(_Seen.of, contract=contract.input), with_dyed=False)
            self.photos.append(photo.image.small)
            self.hashes[case.name] = photo.image.sha256
            self._inputs.append(prepare(photo.image.small, contract.input))
            self._truths.append(_Truth.of(photo.levels))

    def iou(self, model: onnx.ModelProto) -> float:
        """Mean IoU of the masks at 0.5, at the size of the truth, without undefined cases.

        Raises:
            ModelError: onnxruntime cannot load or run the network.
            DataError: the IoU is defined for none of the cases.
        """
        import cv2

        session = open_session(model)  # as in a bench: with the 8-bit kernels of this CPU
        scores = []
        for tensor, packed in zip(self._inputs, self._truths, strict=True):
            truth = packed.unpacked
            output = session.run([self._contract.output.name], {self._contract.input.name: tensor})
            mask = read_mask(output[0], self._contract.output)
            large = cv2.resize(mask, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
            score = iou(np.asarray(large) > 0.5, truth)
            if score is not None:
                scores.append(score)
        if not scores:
            raise DataError("the IoU is defined for no image: truth and masks are all empty")
        return float(np.mean(scores))


def require_hair_found(iou_float32: float) -> float:
    """Return the float32 network's mean IoU, if it is large enough to divide by.

    Raises:
        DataError: it is zero or too small.
    """
    if iou_float32 < _LEAST_IOU:
        raise DataError(
            f"the float32 network itself finds no hair in these images (mean IoU "
            f"{iou_float32:.4f}), so the share that another precision keeps is undefined; "
            "judge with images that show hair, and check the masks and the model's contract"
        )
    return iou_float32
