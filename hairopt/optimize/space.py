"""The search space: the knobs that this machine supports, and variants made with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hairopt.errors import HairoptError, UnavailableError
from hairopt.measure.plan import DEFAULT_INTENSITIES
from hairopt.optimize.knobs import Knob, Value, described, load_knobs
from hairopt.variants.condition import STEP_NAMES, Condition
from hairopt.variants.methods import methods_of
from hairopt.variants.schema import CASCADE, Variant

Changes: TypeAlias = dict[str, Value]
"""Knob name -> value, for the knobs that differ from the baseline, in the order of the knobs."""

_THRESHOLDS = "thresholds"
_SOFTNESS = (0.05, 0.08, 0.1, 0.13, 0.17, 0.22, 0.3, 0.5)
"""Thresholds that are tried: the bundled network's masks of 168 photos of Figaro-1k are softer for
97, 80, 65, 52, 34, 17, 10 and 2 % of them."""

_STEP_KEY = re.compile(r"segment\.steps\[([0-9]+)\]\.([a-z_]+)")

_PRECISIONS = {"onnx": ("float16", "int8", "mixed"), "tflite": ("int8", "mixed")}
"""Format that a runtime reads -> its precisions besides float32."""


@dataclass(frozen=True)
class Dimension:
    """A knob with its possible values on this machine; the first is that of the baseline."""

    knob: Knob
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Space:
    """All variants that the knobs can make from a baseline.

    Attributes:
        baseline: the variant to start from.
        dimensions: the knobs with at least two values.
        left_out: one sentence for every knob or value that is not possible on this machine.
    """

    baseline: Variant
    dimensions: tuple[Dimension, ...]
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of combinations, including those without an effect."""
        total = 1
        for dimension in self.dimensions:
            total *= len(dimension.values)
        return total

    def knob(self, name: str) -> Knob:
        """The knob with a name; KeyError if the space has none."""
        return next(d.knob for d in self.dimensions if d.knob.name == name)

    def singles(self) -> list[Changes]:
        """Every value of every knob alone, with the other changes that it needs."""
        found = []
        for dimension in self.dimensions:
            for value in dimension.values[1:]:
                alone = {dimension.knob.name: value}
                found += [{**needed, **alone} for needed in self._needed(dimension.knob)]
        return unique(change for change in map(self.settle, found) if change)

    def changes_to(self, variant: Variant) -> Changes:
        """The changes that come closest to a variant; settings without a dimension are ignored."""
        found: Changes = {}
        for dimension in self.dimensions:
            value = read_key(variant, dimension.knob.key)
            if value in dimension.values:
                found[dimension.knob.name] = value
        return self.settle(found)

    def settle(self, changes: Mapping[str, Value]) -> Changes:
        """The changes, corrected so that they can run and have an effect, in the order of knobs.

        If the runtime cannot execute a precision, it is replaced by one that can. Knobs without an
        effect and values equal to the baseline's are removed.
        """
        whole = {d.knob.name: changes.get(d.knob.name, d.values[0]) for d in self.dimensions}
        self._bring_runtime(whole, changes)
        variant = self._applied(whole)
        settled: Changes = {}
        for dimension in self.dimensions:
            name, value = dimension.knob.name, whole[dimension.knob.name]
            if value != dimension.values[0] and _has_effect(dimension.knob, value, variant):
                settled[name] = value
        return settled

    def variant(self, changes: Mapping[str, Value], name: str, summary: str = "") -> Variant:
        """The baseline with the changes."""
        made = self._applied(changes)
        return made.model_copy(update={"name": name, "summary": summary or described(changes)})

    def effort_days(self, changes: Iterable[str]) -> float:
        """The estimated effort of all changes together."""
        return sum(self.knob(name).effort_days for name in changes)

    def _needed(self, knob: Knob) -> list[Changes]:
        """The alternatives of other changes that a knob needs; empty if it needs none.

        The effect of a precision depends mostly on the runtime, so it is tried in all runtimes that
        may support it.
        """
        if knob.key == "segment.precision":
            runtimes = next((d for d in self.dimensions if d.knob.key == "segment.runtime"), None)
            return [{runtimes.knob.name: v} for v in runtimes.values] if runtimes else [{}]
        for dimension in self.dimensions:
            allowed = knob.only_when.get(dimension.knob.key)
            if allowed and str(dimension.values[0]) not in allowed:
                return [{dimension.knob.name: v} for v in dimension.values if str(v) in allowed]
        return [{}]

    def _applied(self, changes: Mapping[str, Value]) -> Variant:
        tables: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            of_step = _STEP_KEY.fullmatch(self.knob(name).key)
            if of_step is not None:
                index = int(of_step[1])
                steps = list(tables.get("segment", {}).get("steps", self.baseline.segment.steps))
                steps[index] = steps[index].model_copy(update={of_step[2]: value})
                tables.setdefault("segment", {})["steps"] = tuple(steps)
                continue
            table, _, key = self.knob(name).key.partition(".")
            tables.setdefault(table, {})[key] = value
        updates = {
            table: getattr(self.baseline, table).model_copy(update=values)
            for table, values in tables.items()
        }
        return self.baseline.model_copy(update=updates)

    def _bring_runtime(self, whole: Changes, asked: Mapping[str, Value]) -> None:
        """Change the runtime if the precision needs another one."""
        variant = self._applied(whole)
        spec = variant.segment
        if spec.method != "network" or _can_execute(spec.runtime, spec.precision):
            return
        runtimes = next((d.values for d in self.dimensions if d.knob.name == "runtime"), ())
        able = [r for r in runtimes if _can_execute(str(r), spec.precision)]
        if able:
            whole["runtime"] = able[0]
        elif "precision" in whole and "precision" not in asked:
            whole["precision"] = "float32"


