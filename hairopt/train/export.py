"""Export a trained network to files for all runtimes of hairopt."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.train.network import Probability

OPSET = 17
INPUT, OUTPUT = "image", "hair"


def contract(side_px: int) -> Contract:
    """Input and output of an exported network."""
    return Contract(
        input=InputContract(name=INPUT, layout="NCHW", height=side_px, width=side_px),
        output=OutputContract(name=OUTPUT, layout="NCHW", kind="sigmoid"),
    )


def to_onnx(network: nn.Module, side_px: int) -> onnx.ModelProto:
    """The network as ONNX, with folded normalisations and the logistic function at its end.

    Args:
        network: on any device; it is not changed.
        side_px: S of its input, (1, 3, S, S) RGB in [0, 1].

    Returns:
        A model with input ``image`` and output ``hair``, (1, 1, S, S) in [0, 1].
    """
    network = network.cpu().eval()
    example = torch.zeros(1, 3, side_px, side_px)
    # The tracing exporter needs no further package and folds normalisations, but it prints.
    with (
        tempfile.TemporaryDirectory(prefix="hairopt-export-") as folder,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        path = Path(folder, "network.onnx")
        torch.onnx.export(
            Probability(network), (example,), path, input_names=[INPUT], output_names=[OUTPUT],
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        model = onnx.load(str(path))
    model.producer_name, model.producer_version = "hairopt", ""
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model
