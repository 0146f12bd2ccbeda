"""The photos that the examples of README and docs speak of."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_example_photos(folder: Path) -> None:
    """Write ``photo.jpg``, and ``my-photos`` with two cases: a shipped portrait and its mirror."""
    import cv2

    from hairopt.datasets import default_datasets, load_dataset

    starter = next(path for path in default_datasets() if path.name == "starter")
    case = load_dataset(starter).case("astronaut").read()
    mask = np.rint(case.truth * 255).astype(np.uint8)
    (folder / "photo.jpg").write_bytes(cv2.imencode(".jpg", case.image[..., ::-1])[1].tobytes())
    for part in ("images", "masks"):
        (folder / "my-photos" / part).mkdir(parents=True)
    for name, columns in (("head0", slice(None)), ("head1", slice(None, None, -1))):
        photo, truth = case.image[:, columns, ::-1], mask[:, columns]
        cv2.imwrite(str(folder / "my-photos" / "images" / f"{name}.jpg"), photo)
        cv2.imwrite(str(folder / "my-photos" / "masks" / f"{name}.png"), truth)
    (folder / "my-photos" / "dataset.toml").write_text('licence = "public domain"\n')
