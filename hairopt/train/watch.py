"""Evaluate a network during training: mean IoU over pictures that it is not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hairopt.datasets.dataset import Dataset
from hairopt.metrics.mask import iou
from hairopt.models.squash import squash
from hairopt.train.labels import LabelledPhoto, LabelStore
from hairopt.types import ImageU8, MaskBool


@dataclass(frozen=True)
class Watched:
    """A picture at the network's size, and its truth at the photo's.

    Attributes:
        name: the case or file.
        image: uint8 (S, S, 3) RGB.
        truth: bool (H, W).
    """

    name: str
    image: ImageU8
    truth: MaskBool


def watched_cases(dataset: Dataset, side_px: int) -> list[Watched]:
    """The cases of a dataset, resized as for every runtime.

    Raises:
        DataError: a case cannot be read.
    """
    found = []
    for case in dataset.cases:
        loaded = case.read(partial(squash, height_px=side_px, width_px=side_px), with_dyed=False)
        found.append(Watched(case.name, loaded.image, loaded.levels >= 128))
    return found


def held_out(store: LabelStore, entries: Iterable[LabelledPhoto], side_px: int) -> list[Watched]:
    """The held-out photos with their labels."""
    found = []
    for entry in entries:
        if entry.held_out and entry.usable:
            image, label = store.read(entry)
            found.append(Watched(entry.origin, squash(image, side_px, side_px), label > 127))
    return found


def mean_iou(network: nn.Module, watched: Sequence[Watched], device: str) -> float | None:
    """Mean IoU at 0.5; None if it is undefined for every picture."""
    values = [value for value in each_iou(network, watched, device) if value is not None]
    return float(np.mean(values)) if values else None


def each_iou(network: nn.Module, watched: Sequence[Watched], device: str) -> list[float | None]:
    """IoU of every picture at 0.5, at its own size; None if mask and truth are empty."""
    was_training = network.training
    network.eval()
    values = [
        iou(_upscaled(_logits(network, one.image, device), one.truth), one.truth) for one in watched
    ]
    network.train(was_training)
    return values


def _logits(network: nn.Module, image: ImageU8, device: str) -> NDArray[np.float32]:
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)[None])
    batch = torch.from_numpy(planes).to(device).float() / 255
    batch = batch.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        probability = network(batch).float().sigmoid()
    return np.asarray(probability[0, 0].cpu().numpy())


def _upscaled(probability: NDArray[np.float32], truth: MaskBool) -> MaskBool:
    import cv2

    height, width = truth.shape
    return np.asarray(cv2.resize(probability, (width, height)) > 0.5)
