"""A pytest plug-in: the fixture ``hairopt_gate`` judges a candidate inside a test.

``assert hairopt_gate("int8").mask_drop < 0.05``. Nothing is imported or measured before a test
uses it, and each comparison is made once per session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hairopt.gate.compare import Comparison
    from hairopt.gate.settings import GateSettings
    from hairopt.gate.verdict import RuleResult


@dataclass(frozen=True, repr=False)
class GateResult:
    """A judged candidate; every loss is a share, positive if the candidate is worse."""

    comparison: Comparison

    @property
    def verdict(self) -> str:
        """``PASS``, ``FAIL`` or ``INCONCLUSIVE``."""
        return self.comparison.verdict.value

    @property
    def mask_drop(self) -> float:
        """Relative fall of the mean alpha IoU."""
        return self._measured("mask")

    @property
    def boundary_drop(self) -> float:
        """Relative fall of the mean alpha Boundary IoU."""
        return self._measured("boundary")

    @property
    def slice_drop(self) -> float | None:
        """Relative fall of the alpha IoU in the worst slice; None if no slice is large enough."""
        found = self._rule("slice")
        return None if found is None else found.measured

    @property
    def big_losers(self) -> float:
        """Share of photos that lose over 20 % in any metric."""
        return self._measured("tail")

    @property
    def failures(self) -> int:
        """Cases that worked and now fail."""
        return round(self._measured("failures"))

    @property
    def latency_increase(self) -> float | None:
        """Rise of the median latency; None if the two were not timed together."""
        timed = self.comparison.timed
        return None if timed is None else timed.ratio.median - 1

    def __repr__(self) -> str:
        """The verdict and every rule, for the message of a failed assertion."""
        rules = "; ".join(_sentence(rule) for rule in self.comparison.rules)
        sides = f"{self.comparison.candidate.variant} against {self.comparison.baseline.variant}"
        return f"<{self.verdict}: {sides}: {rules}>"

    def _rule(self, name: str) -> RuleResult | None:
        return next((rule for rule in self.comparison.rules if rule.rule == name), None)

    def _measured(self, name: str) -> float:
        found = self._rule(name)
        if found is None or found.measured is None:
            raise LookupError(f"rule {name} was not measured")
        return found.measured


@pytest.fixture(scope="session")
def hairopt_gate(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., GateResult]:
    """Judge a candidate: ``hairopt_gate(candidate, baseline=..., **settings)``.

    Missing values are taken from ``hairopt.toml`` or ``[tool.hairopt.gate]`` at the root of the
    tests. Settings have the names of that file, such as ``dataset``, ``rounds``, ``max_mask_drop``.
    """
    made: dict[str, GateResult] = {}

    def gate(
        candidate: str | None = None, *, baseline: str | None = None, **changes: object
    ) -> GateResult:
        from hairopt.gate.judge import judge

        settings = _configured(pytestconfig, tmp_path_factory).changed(
            {"candidate": candidate, "baseline": baseline, **changes}
        )
        key = settings.model_dump_json()
        if key not in made:
            made[key] = GateResult(judge(settings, command="pytest").comparison)
        return made[key]

    return gate


def _configured(config: pytest.Config, temporary: pytest.TempPathFactory) -> GateSettings:
    from hairopt.gate.settings import GateSettings, find_settings

    found = find_settings(config.rootpath)
    return found or GateSettings(out=temporary.getbasetemp() / "hairopt-reports")


def _sentence(rule: RuleResult) -> str:
    measured = "not measured" if rule.measured is None else f"{rule.measured:.4g}"
    return f"{rule.rule} {measured} (limit {rule.limit:g}, n={rule.n}): {rule.verdict.value}"
