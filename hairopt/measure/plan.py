"""The validated request of a bench: variants, dataset, shades, rounds and limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError
from hairopt.quantities import MAX_ROUNDS
from hairopt.types import Shade
from hairopt.variants.schema import Variant

DEFAULT_SHADES = (Shade.parse("violet"), Shade.parse("blond"), Shade.parse("black"))
"""A vivid shade, and the two directions in which hue replacement cannot work."""

DEFAULT_INTENSITIES = (70.0,)

DEFAULT_TIMING_LIMIT_S = 120.0
MAX_TIMING_LIMIT_S = 24 * 3600.0

MAX_SEED = 2**32 - 1
"""The largest seed that every random generator accepts."""

NULL_SUFFIX = "@null"
"""Suffix for the name of a variant that is measured against itself."""


_FOLDER_NAME = re.compile(r"(?!.*\.\Z)[A-Za-z0-9][A-Za-z0-9._+@-]{0,79}")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?", re.IGNORECASE)


def _is_folder_name(name: str | None) -> bool:
    """Whether it is None, or a name that every file system accepts."""
    return name is None or bool(_FOLDER_NAME.fullmatch(name) and not _DEVICE.fullmatch(name))


@dataclass(frozen=True)
class BenchPlan:
    """One bench.

    Attributes:
        variants: the first one that can be measured is the baseline of every comparison.
        dataset: the cases.
        out: the folder in which the run folder is made.
        shades: each case is dyed in every one.
        intensities: each 0..100; every shade is dyed with every one.
        rounds: timed requests per variant, back to back; p95 needs at least 100. None: until every
            interval is within 3 %, or ``timing_limit_s`` is over.
        timing_limit_s: seconds of timing, process starts included, with ``rounds`` None.
        starts: process starts per variant over which ``rounds`` is spread; None: six, fewer for
            few rounds.
        after_pause: whether requests after a pause are timed, too.
        warmup: untimed requests of every process after its first one.
        seed: seed of the choice and order of timed requests.
        timeout_s: longest time of one request, or of loading; then the worker counts as hung.
        prepare_timeout_s: longest time of the first loading, which may convert or calibrate a
            network.
        rehearse: whether every variant is loaded once before it is measured, so that its start-up
            times include no conversion and no cold file; False only if these times are not used.
        null: measure the only variant against itself, which gives the noise floor.
        command: the command line, for the record.
        name: the name of the run and of its folder; None for one made of the time.
    """

    variants: tuple[Variant, ...]
    dataset: Dataset
    out: Path
    shades: tuple[Shade, ...] = DEFAULT_SHADES
    intensities: tuple[float, ...] = DEFAULT_INTENSITIES
    rounds: int | None = None
    timing_limit_s: float = DEFAULT_TIMING_LIMIT_S
    starts: int | None = None
    after_pause: bool = True
    warmup: int = 3
    seed: int = 0
    timeout_s: float = 120.0
    prepare_timeout_s: float = 1800.0
    rehearse: bool = True
    null: bool = False
    command: str = ""
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            UsageError: it names the field, its value and what is allowed.
        """
        names = [variant.name for variant in self.variants]
        twice = sorted({name for name in names if names.count(name) > 1})
        rounds = 1 if self.rounds is None else self.rounds
        outside = [value for value in self.intensities if not 0 <= value <= 100]
        faults = {
            "a bench needs at least one variant": not names,
            f"variant {', '.join(twice)} is given twice": bool(twice),
            f"the noise floor is measured with exactly one variant, not {len(names)}": self.null
            and len(names) != 1,
            "a bench needs at least one shade": not self.shades,
            "a shade is given twice": len({s.hex for s in self.shades}) < len(self.shades),
            "a bench needs at least one intensity": not self.intensities,
            "an intensity is given twice": len(set(self.intensities)) < len(self.intensities),
            f"intensity {outside[:1]} is outside 0..100": bool(outside),
            f"rounds is {self.rounds}, but at least 1 is needed": rounds < 1,
            f"rounds is {self.rounds}, but at most {MAX_ROUNDS} make sense": rounds > MAX_ROUNDS,
            f"starts is {self.starts}, but from 1 to {rounds}, one per round, are possible": (
                self.starts is not None and not 1 <= self.starts <= rounds
            ),
            f"timing_limit_s is {self.timing_limit_s}, but must be positive, and at most "
            f"{MAX_TIMING_LIMIT_S:g}": not 0 < self.timing_limit_s <= MAX_TIMING_LIMIT_S,
            f"warmup is {self.warmup}, but at most {MAX_ROUNDS} make sense": (
                self.warmup > MAX_ROUNDS
            ),
            f"warmup is {self.warmup}, but must not be negative": self.warmup < 0,
            f"seed is {self.seed}, but must not be negative": self.seed < 0,
            f"seed is {self.seed}, but at most {MAX_SEED} is possible": self.seed > MAX_SEED,
            f"timeout_s is {self.timeout_s}, but must be positive": not self.timeout_s > 0,
            f"prepare_timeout_s is {self.prepare_timeout_s}, but must be positive": not (
                self.prepare_timeout_s > 0
            ),
            f"dataset {self.dataset.path} has no cases": not self.dataset.cases,
            f"name {self.name!r} cannot be the name of a folder everywhere: allowed are up to 80 "
            "letters, digits and . _ + @ -, a letter or digit first and no . last, and none of the "
            "names of devices on Windows, such as con or nul": not _is_folder_name(self.name),
        }
        for sentence, is_fault in faults.items():
            if is_fault:
                raise UsageError(sentence + ".")

    @property
    def lanes(self) -> tuple[Variant, ...]:
        """One variant per worker: the variants, or with ``null`` the only one twice."""
        if not self.null:
            return self.variants
        only = self.variants[0]
        return only, only.with_suffix(NULL_SUFFIX)

    def swatches(self) -> dict[str, str]:
        """Hex code -> SHA-256 of its picture of dyed hair, for the shades that have one."""
        return {shade.hex: shade.swatch.sha256 for shade in self.shades if shade.swatch}

    @property
    def combinations(self) -> tuple[tuple[Shade, float], ...]:
        """Every shade with every intensity, shade by shade, the strongest intensity first.

        Pictures are kept for the first combination, which shows most.
        """
        strongest_first = sorted(self.intensities, reverse=True)
        return tuple((shade, value) for shade in self.shades for value in strongest_first)

    @property
    def shows_response(self) -> bool:
        """Whether the intensities suffice to judge how the picture responds to them."""
        return len(self.intensities) > 2 and {0.0, 100.0} <= set(self.intensities)
