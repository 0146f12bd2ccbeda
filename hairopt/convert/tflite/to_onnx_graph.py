"""The ONNX graph under construction while TFLite operators are lowered into it.

Pictures are NHWC in TFLite and channels first in ONNX. Inside, the two image axes can be in either
order: ``HW``, or ``WH`` (the reason is in ``to_onnx``). Only this file handles the order of axes;
the operators use that of TFLite.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.tflite.reader import Operator, Tensor, TfliteGraph

AxisOrder = Literal["HW", "WH"]
Attribute: TypeAlias = int | float | str | list[int]


class UnsupportedError(ValueError):
    """An operator, or a use of one, that cannot be converted exactly."""


class Lowering:
    """Collects nodes and constants.

    Attributes:
        graph: the TFLite graph.
        permutation: NHWC axes in the order of the ONNX graph.
        nodes: the ONNX nodes so far.
        initializers: the constants so far.
    """

    def __init__(self, graph: TfliteGraph, order: AxisOrder) -> None:
        self.graph = graph
        self.permutation = (0, 3, 1, 2) if order == "HW" else (0, 3, 2, 1)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._order = order
        self._names: dict[int, str] = {}
        self._taken: set[str] = set()
        self._constants: dict[int, NDArray[Any]] = {}

    def name(self, index: int) -> str:
        """The ONNX name of a tensor: its original name, made unique."""
        if index not in self._names:
            self._names[index] = self.fresh(self.graph.tensors[index].name or f"tensor_{index}")
        return self._names[index]

    def fresh(self, wish: str) -> str:
        """A name that no other tensor has."""
        name, number = wish, 2
        while name in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name)
        return name

    def tensor(self, index: int) -> Tensor:
        """The tensor of an input or output that must be there."""
        if index < 0:
            raise UnsupportedError("an input that is needed is left out")
        return self.graph.tensors[index]

    def shape(self, index: int) -> tuple[int, int, int, int]:
        """NHWC sizes of a picture tensor."""
        shape = self.tensor(index).shape
        if len(shape) != 4:
            raise UnsupportedError(f"its tensor has the shape {shape}; only NHWC is handled")
        return shape[0], shape[1], shape[2], shape[3]

    def activation(self, index: int) -> str:
        """The name of a computed picture tensor."""
        self.shape(index)
        if self.constant(index) is not None:
            raise UnsupportedError("its data input is a constant")
        return self.name(index)

    def constant(self, index: int) -> NDArray[Any] | None:
        """The value of a tensor if it is known, otherwise None."""
        known = self._constants.get(index)
        return self.tensor(index).data if known is None else known

    def weights(self, index: int) -> NDArray[Any]:
        """The value of a tensor that must be constant."""
        value = self.constant(index)
        if value is None:
            raise UnsupportedError("its weights are computed, only constant ones are handled")
        return value

    def set_constant(self, index: int, value: NDArray[Any]) -> None:
        """Store the value of a tensor that is computed from constants."""
        self._constants[index] = value

    def spatial(self, pair: tuple[int, int]) -> list[int]:
        """A (height, width) pair in the order of the ONNX graph."""
        return list(pair) if self._order == "HW" else [pair[1], pair[0]]

    def pads(self, rows: tuple[int, int], columns: tuple[int, int]) -> list[int]:
        """ONNX ``pads`` from (before, after) of both axes."""
        first, second = (rows, columns) if self._order == "HW" else (columns, rows)
        return [first[0], second[0], first[1], second[1]]

    def axis(self, axis: int) -> int:
        """The ONNX axis of an NHWC axis, which may be negative."""
        return self.permutation.index(axis % 4)

    def kernel(self, ohwi: NDArray[Any], front: tuple[int, int]) -> NDArray[Any]:
        """Weights O H W I with the axes ``front`` (of O=0, I=3) first, then the image axes."""
        image_axes = (1, 2) if self._order == "HW" else (2, 1)
        value: NDArray[Any] = ohwi.transpose(*front, *image_axes)
        return value

    def picture(self, value: NDArray[Any]) -> NDArray[Any]:
        """A constant that broadcasts against NHWC, in the axes of the ONNX graph."""
        if value.ndim > 4:
            raise UnsupportedError(f"a constant has {value.ndim} axes")
        nhwc = value.reshape((1,) * (4 - value.ndim) + value.shape)
        moved: NDArray[Any] = nhwc.transpose(self.permutation)
        return moved

    def add_constant(self, wish: str, value: NDArray[Any]) -> str:
        """Store a constant and return its name."""
        from onnx import numpy_helper

        name = self.fresh(wish)
        native = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("="))
        self.initializers.append(numpy_helper.from_array(native, name))
        return name

    def emit(
        self, op_type: str, inputs: list[str], outputs: list[str], **attributes: Attribute
    ) -> None:
        """Append a node, named after its first output."""
        from onnx import helper

        node = helper.make_node(op_type, inputs, outputs, name=outputs[0])
        node.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
        self.nodes.append(node)

    def emit_activated(
        self, operator: Operator, op_type: str, inputs: list[str], **attributes: Attribute
    ) -> None:
        """Append a node and the activation function that is fused into the TFLite operator."""
        output = self.name(operator.outputs[0])
        function = operator.options.activation
        if function == "NONE":
            self.emit(op_type, inputs, [output], **attributes)
            return
        linear = self.fresh(f"{output}/linear")
        self.emit(op_type, inputs, [linear], **attributes)
        self.emit_function(function, linear, output)

    def emit_function(self, function: str, source: str, output: str) -> None:
        """Append an activation function by its TFLite name."""
        simple = {"RELU": "Relu", "TANH": "Tanh", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}
        limits = {"RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
        if function in simple:
            self.emit(simple[function], [source], [output])
        elif function in limits:
            bounds = [
                self.add_constant(f"{output}/{side}", np.float32(value).reshape(()))
                for side, value in zip(("min", "max"), limits[function], strict=True)
            ]
            self.emit("Clip", [source, *bounds], [output])
        else:
            raise UnsupportedError(f"the activation {function} is not handled")
