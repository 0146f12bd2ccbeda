"""Start training with the weights of an exported network instead of random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hairopt.errors import ModelError

Weights = list[tuple[NDArray[np.float32], NDArray[np.float32]]]

_CALIBRATION_BATCHES = 10


def read_convolutions(path: Path) -> Weights:
    """Kernel and bias of every convolution of an ONNX file, in the order in which they run.

    Raises:
        ModelError: no ONNX file, or a convolution without a constant kernel and bias.
    """
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
        constants = {item.name: item for item in graph.initializer}
        return [
            (
                numpy_helper.to_array(constants[node.input[1]]),
                numpy_helper.to_array(constants[node.input[2]]),
            )
            for node in graph.node
            if node.op_type == "Conv"
        ]
    except Exception as error:  # the errors of protobuf and onnx have no common base class
        raise ModelError(f"no weights can be read from {path}: {error!r}") from error


def start_from(
    network: nn.Module, path: Path, next_batch: Callable[[int], Tensor], input_px: int
) -> None:
    """Load folded weights into a network with batch normalisation, without changing its function.

    In the file, normalisations are folded into the kernels. Each normalisation of the network gets
    the statistics of real pictures and the scale and bias that cancel them. So training starts from
    the same function, with working normalisations.

    Args:
        network: on the CPU; it is changed.
        path: an ONNX file of the same design.
        next_batch: returns the n-th batch of pictures, (N, 3, S, S).
        input_px: S.

    Raises:
        ModelError: the file has another design.
    """
    norms = load_folded(network, read_convolutions(path), input_px, str(path))
    _match_statistics(network, norms, (next_batch(i) for i in range(_CALIBRATION_BATCHES)))


def load_folded(
    network: nn.Module, stored: Weights, input_px: int, origin: str
) -> list[nn.BatchNorm2d]:
    """Load the kernels and biases of an exported network; the normalisations then have no effect.

    Args:
        network: on the CPU; it is changed.
        stored: kernel and bias of every convolution, in the order in which they run.
        input_px: S of the network's input.
        origin: where the weights come from, for the error.

    Returns:
        The network's normalisations.

    Raises:
        ModelError: the weights have another design.
    """
    layers = _in_order(network, input_px)
    if [tuple(layer.weight.shape) for layer, _ in layers] != [kernel.shape for kernel, _ in stored]:
        raise ModelError(f"{origin} is a network of another design; use --start scratch")
    with torch.no_grad():
        for (layer, norm), (kernel, bias) in zip(layers, stored, strict=True):
            layer.weight.copy_(torch.tensor(kernel))
            target = layer if norm is None else norm
            if target.bias is None:
                raise ModelError(f"{origin} is a network of another design; use --start scratch")
            target.bias.copy_(torch.tensor(bias))
    norms = [norm for _, norm in layers if norm is not None]
    for norm in norms:
        _make_identity(norm)
    return norms


def _in_order(network: nn.Module, input_px: int) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Convolutions in the order in which they run, each with the normalisation after it."""
    seen: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, _inputs, _output: seen.append(module))
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, 3, input_px, input_px))
    for hook in hooks:
        hook.remove()
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d | None]] = []
    for module, after in zip(seen, [*islice(seen, 1, None), None], strict=True):
        if isinstance(module, nn.Conv2d):
            pairs.append((module, after if isinstance(after, nn.BatchNorm2d) else None))
    return pairs


def _make_identity(norm: nn.BatchNorm2d) -> None:
    """Let the normalisation change nothing, so that only the bias has an effect."""
    assert norm.running_mean is not None and norm.running_var is not None  # noqa: PT018
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    with torch.no_grad():
        norm.weight.fill_(1)


def _match_statistics(
    network: nn.Module, norms: list[nn.BatchNorm2d], batches: Iterable[Tensor]
) -> None:
    sums: dict[nn.Module, list[Tensor]] = {norm: [] for norm in norms}

    def note(module: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        values = inputs[0]
        sums[module].append(torch.stack([values.mean((0, 2, 3)), (values**2).mean((0, 2, 3))]))

    hooks = [norm.register_forward_hook(note) for norm in norms]
    with torch.no_grad():
        for batch in batches:
            network(batch)
        for hook in hooks:
            hook.remove()
        for norm in norms:
            mean, square = torch.stack(sums[norm]).mean(0)
            variance = (square - mean**2).clamp_min(1e-6)
            assert norm.running_mean is not None and norm.running_var is not None  # noqa: PT018
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.add_(mean)
