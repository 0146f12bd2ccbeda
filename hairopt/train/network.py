"""The compact segmenter: dense bottlenecks, few channels where the picture is large.

Designed for processors without int8 dot products: only dense convolutions of at most 3x3, ReLU,
addition, bilinear doubling and one channel gate. Every runtime has fast float and int8 kernels for
these. A depthwise design with fewer parameters trains and runs slower on such machines, because
memory traffic at full resolution takes more time than arithmetic.

Encoder as in residual bottlenecks (He et al. 2016, fig. 5), some of them dilated; decoder as a
feature pyramid (Lin et al. 2017) down to half the input size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT_PX = 256


@dataclass(frozen=True)
class Stage:
    """One resolution of the encoder: a convolution of stride 2, then bottlenecks.

    Attributes:
        width: channels.
        inner: channels inside a bottleneck.
        dilations: dilation of each bottleneck.
    """

    width: int
    inner: int
    dilations: tuple[int, ...]


@dataclass(frozen=True)
class Design:
    """The parameters of the graph.

    Attributes:
        stem: channels at half the input size.
        stages: encoder at 1/4, 1/8, 1/16 and 1/32.
        pyramid: decoder channels at 1/16, 1/8, 1/4 and 1/2.
        head: channels before the last convolution.
    """

    stem: int = 12
    stages: tuple[Stage, Stage, Stage, Stage] = (
        Stage(24, 10, (1, 1)),
        Stage(48, 16, (1, 1, 1)),
        Stage(96, 24, (1, 2, 1, 4, 1, 2)),
        Stage(120, 32, (1, 1, 2, 1)),
    )
    pyramid: tuple[int, int, int, int] = (48, 24, 12, 12)
    head: int = 10


class _Convolution(nn.Sequential):
    """Convolution, batch normalisation and, by default, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1,
        active: bool = True,
    ) -> None:  # fmt: skip
        padding = (kernel // 2) * dilation
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if active else []))


class _Bottleneck(nn.Module):
    """Reduce the channels, convolve, expand them, add."""

    def __init__(self, width: int, inner: int, dilation: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            _Convolution(width, inner, kernel=1),
            _Convolution(inner, inner, dilation=dilation),
            _Convolution(inner, width, kernel=1, active=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Same shape out as in."""
        return functional.relu(features + self.change(features))


class _Gate(nn.Module):
    """Weight the channels of the coarsest stage by an average over the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Same shape out as in."""
        seen = functional.adaptive_avg_pool2d(features, 1)
        return features * functional.hardsigmoid(self.weigh(seen))


class _Step(nn.Module):
    """One step of the decoder: double the coarse features, add the encoder's, mix."""

    def __init__(self, lateral_inputs: int, width: int, narrowed: int | None) -> None:
        super().__init__()
        self.lateral = _Convolution(lateral_inputs, width, kernel=1)
        self.mix = _Convolution(width, width)
        self.narrow = _Convolution(width, narrowed, kernel=1) if narrowed else nn.Identity()

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """(N, width, h, w) and (N, lateral_inputs, 2h, 2w) to (N, narrowed, 2h, 2w)."""
        mixed: Tensor = self.narrow(self.mix(_doubled(coarse) + self.lateral(fine)))
        return mixed


class HairNet(nn.Module):
    """RGB in [0, 1], (N, 3, S, S) with S a multiple of 32, to logits of hair, (N, 1, S, S)."""

    def __init__(self, design: Design | None = None) -> None:
        super().__init__()
        self.design = design = design or Design()
        widths = [design.stem, *(stage.width for stage in design.stages)]
        self.stem = _Convolution(3, design.stem, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                _Convolution(before, stage.width, stride=2),
                *(_Bottleneck(stage.width, stage.inner, d) for d in stage.dilations),
            )
            for before, stage in zip(widths, design.stages, strict=False)
        )
        self.gate = _Gate(widths[4])
        wide = design.pyramid
        self.top = _Convolution(widths[4], wide[0], kernel=1)
        narrowed = [after if after != here else None for here, after in pairwise(wide)]
        self.steps = nn.ModuleList(
            _Step(widths[3 - i], wide[i], narrowed[i] if i < 3 else None) for i in range(3)
        )
        self.last = _LastStep(design)

    def forward(self, image: Tensor) -> Tensor:
        """Logits; the logistic function of them is the probability of hair."""
        features = [self.stem(image)]
        for stage in self.stages:
            features.append(stage(features[-1]))
        out: Tensor = self.top(self.gate(features[4]))
        for step, fine in zip(self.steps, (features[3], features[2], features[1]), strict=True):
            out = step(out, fine)
        return _doubled(self.last(out, features[0]))


class _LastStep(nn.Module):
    """The decoder step at half the input size, where few channels save most time."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.lateral = _Convolution(design.stem, design.pyramid[3], kernel=1)
        self.mix = _Convolution(design.pyramid[3], design.head)
        self.out = nn.Conv2d(design.head, 1, 3, padding=1)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Logits at the size of ``fine``."""
        logits: Tensor = self.out(self.mix(_doubled(coarse) + self.lateral(fine)))
        return logits


class Probability(nn.Module):
    """A network followed by the logistic function, for export."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """Probability of hair, (N, 1, S, S) in [0, 1]."""
        return torch.sigmoid(self.network(image))


def _doubled(features: Tensor) -> Tensor:
    doubled: Tensor = functional.interpolate(
        features, scale_factor=2, mode="bilinear", align_corners=False
    )
    return doubled
