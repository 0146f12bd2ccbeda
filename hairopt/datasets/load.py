"""Load a dataset from a folder. No photo is decoded, so that a bad one affects only its case."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hairopt.datasets.case import Case
from hairopt.datasets.case_table import CLUSTER_COLUMN, read_case_table, same_form
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.manifest import Manifest, read_manifest
from hairopt.datasets.noise import NOISE_FILE, read_noise
from hairopt.datasets.packaged import PackagedFile
from hairopt.errors import DataError, UsageError
from hairopt.files.text import is_broken_link
from hairopt.registry import unknown_name
from hairopt.types import Shade

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
"""File extensions of photos, in lower case."""

_TABLE_SUFFIXES = (".csv", ".toml")
"""Of the tables beside the photos of a folder of photos alone."""

_MAX_LISTED_FAULTS = 20


def load_dataset(path: Path, *, needs_masks: bool = True) -> Dataset:
    """Read the structure of a dataset folder.

    ``images/`` and ``masks/`` with equal stems are enough; ``dyed/``, ``cases.csv``, ``noise.csv``
    and ``dataset.toml`` are optional. A case whose files are missing or damaged is part of the
    dataset: its ``read()`` says what is wrong, and ``check_dataset`` lists all such cases.

    Photos alone are a dataset, too, where the caller has a use for them: without ``masks/`` (or
    with an empty one), or a folder of nothing but photos. A dataset with masks for some of its
    photos is a labelled one, in which the others cannot be used.

    Args:
        path: the folder.
        needs_masks: whether photos alone are no dataset.

    Returns:
        The dataset, its cases sorted by name.

    Raises:
        DataError: the structure is faulty: no such folder, no photo, two photos with one name,
            tags or noise of unknown cases, a faulty ``dataset.toml``. The message lists every
            fault.
    """
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise DataError(f"{path} {what}; a dataset is a folder with images/ and masks/")
    manifest, faults = read_manifest(path / "dataset.toml")
    ignored: list[str] = []
    is_labelled = needs_masks or bool(_files(path / "masks"))
    is_plain = not is_labelled and not (path / "images").is_dir()
    photos = _find_photos(path if is_plain else path / "images", path, manifest, faults, ignored)
    known = sorted([*photos, *manifest.derived])
    rows, row_faults = read_case_table(path / "cases.csv", known)
    noise, noise_faults = read_noise(path / NOISE_FILE, known)
    faults += row_faults + noise_faults
    subfolders = _subfolders(path)
    if not known and not faults:
        below = "; sub-folders are not read: " + "; ".join(subfolders) if subfolders else ""
        faults.append(_no_photo(path) + below)
    masks = _find_masks(path, photos, ignored)
    dyed = _find_dyed(path, set(photos), ignored)
    cases = {
        name: _plain_case(path, name, photo, rows.get(name, {}), masks, dyed)
        for name, photo in photos.items()
    }
    if not is_labelled:
        cases = {name: replace(case, mask=None, dyed={}) for name, case in cases.items()}
    cases |= _derived_cases(path, manifest, cases, rows, faults)
    if faults:
        raise DataError(_listed(path, faults))
    return Dataset(
        name=path.resolve().name,
        path=path,
        title=manifest.title or path.resolve().name,
        licence=manifest.licence,
        source=manifest.source,
        cases=tuple(replace(cases[name], noise_de00=noise.get(name)) for name in sorted(cases)),
        ignored=tuple(sorted(ignored)),
        subfolders=subfolders,
        is_labelled=is_labelled,
    )


def _files(folder: Path) -> list[Path]:
    """The visible files of a folder, sorted; none if the folder does not exist.

    A broken link counts as a file: its case is part of the dataset, and cannot be read.
    """
    return [path for path in _visible(folder) if path.is_file() or is_broken_link(path)]


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror or error}.") from error


def _subfolders(path: Path) -> tuple[str, ...]:
    """Each folder among the files, with the number of photos or masks in it."""
    found = []
    for part, what, suffixes in (
        ("images", "photo", PHOTO_SUFFIXES),
        ("masks", "mask", (".png",)),
        ("dyed", "picture", (".png",)),
    ):
        for folder in _visible(path / part):
            if folder.is_dir():
                files = [name for _, _, names in os.walk(folder) for name in names]
                n = sum(Path(name).suffix.lower() in suffixes for name in files)
                found.append(f"{folder} ({n} {what}{'s' * (n != 1)})")
    return tuple(found)


def _no_photo(path: Path) -> str:
    folder = path / "images"
    if is_broken_link(folder):
        return f"no photo: {folder} is a link to {folder.readlink()}, which does not exist"
    if not folder.is_dir():
        others = [other.name for other in _visible(path) if other.is_dir()]
        beside = f" (found: {', '.join(others)})" if others else ""
        return (
            f"no photo: {folder} does not exist; photos belong in images/, masks in masks/{beside}"
        )
    return f"{folder} holds no photo ({', '.join(PHOTO_SUFFIXES)})"


def _find_photos(
    folder: Path, path: Path, manifest: Manifest, faults: list[str], ignored: list[str]
) -> dict[str, Path | PackagedFile]:
    photos: dict[str, Path | PackagedFile] = {}
    for file in _files(folder):
        name = same_form(file.stem)
        if file.suffix.lower() in _TABLE_SUFFIXES and folder == path:
            continue
        if file.suffix.lower() not in PHOTO_SUFFIXES:
            ignored.append(f"{file} is no photo that is read ({', '.join(PHOTO_SUFFIXES)})")
        elif name in photos:
            faults.append(f"{photos[name]} and {file} have the same name: remove one of them")
        else:
            photos[name] = file
    for name, packaged in manifest.packaged.items():
        if same_form(name) in photos:
            taken = photos[same_form(name)]
            faults.append(f"{path / 'dataset.toml'}: cases.{name}: {taken} has the same name")
        else:
            photos[same_form(name)] = packaged
    return photos


def _find_masks(
    path: Path, photos: Mapping[str, Path | PackagedFile], ignored: list[str]
) -> dict[str, Path]:
    masks: dict[str, Path] = {}
    by_letters = {name.casefold(): name for name in photos}
    for file in _files(path / "masks"):
        name = same_form(file.stem)
        if file.suffix.lower() != ".png":
            ignored.append(f"{file} is no PNG; masks are 8-bit grey PNG files")
        elif name not in photos:
            near = by_letters.get(name.casefold())
            hint = f"; {photos[near]} differs in capital letters" if near else ""
            ignored.append(f"{file} belongs to no photo in images/{hint}")
        else:
            masks[name] = file
    return masks


def _find_dyed(path: Path, photos: set[str], ignored: list[str]) -> dict[str, dict[str, Path]]:
    dyed: dict[str, dict[str, Path]] = {}
    for file in _files(path / "dyed"):
        name, _, shade = same_form(file.stem).rpartition("@")
        if file.suffix.lower() != ".png" or name not in photos:
            ignored.append(f"{file} is no NAME@SHADE.png of a photo in images/")
            continue
        try:
            dyed.setdefault(name, {})[Shade.parse(shade).hex] = file
        except UsageError as error:
            ignored.append(f"{file}: {error}")
    return dyed


def _plain_case(
    path: Path,
    name: str,
    photo: Path | PackagedFile,
    row: dict[str, str],
    masks: dict[str, Path],
    dyed: dict[str, dict[str, Path]],
) -> Case:
    return Case(
        name=name,
        tags={key: value for key, value in row.items() if key != CLUSTER_COLUMN},
        source=row.get(CLUSTER_COLUMN, name),
        photo=photo,
        mask=masks.get(name, path / "masks" / f"{name}.png"),
        dyed=dyed.get(name, {}),
    )


def _derived_cases(
    path: Path,
    manifest: Manifest,
    plain: dict[str, Case],
    rows: dict[str, dict[str, str]],
    faults: list[str],
) -> dict[str, Case]:
    derived: dict[str, Case] = {}
    for name, entry in manifest.derived.items():
        where = f"{path / 'dataset.toml'}: cases.{name}"
        origin = plain.get(same_form(entry.origin))
        if name in plain:
            faults.append(f"{where}: {plain[name].photo} has the same name")
        elif origin is None:
            faults.append(f"{where}: from: {unknown_name('case', entry.origin, sorted(plain))}")
        else:
            own = {key: value for key, value in rows.get(name, {}).items() if key != CLUSTER_COLUMN}
            derived[name] = Case(
                name=name,
                tags={**origin.tags, "derived": entry.change.change, **own},
                source=origin.source,
                photo=origin.photo,
                mask=origin.mask,
                dyed=origin.dyed,
                change=entry.change,
            )
    return derived


def _listed(path: Path, faults: list[str]) -> str:
    shown = faults[:_MAX_LISTED_FAULTS]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    return f"{path} is no usable dataset:\n" + "\n".join(f"  {fault}" for fault in shown)
