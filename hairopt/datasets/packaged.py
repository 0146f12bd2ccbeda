"""Files inside an installed package, pinned by their hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hairopt.errors import DataError
from hairopt.images import read_bytes


@dataclass(frozen=True)
class PackagedFile:
    """A file inside an installed package; it is referenced, never copied.

    Attributes:
        package: top-level import name, such as ``skimage``.
        file: path inside the package, with forward slashes.
        sha256: SHA-256 of the file, in lower-case hex.
    """

    package: str
    file: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.package}:{self.file}"

    def locate(self) -> Path:
        """The path of the file on this machine; the package is not imported.

        Raises:
            DataError: the package is not installed or does not have the file.
        """
        # find_spec imports the parents of a dotted name; a dataset must not run code.
        spec = find_spec(self.package) if self.package.isidentifier() else None
        folders = list(spec.submodule_search_locations or []) if spec else []
        if not folders:
            raise DataError(f"{self}: the package {self.package!r} is not installed")
        for folder in folders:
            root = Path(folder).resolve()
            path = (root / self.file).resolve()
            if path.is_file() and path.is_relative_to(root):
                return path
        raise DataError(f"{self}: the installed package {self.package!r} has no such file")

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            DataError: it cannot be read, or has another SHA-256.
        """
        path = self.locate()
        data = read_bytes(path)
        actual = hashlib.sha256(data).hexdigest()
        if actual != self.sha256:
            raise DataError(
                f"{path} has the SHA-256 {actual}, but the dataset was made for {self.sha256}: "
                f"install a version of {self.package!r} that has this file"
            )
        return data
