"""The knobs: settings that a search can change, with risk, effort and how to undo them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from hairopt.errors import UsageError
from hairopt.files.validated import Document
from hairopt.registry import unknown_name

Value: TypeAlias = str | int | float | bool | None
"""A setting of a variant; None means the model's own."""

Risk = Literal["none", "low", "medium", "high"]
RISKS: tuple[Risk, ...] = ("none", "low", "medium", "high")

Family = Literal["encoder", "region and resolution", "recolour", "network", "process"]
"""The part of the service that a knob changes; options of a plan differ in their families."""

_OWN = "own"


class Knob(BaseModel):
    """One key of a variant that may be changed.

    Attributes:
        name: its name in plans.
        key: ``table.key`` of the variant file, or ``segment.steps[1].when`` of a cascade.
        values: the values to try; ``own`` stands for None.
        values_from: takes the values from the machine: ``runtimes``, ``models``, ``threads``,
            ``thresholds`` (a knob for every condition on softness), or ``<stage> methods``.
        family: the part of the service that it changes.
        technique: the effect of changing it, as the start of a sentence.
        source: where the technique is from: a paper, a document, or this run.
        risk, risk_note: risk of changing it, and the reason.
        effort_days: person-days until it is in production; an estimate, not measured.
        reversal: how to undo it.
        test: what to add to the tests when it is changed.
        only_when: key -> values for which the knob has an effect; otherwise it is not changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    key: str = Field(pattern=r"^[a-z]+\.[a-z_]+(\[[0-9]+\]\.[a-z_]+)?$")
    values: tuple[str | int | float | bool, ...] = ()
    values_from: str = ""
    family: Family
    technique: str
    source: str
    risk: Risk
    risk_note: str
    effort_days: float = Field(gt=0)
    reversal: str
    test: str
    only_when: dict[str, tuple[str, ...]] = {}

    @property
    def settings(self) -> tuple[Value, ...]:
        """The values as in a variant."""
        return tuple(None if value == _OWN else value for value in self.values)


class _KnobFile(BaseModel):
    """The part of ``knobs.toml`` that is read; the file also says what is not searched, and why."""

    knob: list[Knob]


@lru_cache(maxsize=1)
def load_knobs() -> tuple[Knob, ...]:
    """The knobs in the order of the file, which is the order in which they are tried."""
    text = files("hairopt.optimize").joinpath("knobs.toml").read_text(encoding="utf-8")
    document = Document.of_toml(text, "the built-in knobs.toml", "a list of knobs")
    return tuple(document.validated(_KnobFile).knob)


def named_knobs(names: Sequence[str]) -> tuple[Knob, ...]:
    """Some of the knobs, in the order of the file.

    Raises:
        UsageError: no knob has this name; the message lists all names.
    """
    known = {knob.name: knob for knob in load_knobs()}
    for name in names:
        if name not in known:
            raise UsageError(unknown_name("knob", name, list(known)))
    return tuple(knob for name, knob in known.items() if name in names)


def families(changes: Mapping[str, Value]) -> tuple[Family, ...]:
    """The families of changes, in the order of the knobs; unknown knobs are left out."""
    return tuple(dict.fromkeys(knob.family for knob in load_knobs() if knob.name in changes))


def described(changes: Mapping[str, Value]) -> str:
    """Changes in words: ``encoder jpeg, freed memory on``; ``own`` is the model's own value."""
    words = (f"{name} {_word(value)}" for name, value in changes.items())
    return ", ".join(words) or "nothing changed"


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "own" if value is None else str(value)
