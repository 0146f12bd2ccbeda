"""A plug-in whose stages answer what they must not; ``test_bad_input`` installs it for real."""

import io
import os

import numpy as np
from PIL import Image


class Dark:
    """Hair is what is dark, which is right for the photos of the tests."""

    calls = 0

    def __call__(self, image):
        self.calls += 1
        return self.changed((image.astype(np.int32).sum(2) < 330).astype(np.float32))

    def changed(self, mask):
        return mask

    def close(self):
        pass


class Nan(Dark):
    def changed(self, mask):
        return mask * np.nan


class Layers(Dark):
    def changed(self, mask):
        return np.dstack([mask] * 3)


class Bytes(Dark):
    def changed(self, mask):
        return (mask * 255).astype(np.uint8)


class Levels(Dark):
    def changed(self, mask):
        return mask * 255


class Empty(Dark):
    def changed(self, mask):
        return mask * 0


class Crashes(Dark):
    def changed(self, mask):
        if self.calls == 8:  # four photos were scored
            os._exit(3)
        return mask


class Picky(Dark):
    """Cannot answer the larger half of the photos."""

    def changed(self, mask):
        if mask.sum() > 1700:
            raise ValueError("no hair today")
        return mask


def dark(**_):
    return Dark()


def nan(**_):
    return Nan()


def layers(**_):
    return Layers()


def bytes_(**_):
    return Bytes()


def levels(**_):
    return Levels()


def empty(**_):
    return Empty()


def crashes(**_):
    return Crashes()


def picky(**_):
    return Picky()


def _png(picture):
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def half_size(image, quality):
    return _png(Image.fromarray(image[::2, ::2]))


def one_pixel(image, quality):
    return _png(Image.fromarray(image[:1, :1]))


def floats(image, quality):
    data = io.BytesIO()
    Image.fromarray(image[..., 0].astype(np.float32)).save(data, "TIFF")
    return data.getvalue()


def nothing(image, quality):
    return b""


def array(image, quality):
    return image


def grey(image, quality):
    return _png(Image.fromarray(image).convert("L"))


def clear(image, quality):
    return _png(Image.new("RGBA", image.shape[1::-1], (0, 0, 0, 0)))


def another_photo(image, quality):
    return _png(Image.fromarray(np.ascontiguousarray(image[::-1, ::-1])))


def _alpha(box, value):
    return np.full((box.bottom - box.top, box.right - box.left), value, np.float32)


def nan_alpha(mask, image, box, **_):
    return _alpha(box, np.nan)


def strong_alpha(mask, image, box, **_):
    return _alpha(box, 4.0)


def thick_alpha(mask, image, box, **_):
    return _alpha(box, 0.5)[..., None]


def no_alpha(mask, image, box, **_):
    return None
