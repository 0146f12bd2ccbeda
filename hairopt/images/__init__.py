"""Decode picture and mask files to arrays: correct pixels, or an error that names the file."""

from hairopt.images.decode import FORMATS, decode_image, read_bytes
from hairopt.images.limits import MAX_DECODING_MB, MAX_FILE_MB, MAX_MEGAPIXELS
from hairopt.images.mask import decode_levels

__all__ = [
    "FORMATS",
    "MAX_DECODING_MB",
    "MAX_FILE_MB",
    "MAX_MEGAPIXELS",
    "decode_image",
    "decode_levels",
    "read_bytes",
]
