"""Rewrites of networks, one file each; ``hairopt.convert.passes.rewrite`` applies them."""

from hairopt.convert.passes.empty_channel import PASS as _EMPTY_CHANNEL
from hairopt.convert.passes.one_logit import PASS as _ONE_LOGIT
from hairopt.convert.passes.phases import PASS as _PHASES
from hairopt.convert.passes.pixel_input import PASS as _PIXEL_INPUT
from hairopt.convert.passes.pixel_shuffle import PASS as _PIXEL_SHUFFLE
from hairopt.convert.passes.prelu import PASS as _PRELU
from hairopt.convert.passes.protocol import Pass
from hairopt.convert.passes.subpixel import PASS as _SUBPIXEL
from hairopt.convert.passes.trim import PASS as _TRIM
from hairopt.convert.passes.unpool import PASS as _UNPOOL
from hairopt.convert.passes.upright import PASS as _UPRIGHT

PASSES: dict[str, Pass] = {
    one.name: one
    for one in (
        _UNPOOL,
        _UPRIGHT,
        _EMPTY_CHANNEL,
        _ONE_LOGIT,
        _SUBPIXEL,
        _TRIM,
        _PHASES,
        _PRELU,
        _PIXEL_SHUFFLE,
        _PIXEL_INPUT,
    )
}
"""All rewrites by name, in the order in which they are applied: some prepare later ones."""
