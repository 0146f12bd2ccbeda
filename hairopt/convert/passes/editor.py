"""Edit an ONNX graph: producers and users of tensors, constants, and a valid graph at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import ModelError

if TYPE_CHECKING:
    import onnx

Array = NDArray[Any]


class GraphEditor:
    """A copy of a network in which nodes are replaced.

    Nodes stay in the order of execution: a replacement is inserted at the place of the old node.
    ``finish`` removes unused nodes, infers the shapes again and checks the result.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        import onnx

        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self.nodes: list[onnx.NodeProto] = list(self.model.graph.node)
        self.outputs = {value.name for value in self.model.graph.output}
        self._constants = {i.name: i for i in self.model.graph.initializer}
        self._shapes = _shapes(self.model)
        self._names = {name for node in self.nodes for name in (*node.input, *node.output)}
        self._names |= set(self._constants) | self.outputs

    def producer(self, tensor: str) -> onnx.NodeProto | None:
        """The node that makes a tensor; None for inputs and constants."""
        return next((node for node in self.nodes if tensor in node.output), None)

    def users(self, tensor: str) -> list[onnx.NodeProto]:
        """The nodes that read a tensor, in order of execution."""
        return [node for node in self.nodes if tensor in node.input]

    def only_user(self, tensor: str) -> onnx.NodeProto | None:
        """The one node that reads a tensor, if there is one and the tensor is no output."""
        users = self.users(tensor)
        return users[0] if len(users) == 1 and tensor not in self.outputs else None

    def shape(self, tensor: str) -> tuple[int, ...] | None:
        """The sizes of a tensor, or None if one of them is unknown."""
        return self._shapes.get(tensor)

    def constant(self, tensor: str) -> Array | None:
        """The value of a constant, or None for a tensor that is computed."""
        from onnx import numpy_helper

        found = self._constants.get(tensor)
        if found is None:
            node = self.producer(tensor)
            if node is None or node.op_type != "Constant":
                return None
            found = attributes_of(node).get("value")
        return None if found is None else np.asarray(numpy_helper.to_array(found))

    def add_constant(self, wish: str, value: Array) -> str:
        """Add a constant and return its name, which is unique."""
        from onnx import numpy_helper

        name = self.fresh(wish)
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def fresh(self, wish: str) -> str:
        """A tensor name that is not taken."""
        name, number = wish, 1
        while name in self._names:
            number += 1
            name = f"{wish}_{number}"
        self._names.add(name)
        return name

    def make(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401 - whatever ONNX knows as an attribute
    ) -> onnx.NodeProto:
        """A node with a unique name, not yet in the graph."""
        from onnx import helper

        return helper.make_node(
            kind, list(inputs), list(outputs), name=f"{outputs[0]}/{kind}", **attributes
        )

    def replace(self, old: onnx.NodeProto, new: Sequence[onnx.NodeProto]) -> None:
        """Put nodes, in order of execution, in the place of one node."""
        at = next(i for i, node in enumerate(self.nodes) if node is old)
        self.nodes[at : at + 1] = list(new)

    def rename_uses(self, old: str, new: str) -> None:
        """Let every node that reads one tensor read another."""
        for node in self.nodes:
            for i, name in enumerate(node.input):
                if name == old:
                    node.input[i] = new

    def finish(self) -> onnx.ModelProto:
        """The changed network: nothing unused, shapes inferred, checked.

        Raises:
            ModelError: the change made an invalid graph.
        """
        import onnx

        self._drop_unused()
        graph = self.model.graph
        used = {name for node in self.nodes for name in node.input}
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(self.nodes)
        graph.initializer.extend(c for name, c in self._constants.items() if name in used)
        try:
            model = onnx.shape_inference.infer_shapes(
                self.model, check_type=True, strict_mode=True, data_prop=True
            )
            onnx.checker.check_model(model)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ModelError(f"the rewritten network is not valid ONNX: {error}") from error
        return model

    def _drop_unused(self) -> None:
        wanted, kept = set(self.outputs), []
        for node in reversed(self.nodes):
            if wanted.intersection(node.output):
                kept.append(node)
                wanted.update(node.input)
        self.nodes = kept[::-1]


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """The attributes of a node as Python values."""
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def operator_counts(model: onnx.ModelProto) -> dict[str, int]:
    """Kind of operator -> number of nodes, most frequent first."""
    counts: dict[str, int] = defaultdict(int)
    for node in model.graph.node:
        counts[node.op_type] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    graph = model.graph
    found = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        sides = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(side.dim_value > 0 for side in sides):
            found[value.name] = tuple(side.dim_value for side in sides)
    found.update({i.name: tuple(i.dims) for i in graph.initializer})
    return found
