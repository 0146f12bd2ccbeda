"""Train the placement networks end to end: the loss is the colour difference of dyed pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hairopt.stages.recolor.tone.curve import BRIGHT, BRIGHTEST, COUNT, DARK, DARKEST
from hairopt.stages.recolor.tone.place import JOINED, LIMIT, SHADE
from tools.tone.pairs import Numbers, Pairs

NETWORKS = 8
"""Networks that are trained side by side; their placements are averaged."""

HIDDEN, LATENT = 48, 6
"""Numbers of the hidden layers; and those that the photo is told by, before the shade comes in."""

STEPS = 6000
BATCH, BATCH_PIXELS = 96, 20
"""Pairs per network and step, and pixels of each."""

RATE, DECAY = 5e-3, 1e-2
NOISE = 0.2
"""Standard deviation of the noise on standardised statistics, so that none is read to the digit."""


@dataclass(frozen=True)
class Fit:
    """Fitted networks; ``layers`` are weights (NETWORKS, in, out) and biases (NETWORKS, 1, out)."""

    mean: Numbers
    scale: Numbers
    layers: Sequence[tuple[Numbers, Numbers]]

    def arrays(self) -> dict[str, Numbers]:
        """The content of ``weights.npz``."""
        named = {f"weight{i}": weight for i, (weight, _) in enumerate(self.layers)}
        named |= {f"bias{i}": bias for i, (_, bias) in enumerate(self.layers)}
        return {"mean": self.mean, "scale": self.scale, **named}

    def placements(self, seen: Numbers) -> Tensor:
        """The mean of the networks' numbers, (n, COUNT)."""
        layers = [(torch.from_numpy(w), torch.from_numpy(b)) for w, b in self.layers]
        standard = torch.from_numpy((seen - self.mean) / self.scale).clamp(-LIMIT, LIMIT)
        return _run(layers, standard).mean(dim=0)


def _run(layers: Sequence[tuple[Tensor, Tensor]], seen: Tensor) -> Tensor:
    photo, shade = seen[..., :-SHADE], seen[..., -SHADE:]
    if photo.dim() == 2:
        shade = shade.expand(len(layers[0][0]), -1, -1)
    values = photo
    for index, (weight, bias) in enumerate(layers):
        if index == JOINED:
            values = torch.cat([values, shade], dim=-1)
        values = values @ weight + bias
        if index < len(layers) - 1:
            values = values.tanh()
    return values


