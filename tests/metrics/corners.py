"""Masks and pictures from the corners of the metrics' domain: drawn by hand, and at random."""

import numpy as np

JUST_BELOW_HALF = np.nextafter(np.float32(0.5), np.float32(0))
ALMOST_1 = np.nextafter(np.float32(1), np.float32(0))
DENORMAL = np.float32(1e-45)

VALUES = np.array(
    [
        0,
        1,
        0.5,
        JUST_BELOW_HALF,
        ALMOST_1,
        DENORMAL,
        1e-38,
        1e-8,
        0.1,
        0.15,
        0.25,
        1 / 3,
        0.75,
        0.9,
    ],
    np.float32,
)
"""Coverages at which something changes: thresholds, levels, the ends of the range."""

SHAPES = ((1, 1), (1, 2), (7, 1), (1, 9), (2, 2), (3, 5), (13, 12))

REGIONS = {
    "none": lambda y, x, h, w: np.zeros((h, w), bool),
    "all": lambda y, x, h, w: np.ones((h, w), bool),
    "one pixel in a corner": lambda y, x, h, w: (y == 0) & (x == 0),
    "one pixel in the middle": lambda y, x, h, w: (y == h // 2) & (x == w // 2),
    "all but one pixel": lambda y, x, h, w: (y != h // 2) | (x != w // 2),
    "one row": lambda y, x, h, w: y == h // 2,
    "the last column": lambda y, x, h, w: x == w - 1,
    "the upper half, touching the frame": lambda y, x, h, w: y < (h + 1) // 2,
    "the frame": lambda y, x, h, w: (y == 0) | (x == 0) | (y == h - 1) | (x == w - 1),
    "all but the frame": lambda y, x, h, w: (y > 0) & (x > 0) & (y < h - 1) & (x < w - 1),
    "two islands alike": lambda y, x, h, w: (x < w // 3) | (x >= w - w // 3),
    "a chequerboard": lambda y, x, h, w: (y + x) % 2 == 0,
}
"""Name -> set of pixels, of the row and column of each, the height and the width."""

COLORS = {
    "black": ((0, 0, 0), (0, 0, 0)),
    "white": ((255, 255, 255), (255, 255, 255)),
    "black to white": ((0, 0, 0), (255, 255, 255)),
    "greys": ((127, 127, 127), (128, 128, 128)),
    "nearly grey": ((127, 128, 127), (128, 127, 128)),
    "grey to colour": ((128, 128, 128), (255, 0, 0)),
    "opposite hues": ((255, 0, 0), (0, 255, 255)),
    "blue, where the formula turns": ((0, 0, 255), (30, 0, 200)),
}
"""Name -> colour before, colour after."""


def region(name, shape):
    return REGIONS[name](*np.indices(shape), *shape)


def random_plane(generator, shape):
    """Coverage: rectangles of corner values, and sometimes every pixel at random."""
    plane = np.full(shape, generator.integers(0, 2), np.float32)
    for _ in range(generator.integers(0, 5)):
        value = generator.choice(VALUES) if generator.random() < 0.7 else generator.random()
        plane[_part(generator, shape)] = np.float32(value)
    if generator.random() < 0.4:
        drawn = generator.random(shape) < generator.random()
        plane[drawn] = generator.random(shape).astype(np.float32)[drawn]
    return plane if generator.random() < 0.8 else generator.choice(VALUES, shape)


def random_picture(generator, shape):
    """Pixels: rectangles of one colour or grey, and sometimes noise, weak or strong."""
    picture = np.empty((*shape, 3), np.uint8)
    picture[:] = generator.choice([0, 1, 127, 128, 254, 255], generator.choice([1, 3]))
    for _ in range(generator.integers(0, 4)):
        picture[_part(generator, shape)] = generator.integers(0, 256, generator.choice([1, 3]))
    kind = generator.random()
    if kind < 0.4:
        return nearly(generator, picture)
    return picture if kind < 0.8 else generator.integers(0, 256, picture.shape).astype(np.uint8)


def nearly(generator, picture):
    """The picture with every channel moved by up to two."""
    moved = picture + generator.integers(-2, 3, picture.shape)
    return np.clip(moved, 0, 255).astype(np.uint8)


def _part(generator, shape):
    ends = (sorted(generator.integers(0, size + 1, 2)) for size in shape)
    return tuple(slice(*pair) for pair in ends)
