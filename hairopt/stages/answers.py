"""Check what the methods of the stages answer: of a plug-in it may be anything.

Everything that is checked takes no time that could be measured; the values of an alpha, which is
as large as the photo, are checked where quality is scored (``require_shares``).
"""

from __future__ import annotations

import numpy as np

from hairopt.errors import HairoptError
from hairopt.types import Box, MaskF32

_SLACK = 1e-3
"""By which a share may be beyond 0 or 1: the rounding of a network's last operator."""


def require_picture(method: str, image: object) -> None:
    """Check a decoded photo.

    Raises:
        HairoptError: it is no uint8 (H, W, 3) array with pixels.
    """
    is_picture = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3
    if not is_picture or image.shape[2] != 3 or not image.size:  # type: ignore[attr-defined]
        raise _refusal(method, image, "uint8 (H, W, 3)")


def require_mask(method: str, mask: object) -> None:
    """Check a mask of hair.

    Raises:
        HairoptError: it is no float32 (h, w) array with pixels, all of them in [0, 1].
    """
    needed = "float32 (h, w) in [0, 1]"
    if not isinstance(mask, np.ndarray) or mask.dtype != np.float32 or mask.ndim != 2:
        raise _refusal(method, mask, needed)
    if not mask.size:
        raise _refusal(method, mask, "at least one pixel")
    require_shares(method, mask)


def require_alpha(method: str, alpha: object, box: Box) -> None:
    """Check type and size of an alpha.

    Raises:
        HairoptError: it is no float32 array of the size of the box.
    """
    wanted = (box.bottom - box.top, box.right - box.left)
    is_plane = isinstance(alpha, np.ndarray) and alpha.dtype == np.float32
    if not is_plane or alpha.shape != wanted:  # type: ignore[attr-defined]
        raise _refusal(method, alpha, f"float32 {wanted} in [0, 1]")


def require_shares(method: str, plane: MaskF32) -> None:
    """Check that all values are in [0, 1].

    Raises:
        HairoptError: some are not, or are NaN.
    """
    if not plane.size:
        return
    low, high = float(plane.min()), float(plane.max())
    if not (low >= -_SLACK and high <= 1 + _SLACK):  # NaN is no number below or above
        what = "NaN" if np.isnan(low + high) else f"values from {low:.3g} to {high:.3g}"
        raise HairoptError(f"{method} answered {what}; needed are values in [0, 1]")


def require_file(method: str, data: object) -> None:
    """Check an encoded answer.

    Raises:
        HairoptError: it is no bytes object, or an empty one.
    """
    if not isinstance(data, bytes) or not data:
        found = "no bytes at all" if isinstance(data, bytes) else f"a {type(data).__name__}"
        raise HairoptError(f"{method} answered {found}; needed are the bytes of a picture file")


def _refusal(method: str, answer: object, needed: str) -> HairoptError:
    kind = type(answer).__name__
    found = f"{answer.dtype} {answer.shape}" if isinstance(answer, np.ndarray) else f"a {kind}"
    return HairoptError(f"{method} answered {found}; needed is {needed}")
