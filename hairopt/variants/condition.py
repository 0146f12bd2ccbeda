"""The conditions of ``postprocess.when``: they are parsed as data, never run as code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hairopt.quantities import intensity, share

_READ: dict[str, Callable[[str], float]] = {
    "intensity": intensity,
    "hair_fraction": share,
    "edge_contrast": float,
}
CONDITION_NAMES = tuple(_READ)
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(
    rf"\s*({'|'.join(CONDITION_NAMES)})\s*(>=|<=|==|!=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?\s*%?)\s*"
)


@dataclass(frozen=True)
class Condition:
    """``always``, ``never``, or one comparison of a measured number with a constant.

    Attributes:
        text: the condition as written.
        name: the number that is compared; None for always and never.
    """

    text: str
    name: str | None
    _symbol: str
    _threshold: float

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition.

        Raises:
            ValueError: the text is no condition; the message says what is allowed.
        """
        word = text.strip()
        if word in ("always", "never"):
            return cls(word, None, "", float(word == "always"))
        match = _COMPARISON.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is not a condition; allowed: always, never, or one of "
                f"{', '.join(CONDITION_NAMES)} compared with a number, such as 'intensity >= 30'"
            )
        name, symbol, number = match.groups()
        return cls(word, name, symbol, _READ[name](number))

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """Whether it is true for these numbers; only ``numbers[self.name]`` is used."""
        if self.name is None:
            return bool(self._threshold)
        return _OPERATORS[self._symbol](numbers[self.name], self._threshold)
