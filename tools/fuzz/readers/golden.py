"""Golden sets: the manifest, and the pictures that it names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tools.fuzz.mutators.picture import picture
from tools.fuzz.mutators.text import json_text
from tools.fuzz.reader import CORPUS, JSON_CODE, Reader


def _prepare(folder: Path) -> None:
    place = folder / "cases" / "00001"
    place.mkdir(parents=True)
    for name in ("mask.png", "answer.jpeg"):
        (place / name).write_bytes((CORPUS / "golden-picture" / name).read_bytes())


def _read_manifest(data: bytes, folder: Path) -> None:
    """As ``golden check`` does, up to the point where it would measure."""
    from hairopt.golden.store import read_golden_answer, read_golden_mask, read_manifest
    from hairopt.types import Shade
    from hairopt.variants.load import dump_toml

    (folder / "manifest.json").write_bytes(data)
    manifest = read_manifest(folder)
    dump_toml(manifest.variant, folder)
    Shade.parse(manifest.shade)
    for case in manifest.cases.values():
        read_golden_mask(folder, case)
        read_golden_answer(folder, case)


def _read_pictures(data: bytes, folder: Path) -> None:
    """A set whose manifest pins whatever the pictures are, as after a merge gone wrong."""
    from hairopt.errors import HairoptError
    from hairopt.golden.store import GoldenCase, GoldenFile, read_golden_answer, read_golden_mask

    place = "cases/00001/answer.jpeg"
    (folder / place).write_bytes(data)
    file = GoldenFile(path=place, sha256=hashlib.sha256(data).hexdigest())
    case = GoldenCase(mask=file, answer=file)
    try:
        read_golden_mask(folder, case)
    except HairoptError:
        read_golden_answer(folder, case)


_STORE = (
    "hairopt.golden.store:read_manifest,read_golden_mask,read_golden_answer,_verified,"
    "Manifest,GoldenCase,GoldenFile"
)

GOLDEN_MANIFEST = Reader(
    "golden-manifest", _read_manifest, json_text, (_STORE, *JSON_CODE), _prepare
)
GOLDEN_PICTURE = Reader(
    "golden-picture",
    _read_pictures,
    picture,
    ("hairopt.golden.store:read_golden_mask,read_golden_answer,_verified", "hairopt.images.*"),
    _prepare,
    max_bytes=50_000,
)
