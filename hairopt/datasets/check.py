"""Check a dataset before anything is measured with it: unusable cases and doubtful data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hairopt.datasets.case_table import CLUSTER_COLUMN
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.facts import BadCase, CaseFacts, survey
from hairopt.datasets.noise import NOISE_COLUMN, NOISE_FILE
from hairopt.errors import DataError
from hairopt.images.exif import TURNS
from hairopt.quantities import number_of

_SMALLEST_SIDE_PX = 64
_MOST_EVEN_GREY = 0.005
_FULL = 0.9
"""Coverage that a mask with hair has to reach in at least one pixel."""
_MOST_SHOWN = 5


@dataclass(frozen=True)
class DatasetWarning:
    """A finding that makes the numbers of a dataset doubtful.

    Attributes:
        rule: a stable short name, such as ``inverted``.
        message: a complete sentence.
        cases: the names of the cases concerned; empty if it concerns the whole dataset.
    """

    rule: str
    message: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetReport:
    """The result of ``check_dataset``.

    Attributes:
        name: name of the dataset.
        n_cases: number of all cases, bad ones included.
        bad: the cases that cannot be used.
        warnings: findings about the other cases.
        is_labelled: False for photos alone.
    """

    name: str
    n_cases: int
    bad: tuple[BadCase, ...]
    warnings: tuple[DatasetWarning, ...]
    is_labelled: bool = True

    @property
    def n_usable(self) -> int:
        """Number of cases that can be measured."""
        return self.n_cases - len(self.bad)

    def require_usable(self) -> None:
        """Raise an error if no case can be measured.

        Raises:
            DataError: no case can be used; it says why not the first one, and how to repair it.
        """
        if not self.n_usable:
            first = self.bad[0]
            what = f"no case of {self.name} can be used; the first of {self.n_cases}"
            raise DataError(f"{what}: {first.reason}", first.fix)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings in short: the number of unusable cases, and all warnings."""
        doubts = (warning.message for warning in self.warnings)
        if not self.bad:
            return tuple(doubts)
        n = f"{len(self.bad)} of {number_of(self.n_cases, 'case')} cannot be used"
        first = self.bad[0].reason
        return (f"{n}: {first}" if len(self.bad) == 1 else f"{n}; the first: {first}", *doubts)


def check_dataset(dataset: Dataset, on_case: Callable[[], None] = lambda: None) -> DatasetReport:
    """Read every case, and report what is damaged and what is doubtful.

    A run, its reports and a comparison show the findings of this function.

    Args:
        dataset: as ``load_dataset`` returns it.
        on_case: called after every case, for a progress display.

    Returns:
        Bad cases in the order of the cases, and warnings, with those about masks first.
    """
    return report_of(dataset, survey(dataset, on_case, lightness=False))


def report_of(dataset: Dataset, surveyed: Iterable[CaseFacts | BadCase]) -> DatasetReport:
    """As ``check_dataset``, for cases that were read already."""
    bad: list[BadCase] = []
    facts: list[CaseFacts] = []
    for found in surveyed:
        if isinstance(found, BadCase):
            bad.append(found)
        else:
            facts.append(found)
    warnings = [
        *_about_part(dataset),
        *(_about_masks(facts) if dataset.is_labelled else ()),
        *(_about_values(facts) if dataset.is_labelled else ()),
        *_about_photos(facts),
        *_about_files(dataset),
        *_about_tags(dataset),
        *_about_licence(dataset),
    ]
    return DatasetReport(
        dataset.name, len(dataset.cases), tuple(bad), tuple(warnings), dataset.is_labelled
    )


def _about_part(dataset: Dataset) -> Iterator[DatasetWarning]:
    if dataset.n_whole is not None:
        yield DatasetWarning(
            "part",
            f"The dataset is cut to {len(dataset.cases)} of {number_of(dataset.n_whole, 'case')}: "
            "a quick look, which cannot be compared with runs of all cases.",
        )


def _about_masks(facts: list[CaseFacts]) -> Iterator[DatasetWarning]:
    doubtful = [(one, one.doubts) for one in facts if one.doubts is not None]
    yield from _warn(
        "inverted",
        "The mask looks inverted (hair has to be 255): its hair surrounds the rest, which has "
        "fewer colours and more texture",
        [one for one, doubts in doubtful if doubts.is_inverted],
    )
    for turn, words in TURNS.items():
        yield from _warn(
            "turned",
            f"The mask fits the edges of its photo much better when it is {words}; a photo with "
            "an EXIF orientation is turned when it is read, and its mask has to be turned, too",
            [one for one, doubts in doubtful if doubts.better_turned == turn],
        )
    yield from _warn(
        "jpeg_noise",
        "The mask was once a JPEG or a lossy WebP and is noisy around the hair; use the mask from "
        "before the compression, or set values near 0 to 0 and values near 255 to 255",
        [one for one, doubts in doubtful if doubts.has_noise],
    )
    yield from _warn(
        "even_grey",
        "The mask has even areas of grey, like class indices or trimaps; grey means partial "
        "coverage, hair has to be 255 and everything else 0",
        [
            one
            for one, doubts in doubtful
            if doubts.even_grey_fraction > _MOST_EVEN_GREY and one.largest_coverage >= _FULL
        ],
    )


