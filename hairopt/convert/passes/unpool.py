"""Pass ``unpool``: 2 x 2 pooling with indices, and unpooling, in operators every runtime has.

The maximum of a window is found by pairwise comparisons. SpaceToDepth splits a picture into its
four phases ``a b / c d``, the pixels of each window. The upper pair is compared by ``a >= b``, the
lower pair by ``c >= d``, then the two results are compared. The first of equal values wins, as in
ONNX's MaxPool, so that ties have the same result:

    top = max(a, b)        bottom = max(c, d)        pooled = max(top, bottom)

Unpooling uses the results of the same comparisons, and DepthToSpace joins the phases again. The
usual rewrite, a comparison with the enlarged maximum, writes the value to *all* of several equal
pixels: on uniform backgrounds single probabilities then differ by up to 0.05.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx


class Unpool:
    """Replaces MaxPool with indices and MaxUnpool, both 2 x 2 at stride 2."""

    name = "unpool"
    summary = "2 x 2 max pooling with places and unpooling, in terms that every runtime has"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; all poolings whose indices are used only by such unpoolings."""
        editor = GraphEditor(network.model)
        changed = False
        for pool in [node for node in editor.nodes if node.op_type == "MaxPool"]:
            unpools = _unpools(editor, pool)
            if unpools:
                _rewrite(editor, pool, unpools)
                changed = True
        return Network(editor.finish(), network.contract) if changed else None


def _unpools(editor: GraphEditor, pool: onnx.NodeProto) -> list[onnx.NodeProto]:
    """The unpoolings of one pooling; empty if any of them cannot be rewritten."""
    shape = editor.shape(pool.input[0])
    if len(pool.output) < 2 or not pool.output[1] or pool.output[1] in editor.outputs:
        return []
    users = editor.users(pool.output[1])
    even = shape is not None and len(shape) == 4 and shape[2] % 2 == shape[3] % 2 == 0
    exact = even and _is_two_by_two(pool) and all(_is_unpool(user, pool) for user in users)
    return users if exact else []


def _is_unpool(node: onnx.NodeProto, pool: onnx.NodeProto) -> bool:
    return (
        node.op_type == "MaxUnpool"
        and len(node.input) == 2
        and node.input[1] == pool.output[1]
        and _is_two_by_two(node)
    )


def _is_two_by_two(node: onnx.NodeProto) -> bool:
    values = attributes_of(node)
    plain = not any(values.get("pads", ())) and set(values.get("dilations", (1,))) == {1}
    ordered = not (values.get("ceil_mode", 0) or values.get("storage_order", 0))
    known = values.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
    sides = (list(values["kernel_shape"]), list(values.get("strides", ())))
    return plain and ordered and known and sides == ([2, 2], [2, 2])


def _rewrite(editor: GraphEditor, pool: onnx.NodeProto, unpools: list[onnx.NodeProto]) -> None:
    pooled = pool.output[0]
    deep, a, b, c, d, top, bottom, left, right, upper = (
        editor.fresh(f"{pooled}/{part}")
        for part in (
            "deep", "a", "b", "c", "d", "top", "bottom", "a_wins", "c_wins", "top_wins",
        )
    )  # fmt: skip
    shape = editor.shape(pool.input[0])
    assert shape is not None
    parts = editor.add_constant(f"{pooled}/parts", np.full(4, shape[1], np.int64))
    editor.replace(
        pool,
        [
            editor.make("SpaceToDepth", [pool.input[0]], [deep], blocksize=2),
            editor.make("Split", [deep, parts], [a, b, c, d], axis=1),
            editor.make("Max", [a, b], [top]),
            editor.make("Max", [c, d], [bottom]),
            editor.make("Max", [top, bottom], [pooled]),
            *_wins(editor, a, b, left),
            *_wins(editor, c, d, right),
            *_wins(editor, top, bottom, upper),
        ],
    )
    for unpool in unpools:
        _hand_down(editor, unpool, (left, right, upper))


def _wins(editor: GraphEditor, one: str, other: str, output: str) -> list[onnx.NodeProto]:
    """1 where the first value is at least as large, otherwise 0, because products are fast."""
    from onnx import TensorProto

    truth = editor.fresh(f"{output}/bool")
    return [
        editor.make("GreaterOrEqual", [one, other], [truth]),
        editor.make("Cast", [truth], [output], to=TensorProto.FLOAT),
    ]


def _hand_down(editor: GraphEditor, unpool: onnx.NodeProto, wins: tuple[str, str, str]) -> None:
    value, output = unpool.input[0], unpool.output[0]
    left, right, upper = wins
    top, bottom, a, b, c, d, deep = (
        editor.fresh(f"{output}/{part}") for part in ("top", "bottom", "a", "b", "c", "d", "deep")
    )
    editor.replace(
        unpool,
        [
            editor.make("Mul", [value, upper], [top]),
            editor.make("Sub", [value, top], [bottom]),
            editor.make("Mul", [top, left], [a]),
            editor.make("Sub", [top, a], [b]),
            editor.make("Mul", [bottom, right], [c]),
            editor.make("Sub", [bottom, c], [d]),
            editor.make("Concat", [a, b, c, d], [deep], axis=1),
            editor.make("DepthToSpace", [deep], [output], blocksize=2, mode="DCR"),
        ],
    )


PASS = Unpool()
