"""Methods that live in a file of the user: ``file:my_recolor.py:dye``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from hairopt.errors import ConfigError
from hairopt.registry import unknown_name

PREFIX = "file:"


@dataclass(frozen=True)
class FileMethod:
    """A function or class of a Python file.

    Attributes:
        path: the file.
        name: the function or class in it.
    """

    path: Path
    name: str

    @classmethod
    def parse(cls, text: str) -> FileMethod | None:
        """Read ``file:PATH:NAME``; None for the name of a registered method.

        Raises:
            ConfigError: it starts with ``file:`` but has no path or no name.
        """
        if not text.startswith(PREFIX):
            return None
        path, _, name = text.removeprefix(PREFIX).rpartition(":")
        if not path or not name.isidentifier():
            raise ConfigError(
                f"{text!r} names no function; a method of a file is written file:PATH.py:NAME"
            )
        return cls(Path(path).expanduser(), name)

    def __str__(self) -> str:
        return f"{PREFIX}{self.path}:{self.name}"

    def within(self, folder: Path) -> FileMethod:
        """The same method, its path as seen from the root of the file system.

        Args:
            folder: where a relative path starts.
        """
        return FileMethod((folder / self.path).resolve(), self.name)

    def check(self) -> None:
        """Look whether the file has the name, without executing anything.

        Raises:
            ConfigError: the file cannot be read, is no Python, or does not define the name.
        """
        try:
            tree = ast.parse(self.path.read_bytes(), str(self.path))
        except OSError as error:
            raise ConfigError(f"{self}: {self.path}: {error.strerror}") from error
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            raise ConfigError(f"{self}: {self.path}{line} is no valid Python: {error}") from error
        names = sorted(set(_defined(tree.body)))
        if self.name not in names:
            raise ConfigError(unknown_name(f"name in {self.path}", self.name, names))

    def load(self) -> Any:  # noqa: ANN401
        """Execute the file and return the function or class.

        Its folder is added to the end of the import path, so that it can import its neighbours.

        Raises:
            ConfigError: the file cannot be read, raises an error, or does not define the name.
        """
        from importlib.util import module_from_spec, spec_from_file_location

        self.check()
        path = self.path.resolve()
        name = f"hairopt_file_{path.stem}_{crc32(bytes(path)):08x}"  # equal stems stay apart
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ConfigError(f"{self}: {path} is no Python file")
        module = module_from_spec(spec)
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))
        sys.modules[spec.name] = module  # dataclasses and pickle look a module up there
        try:
            spec.loader.exec_module(module)
            return getattr(module, self.name)
        except Exception as error:
            del sys.modules[spec.name]
            raise ConfigError(
                f"{self} cannot be loaded: {type(error).__name__}: {error}"
            ) from error


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    """The names that the top level of a module defines."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (one.asname or one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.Assign):
            names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
            yield from (one.id for one in names if isinstance(one.ctx, ast.Store))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        else:  # in a condition, a loop, "try" or "with"
            for block in ("body", "orelse", "finalbody"):
                yield from _defined(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                yield from _defined(handler.body)
