"""Copies of a variant for several runtimes, all with the same weights."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.errors import ConfigError
from hairopt.registry import unknown_name
from hairopt.runtimes import RUNTIMES
from hairopt.variants.schema import Variant

ALL = "all"
_REWRITTEN = "+rewrite"
_HAS_A_CHOICE = "onnxruntime"
"""The only runtime that runs networks unchanged and is faster with rewritten ones."""


def runtime_names(text: str) -> tuple[str, ...]:
    """``all`` or ``NAME,NAME`` as names of runtimes.

    Raises:
        ConfigError: an unknown name.
    """
    known = RUNTIMES.names()
    if text.strip() == ALL:
        return tuple(known)
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            raise ConfigError(unknown_name("runtime", name, known))
    return tuple(dict.fromkeys(names))


def in_runtimes(variant: Variant, names: Sequence[str]) -> tuple[Variant, ...]:
    """The variant once for each runtime, ``NAME@RUNTIME``, its own runtime first.

    Of a cascade, every step runs in that runtime.

    If the variant does not set ``segment.rewrite``, onnxruntime is there twice: with the original
    network and with the rewritten one. A back-end has no runtime that could be chosen, and is
    there once.
    """
    if variant.backend is not None:
        return (variant,)
    first = variant.segment.networks[0]
    found = []
    for name in sorted(names, key=lambda name: name != first.runtime):
        found.append(_in_runtime(variant, name, name, first.rewrite))
        if name == _HAS_A_CHOICE and first.rewrite is None:
            found.append(_in_runtime(variant, name, name + _REWRITTEN, True))
    return tuple(found)


def _in_runtime(
    variant: Variant, runtime: str, suffix: str, rewrite: bool | list[str] | None
) -> Variant:
    segment = variant.segment.with_network(runtime=runtime, rewrite=rewrite)
    summary = f"{variant.summary}, in {suffix}" if variant.summary else f"in {suffix}"
    changes = {"segment": segment, "summary": summary}
    return variant.with_suffix(f"@{suffix}").model_copy(update=changes)
