"""The learned step: from what is seen to where the dyed colours lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.stages.recolor.tone.curve import Placement
from hairopt.stages.recolor.tone.look import Look, Vector
from hairopt.types import Shade

WEIGHTS = Path(__file__).parent / "weights.npz"
"""Fitted to rendered pairs by ``python -m tools.tone``; CC0-1.0, as the pairs."""

LIMIT = 4.0
"""Standard deviations; beyond what it was fitted to, the placement stays where it ends."""

SHADE, JOINED = 3, 2
"""Numbers of the shade, the last of what is seen; and the layer from which on they count."""

Layers = tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]


def place(look: Look, shade: Shade) -> Placement:
    """Where the colours of this hair lie once it is dyed in a shade.

    The mean of several networks with layers of ``tanh``. The first two turn the standardised
    numbers of ``Look`` into a few, which tell hair and light; three more turn those and the shade
    into the eight numbers of ``Placement``.
    """
    mean, scale, layers = _weights()
    seen = np.clip((look.with_shade(shade) - mean) / scale, -LIMIT, LIMIT)
    values: NDArray[np.float32] = seen[None, None, :-SHADE]
    for index, (weight, bias) in enumerate(layers):
        if index == JOINED:
            wanted = np.broadcast_to(seen[-SHADE:], (len(values), 1, SHADE))
            values = np.concatenate([values, wanted], axis=2)
        values = values @ weight + bias
        if index < len(layers) - 1:
            values = np.tanh(values)
    return Placement(*(float(value) for value in values.mean(axis=0)[0]))


@cache
def _weights() -> tuple[Vector, Vector, Layers]:
    """Mean and scale of what is seen, and per layer weights (networks, in, out) and biases."""
    with np.load(WEIGHTS) as file:
        count = sum(name.startswith("weight") for name in file)
        layers = tuple((file[f"weight{i}"], file[f"bias{i}"]) for i in range(count))
        return file["mean"], file["scale"], layers
