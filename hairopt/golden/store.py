"""Golden sets: masks and answers of a trusted version, stored as files with a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.datasets import Case, Dataset
from hairopt.errors import DataError, HairoptError, NotComparableError, UsageError
from hairopt.files.validated import Document
from hairopt.files.whole_folder import Tell, carry_over, recover, whole_folder
from hairopt.images import decode_image
from hairopt.images.decode import explained, read_header, stored_pixels
from hairopt.pipeline import Given, Pipeline
from hairopt.types import ImageU8, MaskF32, Shade
from hairopt.variants.schema import Variant

SCHEMA = "hairopt.golden/1"
MANIFEST = "manifest.json"
CASES = "cases"

LEVELS = 65535
"""Largest stored value: masks have 16 bits, because 8 would hide changes of up to 0.002."""


class GoldenFile(BaseModel):
    """One file of the set: its path in the folder of the set, and its hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str


class GoldenCase(BaseModel):
    """One case: its mask at the network's resolution, and its encoded answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mask: GoldenFile
    answer: GoldenFile


class Manifest(BaseModel):
    """Schema ``hairopt.golden/1``: how a golden set was made.

    Attributes:
        variant: the whole variant.
        model_sha256: SHA-256 of the network file that ran; empty if there was none.
        dataset_path: the path as typed; empty for the shipped datasets and for absolute paths.
        cases: the cases by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["hairopt.golden/1"] = Field(default="hairopt.golden/1", alias="schema")
    created_utc: str
    hairopt_version: str
    variant: Variant
    model: str
    model_sha256: str
    dataset: str
    dataset_path: str
    dataset_fingerprint: str
    isa: list[str]
    shade: str
    shade_name: str
    intensity: FiniteFloat
    cases: dict[str, GoldenCase]


