"""What is wrong with a variant, in sentences that name file, key, value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from hairopt.errors import ConfigError
from hairopt.registry import unknown_name
from hairopt.runtimes import RUNTIMES
from hairopt.stages import STAGES
from hairopt.variants.schema import Variant

KeyPath: TypeAlias = tuple[str, ...]
"""Where a value stands: ``("segment", "threads")``."""


def explain(error: ValidationError, sources: Mapping[KeyPath, str], default: str) -> ConfigError:
    """A validation error as one ConfigError, one line per fault.

    Args:
        error: what pydantic found.
        sources: the file in which each key was set.
        default: the file to name for a key that is in none, such as a missing one.
    """
    faults: dict[KeyPath, list[dict[str, Any]]] = {}
    for fault in error.errors():
        # Below table and key stand the kinds that a key of several kinds may be of.
        key = tuple(str(part) for part in fault["loc"][:2])
        faults.setdefault(key, []).append(dict(fault))
    return ConfigError(
        "\n".join(f"{sources.get(key, default)}: {_sentence(key, f)}" for key, f in faults.items())
    )


def check_names(variant: Variant, sources: Mapping[KeyPath, str], default: str) -> None:
    """Refuse runtimes and methods that nothing provides.

    Raises:
        ConfigError: names file, key and value, and what there is.
    """
    stages = STAGES.names()
    wanted: list[tuple[KeyPath, str, list[str]]] = [
        (("segment", "runtime"), variant.segment.runtime, RUNTIMES.names()),
        (("encode", "format"), variant.encode.format, _methods("encode", stages)),
    ]
    for stage in ("decode", "segment", "recolor", "postprocess"):
        method = getattr(variant, stage).method
        wanted.append(((stage, "method"), method, _methods(stage, stages)))
    lines = [
        f"{sources.get(key, default)}: {unknown_name('.'.join(key), value, known)}."
        for key, value, known in wanted
        if value not in known
    ]
    if lines:
        raise ConfigError("\n".join(lines))


def _methods(stage: str, names: Iterable[str]) -> list[str]:
    return [name.partition(".")[2] for name in names if name.startswith(f"{stage}.")]


def _sentence(key: KeyPath, faults: Sequence[dict[str, Any]]) -> str:
    fault = faults[0]
    dotted, kind, value = ".".join(key), fault["type"], fault.get("input")
    if kind == "extra_forbidden":
        return _unknown_key(key)
    if kind == "missing":
        return f"key {dotted!r} is missing."
    context = fault.get("ctx", {})
    if kind == "string_pattern_mismatch" and dotted == "name":
        allowed = "it starts with a letter or digit, then letters, digits or . _ + @ -, 80 at most"
    elif kind == "value_error":
        return f"{dotted}: {context.get('error', fault['msg'])}."
    else:
        kinds = " or ".join(str(one["msg"]).removeprefix("Input should be ") for one in faults)
        told = "allowed is " if str(fault["msg"]).startswith("Input should be ") else ""
        allowed = told + kinds.rstrip(".")
    return f"{dotted} = {value!r} is not valid; {allowed}."


def _unknown_key(key: KeyPath) -> str:
    *tables, last = key
    model: type[BaseModel] = Variant
    for table in tables:
        model = model.model_fields[table].annotation  # type: ignore[assignment]
    known = list(model.model_fields) + ([] if tables else ["extends"])
    near = difflib.get_close_matches(last, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    where = f" in [{'.'.join(tables)}]" if tables else ""
    return f"unknown key {last!r}{where}{hint} (allowed: {', '.join(known)})."
