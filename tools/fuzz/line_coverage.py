"""How many lines of a reader's code its inputs go through.

``python -m tools.fuzz.line_coverage READER FOLDER...`` prints it as JSON.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import pkgutil
import sys
from pathlib import Path

from tools.fuzz.reader import ROOT, Reader, prepared


def modules_of(code: str) -> list[str]:
    """``package.*`` as the names of its modules; anything else as it is."""
    if not code.endswith(".*"):
        return [code]
    package = importlib.import_module(code.removesuffix(".*"))
    return [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]


def lines_of(code: str) -> tuple[Path, set[int] | None]:
    """The file of a part of ``Reader.code``, and its lines; None for all of them."""
    module, _, names = code.partition(":")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module} is no module")
    file = Path(spec.origin)
    if not names:
        return file, None
    wanted, lines = set(names.split(",")), set[int]()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in wanted:
            wanted.remove(node.name)
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    if wanted:
        raise ValueError(f"{module} has no {', '.join(sorted(wanted))}")
    return file, lines


def measure(reader: Reader, inputs: list[Path]) -> dict[str, tuple[int, int]]:
    """File of hairopt -> lines reached, and lines there are."""
    import coverage

    tool = coverage.Coverage(data_file=None, source_pkgs=["hairopt"], config_file=False)
    tool.start()
    with prepared(reader) as folder:
        for file in inputs:
            try:
                reader.read(file.read_bytes(), folder)
            except Exception:
                continue  # what an input does is the rule's business
    tool.stop()
    found: dict[str, tuple[int, int]] = {}
    for code in [name for part in reader.code for name in modules_of(part)]:
        path, lines = lines_of(code)
        _, statements, _, missing, _ = tool.analysis2(str(path))
        counted = [line for line in statements if lines is None or line in lines]
        reached = len(counted) - len(set(missing) & set(counted))
        found[str(path.relative_to(ROOT))] = (reached, len(counted))
    return found


def main() -> None:
    """Print what ``measure`` finds for a reader over the files of some folders."""
    from tools.fuzz.readers import READERS

    reader = READERS[sys.argv[1]]
    folders = [Path(folder) for folder in sys.argv[2:]]
    inputs = [*reader.seeds, *(file for folder in folders for file in sorted(folder.iterdir()))]
    sys.stdout.write(json.dumps(measure(reader, inputs)) + "\n")


if __name__ == "__main__":
    main()
