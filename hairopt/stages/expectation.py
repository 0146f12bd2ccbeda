"""Which calibration of expected IoU belongs to a network in a form, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from hairopt.certainty.calibrate import LabelledPhotos, labelled_photos
from hairopt.certainty.expectation import (
    NO_PROBABILITIES,
    Expectation,
    Expected,
    form_name,
    unknown,
)
from hairopt.certainty.fit import fit
from hairopt.datasets.dataset import Dataset
from hairopt.errors import ConfigError, UsageError
from hairopt.files.validated import Document
from hairopt.models.contract import ModelFile, ModelRecord
from hairopt.models.derived import derived_dir
from hairopt.models.records import shipped_records
from hairopt.models.store import write_atomically
from hairopt.stages.segment import NetworkSegmenter
from hairopt.types import ImageU8, MaskF32

_SHIPPED = Path(__file__).parent.parent / "certainty" / "shipped"
_WHAT = "a calibration of expected IoU"


def expectation_for(segmenter: object) -> Expectation | Expected:
    """The calibration of a loaded segmenter, or why there is none.

    Raises:
        ConfigError: a damaged file.
    """
    if not isinstance(segmenter, NetworkSegmenter):
        return unknown("only masks of a single network can be calibrated")
    file = segmenter.model_file
    if file.contract.output.kind == "class_map":
        return NO_PROBABILITIES
    upsample = "guided" if segmenter.guided else "linear"
    form = form_of(file, segmenter.settings.input_size, upsample)
    found = find_expectation(file.record, form)
    if found is not None:
        return found
    command = how_to_calibrate(file.record, file.precision)
    return unknown(f"{file.record.name} is not calibrated as {form}: {command}")


def form_of(file: ModelFile, input_size: int | None = None, upsample: str = "linear") -> str:
    """What matters of the form in which a network runs; see ``form_name``."""
    own = file.contract.input
    size = (input_size, input_size) if input_size else (own.height, own.width)
    return form_name(file.precision, file.format, size, upsample)


def find_expectation(record: ModelRecord, form: str) -> Expectation | None:
    """The calibration of a network in a form, the user's first; None if there is none.

    Raises:
        ConfigError: a damaged file.
    """
    own = _file(record, form)
    if own.is_file():
        return Document.read_json(own, _WHAT, ConfigError).validated(Expectation)
    shipped = shipped_records().get(record.name)
    if shipped is None or (shipped.sha256, shipped.contract) != (record.sha256, record.contract):
        return None
    return _shipped().get((record.sha256, form))


def how_to_calibrate(record: ModelRecord, precision: str) -> str:
    """The command that calibrates a network."""
    option = "" if precision == "float32" else f" --precision {precision}"
    return f"hairopt models calibrate-quality {record.name} --dataset DIR{option}"


def calibrate(
    file: ModelFile,
    form: str,
    dataset: Dataset,
    segment: Callable[[ImageU8], MaskF32],
    on_case: Callable[[], None] = lambda: None,
) -> tuple[Expectation, LabelledPhotos]:
    """Fit the calibration of a network on labelled photos.

    Args:
        file: the network's file that runs.
        form: of ``form_of``.
        dataset: labelled photos.
        segment: the network.
        on_case: called after every case.

    Raises:
        UsageError: the network answers maps of classes.
        DataError: too few photos, or none that can be used.
    """
    from hairopt import __version__

    if file.contract.output.kind == "class_map":
        raise UsageError(
            f"model {file.record.name} answers a map of classes without probabilities, so no "
            "quality can be expected from its masks"
        )
    photos = labelled_photos(dataset.cases, segment, on_case)
    found, held_out = fit(photos.used)
    about = {
        "name": dataset.name,
        "licence": dataset.licence,
        "fingerprint": dataset.fingerprint,
    }
    return (
        Expectation(
            model=file.record.name,
            sha256=file.record.sha256,
            form=form,
            dataset=about,
            hairopt_version=__version__,
            map=found,
            held_out=held_out,
        ),
        photos,
    )


def keep_expectation(record: ModelRecord, expectation: Expectation) -> Path:
    """Store the user's calibration of a network, and return the file.

    Raises:
        UsageError: the folder cannot be written.
    """
    file = _file(record, expectation.form)
    write_atomically(file, expectation_json(expectation).encode())
    return file


def expectation_json(expectation: Expectation) -> str:
    """The text of its file."""
    return expectation.model_dump_json(by_alias=True, indent=1) + "\n"


def _file(record: ModelRecord, form: str) -> Path:
    return derived_dir(record, "expectations") / f"{form}.json"


@lru_cache(maxsize=1)
def _shipped() -> dict[tuple[str, str], Expectation]:
    found: Iterable[Expectation] = (
        Document.read_json(path, _WHAT, ConfigError).validated(Expectation)
        for path in sorted(_SHIPPED.glob("*.json"))
    )
    return {(one.sha256, one.form): one for one in found}
