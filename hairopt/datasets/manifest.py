"""``dataset.toml``: the description of a dataset, and its packaged and derived cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from hairopt.datasets.changes import Change
from hairopt.datasets.packaged import PackagedFile
from hairopt.errors import DataError
from hairopt.files.validated import Document, validated


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _PackagedEntry(_Table):
    package: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the name by which a package is imported"
    )
    file: str = Field(min_length=1)
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="64 hexadecimal digits in lower case"
    )
    licence: str = ""


class _Head(_Table):
    title: str = ""
    licence: str = ""
    source: str = ""
    cases: dict[str, dict[str, Any]] = {}


class DerivedEntry(_Table):
    """A case made from another one."""

    origin: str
    change: Change


class Manifest(_Table):
    """The content of ``dataset.toml``.

    Attributes:
        title: title of the dataset.
        licence: licence of the photos.
        source: where the photos come from.
        packaged: case name -> file inside an installed package.
        derived: case name -> the original case, and the change.
    """

    title: str = ""
    licence: str = ""
    source: str = ""
    packaged: dict[str, PackagedFile] = {}
    derived: dict[str, DerivedEntry] = {}


_CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


def read_manifest(path: Path) -> tuple[Manifest, list[str]]:
    """Read ``dataset.toml``; an absent file is an empty one.

    Args:
        path: the file.

    Returns:
        The manifest without its faulty cases, and one sentence for every fault.

    Raises:
        DataError: the file is no TOML or no text.
    """
    if not (path.exists() or path.is_symlink()):
        return Manifest(), []
    document = Document.read_toml(path, "the description of a dataset", DataError)
    try:
        head = document.validated(_Head)
    except DataError as error:
        return Manifest(), str(error).split("\n")
    packaged: dict[str, PackagedFile] = {}
    derived: dict[str, DerivedEntry] = {}
    faults: list[str] = []
    for name, entry in head.cases.items():
        try:
            if "from" in entry:
                derived[name] = _derived(document, name, entry)
            else:
                pinned = document.validated(_PackagedEntry, ("cases", name))
                packaged[name] = PackagedFile(pinned.package, pinned.file, pinned.sha256)
        except DataError as error:
            faults += str(error).split("\n")
    about = {"title": head.title, "licence": head.licence, "source": head.source}
    return Manifest(**about, packaged=packaged, derived=derived), faults


def _derived(document: Document, name: str, entry: dict[str, Any]) -> DerivedEntry:
    key = ("cases", name)
    origin = document.validated(str, (*key, "from"))
    change = {key: value for key, value in entry.items() if key != "from"}
    return DerivedEntry(
        origin=origin, change=validated(change, _CHANGE, document.place, DataError, within=key)
    )
