"""What all pictures share: a row of panels, and where they are written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "images"
INK, PAPER = "#1f2430", "#ffffff"


def panels(titles: list[str], width: float = 2.9) -> tuple[Any, list[Any]]:
    """A row of panels without axes, each with a title above."""
    figure, axes = plt.subplots(1, len(titles), figsize=(width * len(titles), width + 0.75))
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title(title, fontsize=9.5, color=INK)
        panel.set_xticks([])
        panel.set_yticks([])
    return figure, list(axes)


def save(figure: Any, name: str) -> None:  # noqa: ANN401 (matplotlib is untyped)
    """Write docs/images/metrics-NAME.png in 256 colours, which is a third of the bytes."""
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    data = io.BytesIO()
    figure.savefig(data, dpi=110, facecolor=PAPER)
    plt.close(figure)
    TARGET.mkdir(parents=True, exist_ok=True)
    picture = Image.open(data).convert("RGB").quantize(256)
    picture.save(TARGET / f"metrics-{name}.png", optimize=True)
