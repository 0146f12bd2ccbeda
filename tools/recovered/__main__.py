"""``python -m tools.recovered DATASET``: how well the dyed region is recovered, as a table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from hairopt.backends.palette import probes
from hairopt.backends.recovered.recover import Recovered, recover_region
from hairopt.metrics import iou
from hairopt.types import Shade
from tools.recovered.answers import Answered, answered

NEAR = 0.05
"""Difference of a photo's IoU that is small."""


def main() -> None:
    """Make the answers, recover the regions, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.recovered", description=__doc__)
    parser.add_argument("dataset", type=Path, help="folder with images/ and masks/")
    parser.add_argument("--side", type=int, default=512, help="longer side of the photos in pixels")
    parser.add_argument("--kept", type=Path, default=Path("build/recovered"),
                        help="folder of the answers, which are not made twice")  # fmt: skip
    asked = parser.parse_args()
    shades = probes({})
    found = [
        row
        for one in answered(asked.dataset, shades, asked.side, asked.kept)
        if (row := compared(one, shades)) is not None
    ]
    sys.stdout.write(table(found))


def compared(one: Answered, shades: tuple[Shade, ...]) -> dict[str, Any] | None:
    """The IoU to the truth of what was blended and of what was recovered; None without hair."""
    if not one.truth.any():
        return None
    known = {shade: one.answers[shade.hex] for shade in shades}
    found = recover_region(one.photo, one.neutral, known)
    is_found = isinstance(found, Recovered)
    region = found.alpha >= np.float32(0.5) if isinstance(found, Recovered) else None
    blended = one.alpha >= np.float32(0.5)
    return {
        "method": one.method,
        "quality": one.quality,
        "blended": iou(blended, one.truth),
        "recovered": iou(region, one.truth) if region is not None else None,
        "is_found": is_found,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """One line for each recolouring and quality."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    lines = [
        "| recolouring | JPEG | photos | IoU blended | IoU recovered | within 0.05 | refused |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for (method, quality), part in frame.groupby(["method", "quality"], sort=False):
        seen = part[part["is_found"]]
        apart = (seen["recovered"].astype(float) - seen["blended"].astype(float)).abs()
        lines.append(
            f"| {method} | {quality} | {len(part)} | {seen['blended'].mean():.4f} | "
            f"{seen['recovered'].mean():.4f} | {100 * (apart <= NEAR).mean():.1f} % | "
            f"{len(part) - len(seen)} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