def train(pairs: Pairs, seed: int, steps: int = STEPS) -> Fit:
    """Fit to pairs; the same pairs and seed give the same networks."""
    torch.set_num_threads(1)  # the matrices are small: more threads wait for each other
    torch.manual_seed(seed)
    mean, scale = pairs.seen.mean(axis=0), pairs.seen.std(axis=0) + np.float32(1e-3)
    seen = torch.from_numpy((pairs.seen - mean) / scale).clamp(-LIMIT, LIMIT)
    tone, truth = torch.from_numpy(pairs.tone), torch.from_numpy(pairs.truth)
    layers = _start(seen.shape[1], truth.mean(dim=(0, 1)))
    weights, biases = (list(column) for column in zip(*layers, strict=True))
    groups = [{"params": weights, "weight_decay": DECAY}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(steps):
        batch = torch.randint(len(seen), (NETWORKS, BATCH))
        pixels = torch.randint(tone.shape[1], (BATCH_PIXELS,))
        noise = NOISE * torch.randn(NETWORKS, BATCH, seen.shape[1])
        numbers = _run(layers, seen[batch] + noise).flatten(0, 1)
        chosen = batch.flatten()
        dyed = curve(numbers, tone[chosen][:, pixels])
        loss = ciede2000(dyed, truth[chosen][:, pixels]).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        optimizer.step()
        plan.step()
    fitted = [(weight.detach().numpy(), bias.detach().numpy()) for weight, bias in layers]
    return Fit(mean, scale, fitted)


def _start(inputs: int, mean_lab: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Random weights, and the mean dyed colour as the first placement."""
    layers = []
    sizes = [(inputs - SHADE, HIDDEN), (HIDDEN, LATENT)]
    sizes += [(LATENT + SHADE, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, COUNT)]
    for count, found in sizes:
        spread = count**-0.5 if found != COUNT else 0.1 * count**-0.5
        weight = (spread * torch.randn(NETWORKS, count, found)).requires_grad_()
        layers.append((weight, torch.zeros(NETWORKS, 1, found)))
    layers[-1][1][:, :, :3] = mean_lab
    for _, bias in layers:
        bias.requires_grad_()
    return layers


def curve(numbers: Tensor, tone: Tensor) -> Tensor:
    """``Placement.curve`` of many photos at the tones of their pixels: (n, PIXELS, 3)."""
    lightness, a, b, log_gain, bend, a_slope, b_slope, fade = numbers.T[..., None]
    x = tone / 10
    rise = 10 * log_gain.exp() * (x + bend * x * x.abs() / (1 + x.abs()))
    dyed = _limited(lightness + rise)
    y = (dyed - lightness) / 10
    chroma = 1 + fade * y * y / (1 + y * y)
    return torch.stack([dyed, (a + a_slope * y) * chroma, (b + b_slope * y) * chroma], dim=-1)


def _limited(lightness: Tensor) -> Tensor:
    up, down = BRIGHTEST - BRIGHT, DARK - DARKEST
    bright = BRIGHT + up * ((lightness - BRIGHT) / up).tanh()
    dark = DARK - down * ((DARK - lightness) / down).tanh()
    return torch.where(lightness > BRIGHT, bright, torch.where(lightness < DARK, dark, lightness))


def ciede2000(one: Tensor, other: Tensor) -> Tensor:
    """CIEDE2000 (Sharma, Wu & Dalal 2005) that can be differentiated, (..., 3) to (...)."""
    tiny = 1e-6
    l1, a1, b1 = one.unbind(-1)
    l2, a2, b2 = other.unbind(-1)
    c7 = ((torch.hypot(a1 + tiny, b1) + torch.hypot(a2 + tiny, b2)) / 2) ** 7
    g = 1 + 0.5 * (1 - (c7 / (c7 + 25.0**7) + tiny).sqrt())
    a1, a2 = a1 * g, a2 * g
    c1, c2 = torch.hypot(a1 + tiny, b1), torch.hypot(a2 + tiny, b2)
    h1, h2 = torch.atan2(b1, a1 + tiny), torch.atan2(b2, a2 + tiny)
    turn = torch.remainder(h2 - h1 + torch.pi, 2 * torch.pi) - torch.pi
    big_h = 2 * (c1 * c2).sqrt() * torch.sin(turn / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + turn / 2
    t = (1 - 0.17 * torch.cos(hue - np.radians(30)) + 0.24 * torch.cos(2 * hue)
         + 0.32 * torch.cos(3 * hue + np.radians(6))
         - 0.20 * torch.cos(4 * hue - np.radians(63)))  # fmt: skip
    degrees = torch.remainder(torch.rad2deg(hue), 360)
    theta = np.radians(60) * torch.exp(-(((degrees - 275) / 25) ** 2))
    r_c = 2 * (mean_c**7 / (mean_c**7 + 25.0**7) + tiny).sqrt()
    off = (mean_l - 50) ** 2
    d_l = (l2 - l1) / (1 + 0.015 * off / (20 + off).sqrt())
    d_c = (c2 - c1) / (1 + 0.045 * mean_c)
    d_h = big_h / (1 + 0.015 * mean_c * t)
    return (
        (d_l**2 + d_c**2 + d_h**2 - torch.sin(theta) * r_c * d_c * d_h + tiny)
        .clamp_min(tiny)
        .sqrt()
    )
