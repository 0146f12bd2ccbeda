"""Whether two commits behave alike: ``python -m tools.architecture.same_behaviour OLD NEW``.

Both are checked out and run on the same photos, which are made for it. Compared are the quality
columns of ``run.json``, the pictures of ``recolor`` byte by byte, the exit codes of commands that
work and that are refused, and the reports that either renders of one stored run. Every difference
is printed; the exit code is 1 where there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
VARIANTS = ("baseline", "float32", "float16", "int8", "conditional-post", "bbox-jpeg")
QUICK = ("--rounds", "2", "--warmup", "0", "--shade", "violet")
REPORTS = ("report.html", "report.md", "matrix.csv")
COMMANDS = (
    ("--version",),
    ("variants", "list"),
    ("variants", "show", "int8"),
    ("models", "list"),
    ("models", "inspect", "hairnet"),
    ("dataset", "check", "photos"),
    ("dataset", "stats", "photos"),
    ("bench", "--variant", "flaot32"),
    ("bench", "--dataset", "nowhere"),
    ("bench", "--variant", "float32", "--intensity", "101", "--dataset", "photos"),
    ("compare", "run:float32", "run:int8"),
    ("compare", "run:float32", "run:float32"),
    ("compare", "nothing", "int8", "--dataset", "photos"),
    ("gate",),
    ("golden", "check", "nowhere"),
    ("report", "nowhere"),
    ("optimize", "--baseline", "float32", "--dataset", "photos", "--dry-run"),
    ("recolor", "nowhere.jpg", "-o", "x.jpg", "--shade", "violet"),
)


@dataclass(frozen=True)
class Side:
    """One commit, checked out, and the folder that it works in."""

    tree: Path
    folder: Path

    def run(self, *arguments: str) -> int:
        """A command of this commit; returns its exit code."""
        environment = {**os.environ, "PYTHONPATH": str(self.tree), "COLUMNS": "100"}
        environment["HAIROPT_HOME"] = str(self.folder / "home")
        done = subprocess.run(
            [sys.executable, "-m", "hairopt", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        return done.returncode


def differences(old: Side, new: Side, stored: Path) -> Iterator[str]:
    """What differs, a line each; ``stored`` is a run that the old commit made."""
    yield from _compared("quality", *(_quality(side) for side in (old, new)))
    yield from _compared("recolor", *(_pictures(side) for side in (old, new)))
    for side in (old, new):
        shutil.copytree(stored, side.folder / "run")
    yield from _compared("exit code", *(_exit_codes(side) for side in (old, new)))
    yield from _compared("report", *(_reports(side) for side in (old, new)))


def _compared(what: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    print(f"{what}: {len(old.keys() | new.keys())} compared", flush=True)  # noqa: T201
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{what} {key}: {old.get(key)} -> {new.get(key)}"


def _quality(side: Side) -> dict[str, Any]:
    chosen = [word for name in VARIANTS for word in ("--variant", name)]
    side.run("bench", "--dataset", "photos", *chosen, *QUICK)
    (file,) = (side.folder / "reports").glob("*/run.json")
    run = json.loads(file.read_text(encoding="utf-8"))
    return {
        f"{name} {metric}": _rounded(values)
        for name, result in run["variants"].items()
        for metric, values in {"status": result["status"], **result["quality"]}.items()
    }


def _rounded(values: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Numbers to nine digits: the order in which a sum is added up decides the rest."""
    if isinstance(values, float):
        return float(f"{values:.9g}")
    if isinstance(values, dict):
        return {key: _rounded(value) for key, value in values.items()}
    return [_rounded(value) for value in values] if isinstance(values, list) else values


def _pictures(side: Side) -> dict[str, Any]:
    found = {}
    for name in VARIANTS:
        for photo in ("photo-0", "photo-1"):
            out = side.folder / f"{name}-{photo}.png"
            source = f"photos/images/{photo}.jpg"
            side.run("recolor", source, "-o", out.name, "--shade", "blue", "--variant", name)
            data = out.read_bytes() if out.exists() else b""
            found[f"{name} {photo}"] = hashlib.sha256(data).hexdigest()[:12]
    return found


def _exit_codes(side: Side) -> dict[str, Any]:
    return {" ".join(command): side.run(*command) for command in COMMANDS}


def _reports(side: Side) -> dict[str, Any]:
    side.run("report", "run")
    side.run("compare", "run:float32", "run:int8", "--report", "run/compare.html")
    return {
        name: hashlib.sha256((side.folder / "run" / name).read_bytes()).hexdigest()[:12]
        for name in (*REPORTS, "compare.html")
    }


def _make_photos(folder: Path) -> None:
    import cv2

    random = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / "photos" / part).mkdir(parents=True)
    for index in range(8):
        noise = random.integers(0, 256, (160, 128, 3), dtype=np.uint8)
        photo = cv2.GaussianBlur(noise, (0, 0), 4)
        rows, columns = np.mgrid[-1:1:160j, -1:1:128j]
        hair = np.hypot(rows + 0.3, columns) < 0.4 + 0.04 * index
        photo[hair] = photo[hair] // 4
        cv2.imwrite(str(folder / "photos" / "images" / f"photo-{index}.jpg"), photo)
        mask = cv2.GaussianBlur(hair.astype(np.uint8) * 255, (0, 0), 1.5)
        cv2.imwrite(str(folder / "photos" / "masks" / f"photo-{index}.png"), mask)


@contextmanager
def _checked_out(commit: str, folder: Path) -> Iterator[Path]:
    tree = folder / "tree"
    subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, commit], cwd=ROOT, check=True)
    try:
        yield tree
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def main() -> int:
    """Compare two commits and print what differs."""
    parser = argparse.ArgumentParser(description="Whether two commits behave alike.")
    parser.add_argument("old")
    parser.add_argument("new")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / side for side in ("old", "new")]
        for folder in folders:
            folder.mkdir()
            _make_photos(folder)
        with _checked_out(asked.old, folders[0]) as old, _checked_out(asked.new, folders[1]) as new:
            sides = (Side(old, folders[0]), Side(new, folders[1]))
            maker = Path(name) / "stored"
            maker.mkdir()
            _make_photos(maker)
            Side(old, maker).run(
                "bench", "--dataset", "photos", "--variant", "float32", "--variant", "int8", *QUICK
            )
            (stored,) = (path.parent for path in (maker / "reports").glob("*/run.json"))
            found = list(differences(*sides, stored))
    for line in found:
        print(line)  # noqa: T201
    print(f"{len(found)} differences")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