def find_space(
    baseline: Variant,
    knobs: Sequence[Knob] | None = None,
    intensities: Sequence[float] = DEFAULT_INTENSITIES,
) -> Space:
    """The changes of a variant that are possible on this machine.

    Args:
        baseline: the variant.
        knobs: None for all built-in knobs.
        intensities: the requested intensities; a condition that is true at all has no effect.
    """
    dimensions, left_out = [], []
    chosen, no_network = _of_method(knobs if knobs is not None else load_knobs(), baseline)
    left_out += no_network
    for knob in chosen:
        tried, missing = _available(knob, baseline)
        if knob.key == "postprocess.when":
            tried, missing = _telling(tried, intensities)
        left_out += missing
        own = read_key(baseline, knob.key)
        values = (own, *(value for value in tried if value != own))
        if len(values) > 1:
            dimensions.append(Dimension(knob, tuple(dict.fromkeys(values))))
    return Space(baseline, tuple(dimensions), tuple(left_out))


def unique(changes: Iterable[Changes]) -> list[Changes]:
    """Each combination once, in the order of its first appearance."""
    seen: dict[tuple[tuple[str, Value], ...], Changes] = {}
    for one in changes:
        seen.setdefault(tuple(sorted(one.items())), one)
    return list(seen.values())


def read_key(variant: Variant, key: str) -> Value:
    """The value of ``table.key``, or of a key of a step; None for a step that is not there."""
    of_step = _STEP_KEY.fullmatch(key)
    if of_step is not None:
        index, steps = int(of_step[1]), variant.segment.steps
        step_value: Value = getattr(steps[index], of_step[2]) if index < len(steps) else None
        return step_value
    table, _, name = key.partition(".")
    value: Value = getattr(getattr(variant, table), name)
    return value


def _of_method(knobs: Sequence[Knob], baseline: Variant) -> tuple[list[Knob], list[str]]:
    """The knobs of the baseline's way to segment: a cascade has thresholds, others a network."""
    if baseline.segment.method != CASCADE:
        idle = [knob.name for knob in knobs if knob.values_from == _THRESHOLDS]
        told = [f"{name}: {baseline.name} is no cascade" for name in idle]
        # Nobody misses it who asked for no knob by name.
        return [knob for knob in knobs if knob.name not in idle], told * (len(knobs) == 1)
    found: list[Knob] = []
    left_out: list[str] = []
    for knob in knobs:
        if knob.values_from == _THRESHOLDS:
            found += _threshold_knobs(knob, baseline)
        elif knob.key.startswith("segment."):
            left_out.append(knob.name)
        else:
            found.append(knob)
    if not left_out:
        return found, []
    return found, [
        f"{', '.join(left_out)}: each step of a cascade has its own; its thresholds are turned"
    ]