def _about_values(facts: list[CaseFacts]) -> Iterator[DatasetWarning]:
    if facts and all(one.largest_coverage == 0.0 for one in facts):
        yield DatasetWarning("empty", "No mask has any hair, so nothing can be compared with them.")
    yield from _warn(
        "grey",
        "The mask never reaches full coverage; hair has to be 255",
        [one for one in facts if 0.0 < one.largest_coverage < _FULL],
    )
    yield from _warn(
        "soft",
        "More than a quarter of the mask is neither 0 nor 255: it looks like a photo or a map of "
        "probabilities, not like the truth",
        [one for one in facts if one.soft_fraction > 0.25],
    )
    yield from _warn(
        "haze",
        "More than a tenth of the mask is slightly above 0 (1 to 5 of 255): it counts as hair "
        "when the bleed beside the hair is measured",
        [one for one in facts if one.faint_fraction > 0.1 and not _has_noise(one)],
    )


def _has_noise(facts: CaseFacts) -> bool:
    return facts.doubts is not None and facts.doubts.has_noise


def _about_photos(facts: list[CaseFacts]) -> Iterator[DatasetWarning]:
    yield from _warn(
        "constant",
        "The photo has only one colour",
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
            yield from _warn("duplicate", "These cases have the same photo file", group)


def _about_files(dataset: Dataset) -> Iterator[DatasetWarning]:
    if dataset.subfolders:
        folders = _listed(dataset.subfolders, "; ")
        yield DatasetWarning("subfolder", f"Nothing is read from sub-folders: {folders}.")
    if dataset.ignored:
        files = _listed(dataset.ignored, "; ")
        yield DatasetWarning("ignored", f"Files that are not used: {files}.")


def _about_tags(dataset: Dataset) -> Iterator[DatasetWarning]:
    said = [
        *((tag, value) for case in dataset.cases for tag, value in case.tags.items()),
        *((CLUSTER_COLUMN, case.source) for case in dataset.cases if case.source != case.name),
    ]
    groups: dict[tuple[str, str], list[str]] = {}
    for tag, value in dict.fromkeys(said):
        groups.setdefault(("", _spelling(tag)), []).append(repr(tag))
        groups.setdefault((tag, _spelling(value)), []).append(repr(value))
    alike = tuple(
        f"{tag} {' and '.join(distinct)}".strip()
        for (tag, _), texts in groups.items()
        if len(distinct := list(dict.fromkeys(texts))) > 1
    )
    if alike:
        yield DatasetWarning(
            "tag_spelling",
            "Tags that differ only in capital letters, spaces or hyphens count as different: "
            f"{_listed(alike, '; ')}.",
        )
    unstated = _without_noise(dataset)
    if unstated:
        yield DatasetWarning(
            "noise",
            f"{NOISE_FILE} states no noise floor ({NOISE_COLUMN}) for cases with dyed pictures: "
            f"{_listed(unstated, ', ')}.",
            unstated,
        )


def _spelling(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _without_noise(dataset: Dataset) -> tuple[str, ...]:
    """Cases without a noise floor where other cases have one; none where no case has one."""
    if all(case.noise_de00 is None for case in dataset.cases):
        return ()
    return tuple(case.name for case in dataset.cases if case.dyed and case.noise_de00 is None)


def _about_licence(dataset: Dataset) -> Iterator[DatasetWarning]:
    if not dataset.licence:
        yield DatasetWarning(
            "licence", 'No licence is stated; add a line licence = "..." to dataset.toml.'
        )


def _warn(rule: str, what: str, concerned: list[CaseFacts]) -> Iterator[DatasetWarning]:
    if concerned:
        names = tuple(one.case.name for one in concerned)
        yield DatasetWarning(rule, f"{what}: {_listed(names, ', ')}.", names)


def _listed(items: tuple[str, ...], separator: str) -> str:
    shown = separator.join(items[:_MOST_SHOWN])
    more = len(items) - _MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
