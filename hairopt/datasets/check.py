"""Say why a dataset is not to be trusted, before anything is measured with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hairopt.datasets.dataset import Dataset
from hairopt.datasets.facts import BadCase, CaseFacts, survey
from hairopt.datasets.noise import NOISE_COLUMN, NOISE_FILE

_SMALLEST_SIDE_PX = 64
_MOST_SHOWN = 5


@dataclass(frozen=True)
class DatasetWarning:
    """Something that makes the numbers of a dataset doubtful.

    Attributes:
        rule: a stable short name, such as ``inverted``.
        message: a complete sentence.
        cases: the names of the cases concerned; empty where it is the dataset as a whole.
    """

    rule: str
    message: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetReport:
    """What ``check_dataset`` found.

    Attributes:
        name: of the dataset.
        n_cases: all cases, bad ones included.
        bad: the cases that cannot be used.
        warnings: what is doubtful about the others.
    """

    name: str
    n_cases: int
    bad: tuple[BadCase, ...]
    warnings: tuple[DatasetWarning, ...]

    @property
    def n_usable(self) -> int:
        """How many cases can be measured."""
        return self.n_cases - len(self.bad)

    @property
    def is_clean(self) -> bool:
        """Whether nothing at all was found."""
        return not self.bad and not self.warnings


def check_dataset(dataset: Dataset, on_case: Callable[[], None] | None = None) -> DatasetReport:
    """Read every case, and report what is broken and what is doubtful.

    Args:
        dataset: as ``load_dataset`` returns it.
        on_case: called after every case, for a progress display.

    Returns:
        Bad cases and warnings, in the order of the cases.
    """
    bad: list[BadCase] = []
    facts: list[CaseFacts] = []
    for found in survey(dataset):
        if isinstance(found, BadCase):
            bad.append(found)
        else:
            facts.append(found)
        if on_case is not None:
            on_case()
    warnings = [*_about_dataset(dataset, facts), *_about_photos(facts), *_about_masks(facts)]
    return DatasetReport(dataset.name, len(dataset.cases), tuple(bad), tuple(warnings))


def _about_dataset(dataset: Dataset, facts: list[CaseFacts]) -> Iterable[DatasetWarning]:
    if not dataset.licence:
        yield DatasetWarning(
            "licence", 'No licence is stated; add a line licence = "..." to dataset.toml.'
        )
    if dataset.ignored:
        files = _listed(dataset.ignored, "; ")
        yield DatasetWarning("ignored", f"Files that are not used: {files}.")
    unstated = _without_noise(dataset)
    if unstated:
        yield DatasetWarning(
            "noise",
            f"{NOISE_FILE} states no noise floor ({NOISE_COLUMN}) for cases with dyed pictures: "
            f"{_listed(unstated, ', ')}.",
            unstated,
        )
    if facts and all(one.largest_coverage == 0.0 for one in facts):
        yield DatasetWarning("empty", "No mask holds any hair: nothing can be compared with them.")


def _without_noise(dataset: Dataset) -> tuple[str, ...]:
    """Cases that a file of noise floors leaves out; none where no floor is stated at all."""
    if all(case.noise_de00 is None for case in dataset.cases):
        return ()
    return tuple(case.name for case in dataset.cases if case.dyed and case.noise_de00 is None)


def _about_photos(facts: list[CaseFacts]) -> Iterable[DatasetWarning]:
    yield from _warn(
        "constant",
        "The photo is one single colour",
        [one for one in facts if one.is_constant],
    )
    yield from _warn(
        "tiny",
        f"The photo is smaller than {_SMALLEST_SIDE_PX} pixels, too little for a hair edge",
        [one for one in facts if min(one.width_px, one.height_px) < _SMALLEST_SIDE_PX],
    )
    same: dict[str, list[CaseFacts]] = {}
    for one in facts:
        same.setdefault(one.photo_sha256, []).append(one)
    for group in same.values():
        if len(group) > 1:
            yield from _warn("duplicate", "The photo is the same file, counted repeatedly", group)


def _about_masks(facts: list[CaseFacts]) -> Iterable[DatasetWarning]:
    yield from _warn(
        "inverted",
        "The mask looks inverted (hair has to be 255): it covers the border of the photo, and "
        "more of it than of the inside",
        [one for one in facts if _looks_inverted(one)],
    )
    yield from _warn(
        "grey",
        "The mask never reaches full coverage; hair has to be 255",
        [one for one in facts if 0.0 < one.largest_coverage < 0.9],
    )
    yield from _warn(
        "soft",
        "More than a quarter of the mask is neither 0 nor 255: it looks like a photo or a map of "
        "probabilities, not like the truth",
        [one for one in facts if one.soft_fraction > 0.25],
    )


def _looks_inverted(facts: CaseFacts) -> bool:
    """Hair is in the picture, what is not hair surrounds it.

    On the 168 hand-made masks of Figaro-1k's part used for development and on the starter's, no
    mask fulfils both conditions, and 99.5 % of their inversions do. Pictures filled with hair
    touch the border too, but not more than they fill the inside.
    """
    return facts.border_fraction > 0.5 and facts.border_fraction > facts.hair_fraction


def _warn(rule: str, what: str, concerned: list[CaseFacts]) -> Iterable[DatasetWarning]:
    if concerned:
        names = tuple(one.case.name for one in concerned)
        yield DatasetWarning(rule, f"{what}: {_listed(names, ', ')}.", names)


def _listed(items: tuple[str, ...], separator: str) -> str:
    shown = separator.join(items[:_MOST_SHOWN])
    more = len(items) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
