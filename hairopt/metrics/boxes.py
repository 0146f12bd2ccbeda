"""Rectangles of pixels: around a region, around each other, with room."""

from __future__ import annotations

import numpy as np

from hairopt.types import Box, MaskBool


def bounding_box(region: MaskBool, room_px: int = 0) -> Box:
    """The least rectangle around a region, widened by ``room_px`` inside the picture."""
    import cv2

    left, top, width, height = cv2.boundingRect(region.view(np.uint8))
    box = Box(top, top + height, left, left + width)
    return box if box.is_empty else widened(box, room_px, region.shape)


def widened(box: Box, room_px: int, shape: tuple[int, ...]) -> Box:
    """A rectangle with so much room on every side, as far as the picture reaches."""
    return Box(
        max(0, box.top - room_px),
        min(shape[0], box.bottom + room_px),
        max(0, box.left - room_px),
        min(shape[1], box.right + room_px),
    )


def contains(outer: Box, inner: Box) -> bool:
    """Whether one rectangle lies within another; an empty one lies everywhere."""
    return inner.is_empty or hull(outer, inner) == outer


def hull(box1: Box, box2: Box) -> Box:
    """The least rectangle around two."""
    return Box(
        min(box1.top, box2.top),
        max(box1.bottom, box2.bottom),
        min(box1.left, box2.left),
        max(box1.right, box2.right),
    )
