"""The conditions of ``when`` in variants: they are parsed as data, never run as code."""

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
    "softness": share,
}
POSTPROCESS_NAMES = ("intensity", "hair_fraction", "edge_contrast")
"""What ``postprocess.when`` may compare."""
STEP_NAMES = ("softness", "hair_fraction")
"""What ``when`` of a cascade's step may compare: numbers of the mask so far, each in 0..1."""
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(
    rf"\s*({'|'.join(_READ)})\s*(>=|<=|==|!=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?\s*%?)\s*"
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
    def parse(cls, text: str, names: tuple[str, ...] = POSTPROCESS_NAMES) -> Condition:
        """Read a condition.

        Args:
            text: the condition.
            names: the numbers that it may compare.

        Raises:
            ValueError: the text is no condition; the message says what is allowed.
        """
        word = text.strip()
        if word in ("always", "never"):
            return cls(word, None, "", float(word == "always"))
        match = _COMPARISON.fullmatch(text)
        if match is None or match[1] not in names:
            example = "softness > 0.15" if "softness" in names else "intensity >= 30"
            raise ValueError(
                f"{text!r} is not a condition; allowed: always, never, or one of "
                f"{', '.join(names)} compared with a number, such as {example!r}"
            )
        name, symbol, number = match.groups()
        return cls(word, name, symbol, _READ[name](number))

    @property
    def threshold(self) -> float:
        """The constant that the number is compared with."""
        return self._threshold

    def with_threshold(self, threshold: float) -> Condition:
        """The same comparison with another constant."""
        text = f"{self.name} {self._symbol} {threshold:g}"
        return type(self)(text, self.name, self._symbol, threshold)

    def can_hold(self, low: float, high: float) -> bool:
        """Whether it holds for any number from ``low`` to ``high``."""
        if self.name is None:
            return bool(self._threshold)
        tried = (low, high, self._threshold, (low + self._threshold) / 2)
        return any(self.holds({self.name: one}) for one in tried if low <= one <= high)

    @property
    def comparison(self) -> tuple[Callable[[float, float], bool], float]:
        """How the number is compared, and with what; of no meaning for always and never."""
        return _OPERATORS.get(self._symbol, operator.ge), self._threshold

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """Whether it is true for these numbers; only ``numbers[self.name]`` is used."""
        if self.name is None:
            return bool(self._threshold)
        return _OPERATORS[self._symbol](numbers[self.name], self._threshold)
