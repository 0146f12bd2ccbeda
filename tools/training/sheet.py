"""Pictures to look at: ``python -m tools.training.sheet DATASET MODEL OUT.png``.

The ten best and the ten worst cases of a network. In each: truth missed is red, hair that is none
is blue, what both call hair is green.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from hairopt.datasets.dataset import Dataset
from hairopt.datasets.load import load_dataset
from hairopt.types import ImageU8, MaskBool
from tools.training.halves import half
from tools.training.judge import each_iou, each_mask

_TILE_PX, _COLUMNS, _EACH = 180, 5, 10


def sheet(dataset: Dataset, model: str) -> ImageU8:
    """The contact sheet: two rows of the best, two of the worst."""
    scores = sorted(each_iou(dataset, model).items(), key=lambda pair: pair[1])
    shown = [*scores[::-1][:_EACH], *scores[:_EACH]]
    masks = each_mask(dataset, model, {name for name, _ in shown})
    tiles = [_tile(dataset, name, value, masks[name]) for name, value in shown]
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    return np.vstack(rows)


def _tile(dataset: Dataset, name: str, value: float, mask: MaskBool) -> ImageU8:
    import cv2

    loaded = dataset.case(name).read()
    truth = loaded.truth > 0.5
    picture = loaded.image.astype(np.float32)
    for pixels, color in (
        (truth & ~mask, (255, 0, 0)), (mask & ~truth, (0, 60, 255)), (mask & truth, (0, 200, 0)),
    ):  # fmt: skip
        picture[pixels] = 0.6 * picture[pixels] + 0.4 * np.array(color, np.float32)
    tile = cv2.resize(picture.astype(np.uint8), (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_AREA)
    place = (4, _TILE_PX - 6)
    cv2.putText(tile, f"{value:.2f} {name[-10:]}", place, 0, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(tile)


def main() -> None:
    """Write the sheet of a dataset's steering half, so that the other one stays unseen."""
    import cv2

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("model")
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    picture = sheet(half(load_dataset(chosen.dataset), "steering"), chosen.model)
    cv2.imwrite(str(chosen.out), picture[..., ::-1])


if __name__ == "__main__":
    main()