def record_golden(
    folder: Path,
    variant: Variant,
    dataset: Dataset,
    shade: Shade,
    intensity: float,
    *,
    created_utc: str,
    replace: bool = False,
    on_case: Callable[[], None] = lambda: None,
    tell: Tell = lambda _: None,
) -> Manifest:
    """Store mask and answer of every case, completely or not at all.

    A set that is replaced stays until the new one is complete. Other files in its folder are copied
    to the new one.

    Args:
        folder: folder of the set: absent, empty, or with ``replace`` a golden set.
        variant: the trusted version.
        dataset: the cases.
        shade: the colour of the answers.
        intensity: strength of the colour, 0..100.
        created_utc: time for the manifest.
        replace: whether an existing golden set may be replaced.
        on_case: called after each case.
        tell: called with a folder that a killed process had completed in this place.

    Raises:
        UsageError: the folder is not empty (another process may have recorded meanwhile), or cannot
            be written.
        DataError: a case cannot be read or answered: a golden set has all cases.
    """
    recover(folder)
    _require_place(folder, replace=replace)
    try:
        with whole_folder(
            folder,
            replace=replace,
            check=lambda: _require_place(folder, replace=replace),
            tell=tell,
        ) as new:
            manifest = _record(new, variant, dataset, shade, intensity, created_utc, on_case)
            _write_manifest(new, manifest)
            carry_over(folder, new, ours=lambda name: name in (MANIFEST, CASES))
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"the golden set cannot be written to {folder}: {reason}") from error
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a golden set.

    Raises:
        NotComparableError: there is none.
        DataError: it is damaged; the message names file, line and key.
    """
    recover(folder)
    file = folder / MANIFEST
    if not file.exists():
        raise NotComparableError(f"{file} cannot be read: there is no such file.")
    return Document.read_json(file, f"the manifest of a golden set ({SCHEMA})").validated(Manifest)


def read_golden_mask(folder: Path, case: GoldenCase) -> MaskF32:
    """The mask of a case, float32 (h, w) in [0, 1].

    Raises:
        NotComparableError: the file is missing or not the one that was recorded.
    """
    data, name = _verified(folder, case.mask), str(folder / case.mask.path)
    try:
        header = read_header(data, name)
        if header.bits != 16 or header.channels != "grey" or header.has_alpha:
            raise NotComparableError(f"{name} is no 16-bit grey PNG")
        with explained(name):
            stored = stored_pixels(header, data)
    except DataError as error:
        raise NotComparableError(str(error)) from error
    return np.asarray(stored / LEVELS, dtype=np.float32)


def read_golden_answer(folder: Path, case: GoldenCase) -> ImageU8:
    """The answer of a case, uint8 (H, W, 3) RGB.

    Raises:
        NotComparableError: the file is missing or not the one that was recorded.
    """
    return decode_image(_verified(folder, case.answer), case.answer.path)


def dyed_case(
    pipeline: Pipeline, case: Case, shade: Shade, intensity: float
) -> tuple[MaskF32, bytes]:
    """Run the pipeline on one photo: its mask, and the encoded answer.

    Raises:
        BadFileError: the photo cannot be read.
        DataError: the pipeline fails; names the case.
    """
    photo = Given(case.photo_bytes())
    try:
        rendered = pipeline.run(photo, shade, intensity)
        return rendered.mask, rendered.encoded
    except (HairoptError, OSError) as error:  # the OSError is from a stage, not from the golden set
        raise DataError(f"case {case.name}: {error}") from error


def _record(
    scratch: Path,
    variant: Variant,
    dataset: Dataset,
    shade: Shade,
    intensity: float,
    created_utc: str,
    on_case: Callable[[], None],
) -> Manifest:
    from hairopt import __version__
    from hairopt.cpu_isa import cpu_isa

    cases = {}
    with Pipeline(variant) as pipeline:
        for index, case in enumerate(dataset.cases):
            mask, answer = dyed_case(pipeline, case, shade, intensity)
            place = f"{CASES}/{index + 1:05d}"
            (scratch / place).mkdir(parents=True)
            cases[case.name] = GoldenCase(
                mask=_store(scratch, f"{place}/mask.png", _mask_png(mask)),
                answer=_store(scratch, f"{place}/answer.{variant.encode.format}", answer),
            )
            on_case()
        model = pipeline.model_file
    return Manifest(
        created_utc=created_utc,
        hairopt_version=__version__,
        variant=variant,
        model=model.record.name if model else "",
        model_sha256=model.sha256 if model else "",
        dataset=dataset.name,
        dataset_path="" if dataset.path.is_absolute() else str(dataset.path),
        dataset_fingerprint=dataset.fingerprint,
        isa=list(cpu_isa()),
        shade=shade.hex,
        shade_name=shade.name,
        intensity=intensity,
        cases=cases,
    )


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    plain: dict[str, Any] = manifest.model_dump(mode="json", by_alias=True)
    text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _store(folder: Path, path: str, data: bytes) -> GoldenFile:
    (folder / path).write_bytes(data)
    return GoldenFile(path=path, sha256=hashlib.sha256(data).hexdigest())


def as_stored(mask: MaskF32) -> MaskF32:
    """The mask as it is read from a golden set: float32 (h, w) in steps of 1 / 65535."""
    return np.asarray(np.rint(np.clip(mask, 0, 1) * LEVELS) / LEVELS, dtype=np.float32)


def _mask_png(mask: MaskF32) -> bytes:
    import cv2

    levels = np.rint(np.clip(mask, 0, 1) * LEVELS).astype(np.uint16)
    return bytes(cv2.imencode(".png", levels)[1])


def _verified(folder: Path, file: GoldenFile) -> bytes:
    path = (folder / file.path).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise NotComparableError(f"{file.path} of the manifest is outside {folder}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotComparableError(f"{path} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise NotComparableError(f"{path} is not the file that was recorded: its SHA-256 differs")
    return data


def _require_place(folder: Path, *, replace: bool) -> None:
    held: Sequence[Path] = list(folder.iterdir()) if folder.is_dir() else []
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; a golden set is a folder")
    if not held:
        return
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder} has other content than a golden set; choose another folder")
    if not replace:
        raise UsageError(f"{folder} holds a golden set; --replace overwrites it")
