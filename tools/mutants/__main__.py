"""``python -m tools.mutants [PART ...]``: would the tests notice if a rule were wrong?

Copies the working tree to ``build/mutants/tree`` and changes the copy, never the tree itself.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

from tools.mutants.parts import PARTS, ROOT


def main() -> None:
    """Run the parts that the command line names; exit status 1 where a change went unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--again", action="store_true", help="leave out what was noticed last time")
    asked = parser.parse_args()
    unknown = [name for name in asked.parts if name not in PARTS]
    if unknown:
        parser.error(f"unknown part {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    folder = ROOT / "build" / "mutants"
    tree = folder / "tree"
    _copy_tree(tree)
    # Compiled files that are trusted only for the very source they were made of: a change of equal
    # length, written within the same second, would run as the original.
    compileall.compile_dir(
        tree / "hairopt", quiet=1, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
    )
    environment = {**os.environ, "PYTHONPATH": str(tree), "OPENBLAS_NUM_THREADS": "1"}
    os.chdir(tree)
    command = [sys.executable, "-m", "tools.mutants.run", str(folder), *(asked.parts or PARTS)]
    os.execve(sys.executable, [*command, *(["--again"] if asked.again else [])], environment)


def _copy_tree(tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


if __name__ == "__main__":
    main()
