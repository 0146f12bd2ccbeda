"""The cases of two variants side by side, one value per case and metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hairopt.errors import NotComparableError
from hairopt.evidence.paired import PairedSample
from hairopt.metrics.catalog import AGREEMENT_GUARDED, UNLABELLED, agreement
from hairopt.metrics.retention import DEFAULT_GUARDED

Value = float | None


@dataclass(frozen=True)
class PairedCases:
    """The data of the rules.

    Attributes:
        names: names of the cases.
        sources: the source image of each case; derived cases share one.
        tags: the tags of each case.
        baseline, candidate: metric -> one value per case; None is undefined (for example: no hair
            in truth and mask).
        missing: names of cases that the candidate did not answer.
        shades: shade, or ``true pictures`` -> colour error of baseline and candidate, one value per
            case.
    """

    names: Sequence[str]
    sources: Sequence[str]
    baseline: Mapping[str, Sequence[Value]]
    candidate: Mapping[str, Sequence[Value]]
    tags: Sequence[Mapping[str, str]] = field(default=())
    missing: frozenset[str] = frozenset()
    shades: Mapping[str, tuple[Sequence[Value], Sequence[Value]]] = field(default_factory=dict)

    @property
    def has_truth(self) -> bool:
        """Whether these are cases with masks; otherwise agreement with the baseline is judged."""
        return not any(name in UNLABELLED for name in self.baseline)

    def named(self, metric: str) -> str:
        """A metric of quality; of photos without masks, the one of agreement in its place."""
        return metric if self.has_truth else agreement(metric)

    def told(self, subject: str) -> str:
        """What a rule looks at, in words; of photos without masks it says agreement."""
        return subject if self.has_truth else f"agreement: {subject}"

    def guarded(self, asked: Sequence[str] | None) -> tuple[str, ...]:
        """The metrics that may not lose much: those asked for, or the default."""
        if self.has_truth:
            return tuple(asked or DEFAULT_GUARDED)
        named = (agreement(one) if agreement(one) in UNLABELLED else one for one in asked or ())
        return tuple(named) or AGREEMENT_GUARDED

    def values(self, metric: str) -> list[tuple[Value, Value]]:
        """(baseline, candidate) of each case, undefined ones included.

        Raises:
            NotComparableError: the baseline was measured without this metric.
        """
        if metric not in self.baseline:
            raise NotComparableError(
                f"the baseline was measured without {metric}, as older versions of hairopt did: "
                "measure it again (hairopt baseline save NAME VARIANT --replace, or --remeasure)"
            )
        return list(zip(self.baseline[metric], self.candidate[metric], strict=True))

    def is_absent(self, metric: str) -> bool:
        """Whether no case has a value on either side."""
        return all(value is None for pair in self.values(metric) for value in pair)

    def sample(self, metric: str) -> PairedSample:
        """The cases that are defined in both variants, averaged by source; there may be none."""
        return PairedSample.of(self.baseline[metric], self.candidate[metric], self.sources)

    def lost(self, metric: str) -> list[str]:
        """Cases with a value in the baseline and an answer but no value in the candidate.

        A baseline of 0 does not count: if hair is found where there is none, IoU is 0, and if it is
        no longer found, IoU is undefined.
        """
        return [
            name
            for name, (before, after) in zip(self.names, self.values(metric), strict=True)
            if before and after is None and name not in self.missing
        ]

    def slices(self, min_images: int) -> list[tuple[str, str]]:
        """(tag, value) pairs with enough source images, but not with all of them, sorted."""
        images: dict[tuple[str, str], set[str]] = {}
        for source, tags in zip(self.sources, self.tags, strict=True):
            for tag, value in tags.items():
                images.setdefault((tag, value), set()).add(source)
        everything = len(set(self.sources))
        return sorted(
            where for where, found in images.items() if min_images <= len(found) < everything
        )
