"""Photos that the tests make themselves, small enough to be measured in a second."""

import numpy as np
from PIL import Image


def add_photo(folder, name, seed=0, size=96):
    """A photo with a dark disc for hair on a grey wall, and its mask.

    Args:
        folder: the dataset; it need not exist.
        name: of the case.
        seed: of the noise; also makes the disc larger, so that no two photos are equal.
        size: of both sides, in pixels.
    """
    rows, columns = np.mgrid[:size, :size]
    hair = np.hypot(rows - size / 3, columns - size / 2) < size / 5 + seed
    noise = np.random.default_rng(seed).integers(0, 20, (size, size, 1))
    photo = np.where(hair[..., None], (70, 45, 30), (170, 170, 175)) + noise
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo.astype(np.uint8)).save(folder / "images" / f"{name}.png")
    Image.fromarray(np.where(hair, 255, 0).astype(np.uint8)).save(folder / "masks" / f"{name}.png")