def _threshold_knobs(knob: Knob, baseline: Variant) -> list[Knob]:
    """A knob for every step that is asked by softness."""
    found = []
    for index, step in enumerate(baseline.segment.steps):
        when = Condition.parse(step.when, STEP_NAMES)
        if when.name == "softness":
            turned = {
                "name": f"threshold of step {index + 1}",
                "key": f"segment.steps[{index}].when",
                "values": tuple(when.with_threshold(value).text for value in _SOFTNESS),
                "values_from": "",
            }
            found.append(knob.model_copy(update=turned))
    return found


def _available(knob: Knob, baseline: Variant) -> tuple[list[Value], list[str]]:
    if knob.values_from == "threads":
        cores = os.cpu_count() or 1
        return [n for n in (1, 2, 4, 8) if n <= cores], []
    if knob.values_from == "runtimes":
        return _runtimes()
    if knob.values_from == "models":
        return _models()
    if knob.values_from.endswith(" methods"):
        return [*methods_of(knob.values_from.removesuffix(" methods"))], []
    if knob.key == "process.keep_freed_memory":
        return _kept_memory(knob)
    if knob.key == "segment.input_size":
        return _smaller_sizes(knob, baseline), []
    return list(knob.settings), []


def _telling(
    conditions: Sequence[Value], intensities: Sequence[float]
) -> tuple[list[Value], list[str]]:
    """The conditions that are not true at every requested intensity."""
    parsed = [Condition.parse(str(text)) for text in conditions]
    idle = [
        one.text
        for one in parsed
        if one.name == "intensity" and all(one.holds({"intensity": i}) for i in intensities)
    ]
    told = ", ".join(f"{i:g}" for i in intensities)
    left_out = [
        f"postprocess.when = {text!r}: it is true at every requested intensity ({told}), so it "
        "has no effect; give lower intensities that your users choose with --intensity"
        for text in idle
    ]
    return [one.text for one in parsed if one.text not in idle], left_out


def _runtimes() -> tuple[list[Value], list[str]]:
    from hairopt.runtimes import RUNTIMES

    found: list[Value] = []
    missing = []
    for name in RUNTIMES.names():
        try:
            RUNTIMES.get(name).check()
        except HairoptError as error:
            missing.append(f"runtime {name}: {error}")
        else:
            found.append(name)
    return found, missing


def _models() -> tuple[list[Value], list[str]]:
    from hairopt.models.store import list_models, way_to_get

    found: list[Value] = []
    missing = []
    for status in list_models():
        name = status.record.name
        if status.present:
            found.append(name)
        else:
            missing.append(f"model {name} is not here (fix: {way_to_get(status.record)})")
    return found, missing


def _kept_memory(knob: Knob) -> tuple[list[Value], list[str]]:
    from hairopt.runtimes.freed_memory import check_freed_memory

    try:
        check_freed_memory()
    except UnavailableError as error:
        return [], [f"{knob.name}: {error}"]
    return list(knob.settings), []


def _smaller_sizes(knob: Knob, baseline: Variant) -> list[Value]:
    """Sizes below the one of the baseline's model; a larger one only takes longer."""
    own = baseline.segment.input_size or _own_size(baseline.segment.model)
    return [size for size in knob.settings if size is None or int(size) < own]


def _own_size(model: str) -> int:
    """The input size of a model in pixels; 0 if unknown."""
    from hairopt.models.store import find_record

    try:
        return find_record(model).contract.input.height
    except HairoptError:
        return 0


def _has_effect(knob: Knob, value: Value, variant: Variant) -> bool:
    if knob.key == "segment.input_size" and isinstance(value, int):
        return value < _own_size(variant.segment.model)
    return all(str(read_key(variant, key)) in allowed for key, allowed in knob.only_when.items())


def _can_execute(runtime: str, precision: str) -> bool:
    """Whether a runtime may have a form of this precision; models convert both ways in float32."""
    from hairopt.runtimes import RUNTIMES

    try:
        formats = RUNTIMES.get(runtime).formats
    except HairoptError:
        return True  # the measurement will report what is wrong with it
    return precision == "float32" or any(precision in _PRECISIONS.get(f, ()) for f in formats)
