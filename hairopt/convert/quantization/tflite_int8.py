"""A float32 TFLite network in 8-bit integers, with float32 input and output.

The rules are those of TensorFlow Lite's 8-bit specification: activations int8 per tensor, weights
int8 per output channel and symmetric, biases int32 in steps of input scale times weight scale, one
scale for inputs and output of operators that only move values. XNNPACK converts to wider numbers
before it multiplies, so nothing saturates and all 8 bits are used on every CPU.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.tflite.writer import Affine, Step, TfliteNetwork

INT8_STEPS = (
    "ADD", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "MAX_POOL_2D",
    "MEAN", "MUL", "PAD", "RELU", "RELU6", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR",
)  # fmt: skip
"""Operators that run in 8 bits; LOGISTIC stays float32: a mask in 256 steps gains nothing."""

_MOVES = (
    "CONCATENATION", "DEPTH_TO_SPACE", "MAX_POOL_2D", "PAD", "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
)  # fmt: skip
"""Operators whose inputs and output have to share one scale."""

_OUTPUT_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}
"""Convolution -> the axis of output channels in its weights."""

_LARGEST_BIAS = 2.0**30
Ranges = Mapping[str, tuple[float, float]]


def quantise(
    network: TfliteNetwork,
    ranges: Ranges,
    inputs: Collection[int],
    output: int,
    float_tensors: Collection[int] = (),
) -> tuple[TfliteNetwork, list[int], int]:
    """Write a network in 8 bits wherever the ranges are known.

    Args:
        network: float32; it is not changed.
        ranges: name of a computed tensor -> (minimum, maximum).
        inputs: input tensors of the network; they stay float32.
        output: output tensor of the network; it stays float32.
        float_tensors: outputs of operators that stay float32.

    Returns:
        The network, and the numbers of its inputs and of its output.
    """
    scales = _scales(network, ranges, inputs)
    making = _Making(network, scales)
    fed = [making.feed(number) for number in inputs]
    for step in network.steps:
        computed = [number for number in (*step.inputs, step.output) if making.is_computed(number)]
        fits = step.kind in INT8_STEPS and all(number in scales for number in computed)
        if fits and step.output not in float_tensors:
            making.in_8_bits(step)
        else:
            making.in_float32(step)
    return making.result, fed, making.float32(output)


def _scales(network: TfliteNetwork, ranges: Ranges, inputs: Collection[int]) -> dict[int, Affine]:
    """The scale of every computed tensor, from its range or from the tensor it is moved from."""
    group = {number: number for number in (*inputs, *(step.output for step in network.steps))}

    def leader(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for step in network.steps:
        if step.kind in _MOVES:
            for number in step.inputs:
                if number in group:
                    group[leader(number)] = leader(step.output)
    limits: dict[int, tuple[float, float]] = {}
    for number in group:
        known = ranges.get(network.tensors[number].name)
        if known is not None:
            low, high = limits.get(leader(number), (0.0, 0.0))  # zero has to be exact: padding
            limits[leader(number)] = (min(low, known[0]), max(high, known[1]))
    return {
        number: _affine(*limits[leader(number)]) for number in group if leader(number) in limits
    }


def _affine(low: float, high: float) -> Affine:
    """The steps of a range: stored = real / scale + zero point, -128..127."""
    scale = max(high - low, 1e-6) / 255
    return Affine((scale,), (int(np.clip(round(-128 - low / scale), -128, 127)),))


@dataclass
class _Making:
    """A quantised network that is being built; old tensors have a number, in one or both types."""

    old: TfliteNetwork
    scales: dict[int, Affine]
    result: TfliteNetwork = field(default_factory=TfliteNetwork)
    _wide: dict[int, int] = field(default_factory=dict)
    _small: dict[int, int] = field(default_factory=dict)

    def is_computed(self, number: int) -> bool:
        """Whether a tensor is an input or computed, and no constant."""
        return not self.old.tensors[number].data

    def feed(self, number: int) -> int:
        """Add an input, float32 as before."""
        tensor = self.old.tensors[number]
        self._wide[number] = self.result.tensor(tensor.name, tensor.shape)
        return self._wide[number]

    def in_float32(self, step: Step) -> None:
        """Add an operator in float32, unchanged."""
        tensor = self.old.tensors[step.output]
        sources = [self.float32(number) for number in step.inputs]
        self._wide[step.output] = self.result.tensor(tensor.name, tensor.shape)
        self.result.step(step.kind, sources, self._wide[step.output], *step.options)

    def in_8_bits(self, step: Step) -> None:
        """Add an operator with 8-bit activations and weights."""
        if step.kind in _OUTPUT_AXIS:
            source, kernel, bias = step.inputs
            sources = [self._int8(source), *self._weights(step, kernel, bias)]
        else:
            sources = [self._int8(number) for number in step.inputs]
        self._small[step.output] = self._small_tensor(step.output)
        self.result.step(step.kind, sources, self._small[step.output], *step.options)

    def float32(self, number: int) -> int:
        """A tensor in float32, converted if necessary."""
        if number not in self._wide:
            tensor = self.old.tensors[number]
            if self.is_computed(number):
                self._wide[number] = self.result.tensor(tensor.name, tensor.shape)
                self.result.step("DEQUANTIZE", [self._small[number]], self._wide[number])
            else:
                self._wide[number] = self.result.constant(tensor.name, tensor.value)
        return self._wide[number]

    def _int8(self, number: int) -> int:
        """A tensor in 8 bits, converted if necessary; tensors of axes and sizes are unchanged."""
        tensor = self.old.tensors[number]
        if number in self._small:
            return self._small[number]
        if self.is_computed(number):
            self._small[number] = self._small_tensor(number)
            self.result.step("QUANTIZE", [self._wide[number]], self._small[number])
        elif tensor.dtype != "float32":
            return self.float32(number)
        else:
            value = tensor.value
            affine = _affine(min(0.0, float(value.min())), max(0.0, float(value.max())))
            stored = _stored(value, affine.scale[0], affine.zero_point[0])
            self._small[number] = self.result.constant(f"{tensor.name}/int8", stored, affine)
        return self._small[number]

    def _small_tensor(self, number: int) -> int:
        tensor = self.old.tensors[number]
        return self.result.tensor(f"{tensor.name}/int8", tensor.shape, self.scales[number])

    def _weights(self, step: Step, kernel: int, bias: int) -> list[int]:
        """Weights per output channel, and the bias in steps of input times weight."""
        axis = _OUTPUT_AXIS[step.kind]
        weights, offsets = self.old.tensors[kernel], self.old.tensors[bias]
        entry, answer = (self.scales[number].scale[0] for number in (step.inputs[0], step.output))
        others = tuple(side for side in range(4) if side != axis)
        scale = np.abs(weights.value).max(axis=others).astype(np.float64) / 127
        # A channel of zeros needs a scale, too: for its bias and its product.
        scale = np.maximum(scale, np.abs(offsets.value) / (entry * _LARGEST_BIAS))
        scale = np.maximum(scale, answer / entry / _LARGEST_BIAS)
        shape = [-1 if side == axis else 1 for side in range(4)]
        stored = np.clip(np.rint(weights.value / scale.reshape(shape)), -127, 127).astype(np.int8)
        steps = entry * scale
        added = np.rint(offsets.value / steps).astype(np.int32)
        return [
            self.result.constant(f"{weights.name}/int8", stored, _symmetric(scale, axis)),
            self.result.constant(f"{offsets.name}/int32", added, _symmetric(steps, 0)),
        ]


def _stored(value: NDArray[Any], scale: float, zero_point: int) -> NDArray[np.int8]:
    stored: NDArray[np.int8] = np.clip(np.rint(value / scale) + zero_point, -128, 127).astype(
        np.int8
    )
    return stored


def _symmetric(scale: NDArray[np.float64], axis: int) -> Affine:
    return Affine(tuple(float(one) for one in scale), (0,) * scale.size, axis)
