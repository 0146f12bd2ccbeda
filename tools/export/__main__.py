"""Export variants, and compare them with hairopt on all shipped cases: ``make export``.

Each folder is run in a new environment with nothing but its ``requirements.txt``. Then hairopt
and the exported code take turns in one process, photo by photo, and their times are compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hairopt.datasets import load_dataset
from hairopt.datasets.combined import default_datasets
from hairopt.export.folder import export
from hairopt.pipeline import Pipeline
from hairopt.types import Shade
from hairopt.variants.load import load_variant

BUILD = Path("build/export")
VARIANTS = ("float32", "float16", "int8", "mixed", "conditional-post", "tone", "fast")
ASKED = (("burgundy", 100.0), ("blond", 60.0), ("blue", 10.0), ("green", 0.0))
ROUNDS = 12

ANSWERING = """
import hashlib, json, pathlib, sys
sys.path.insert(0, ".")
from tryon import TryOn
dye, photos = TryOn(), pathlib.Path(sys.argv[1])
print(json.dumps({
    f"{photo.stem} {shade} {intensity}":
        hashlib.sha256(dye(photo.read_bytes(), shade, intensity)).hexdigest()
    for photo in sorted(photos.glob("*.photo"))
    for shade, intensity in json.loads(sys.argv[2])
}))
"""


def main() -> None:
    """Print one line for each variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", default=VARIANTS)
    photos = _write_photos(BUILD / "photos")
    for name in parser.parse_args().variants:
        variant = load_variant(name)
        folder = BUILD / variant.name
        export(variant, folder, replace=folder.exists())
        there = _answers_elsewhere(folder, photos)
        with Pipeline(variant) as pipeline:
            here = _answers(pipeline, photos)
            ratios = _paired(pipeline, folder, photos)
        wrong = sum(there[key] != value for key, value in here.items())
        low, mid, high = np.percentile(ratios, (25, 50, 75))
        print(  # noqa: T201
            f"{variant.name}: {len(here) - wrong} of {len(here)} answers are the same bytes; time "
            f"{mid:.3f} of hairopt's (quartiles {low:.3f} to {high:.3f}, {len(ratios)} pairs)",
            flush=True,
        )


def _write_photos(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for dataset in default_datasets():
        for case in load_dataset(dataset).cases:
            (folder / f"{case.name}.photo").write_bytes(case.photo_bytes())
    return folder


def _answers(pipeline: Pipeline, photos: Path) -> dict[str, str]:
    found = {}
    for photo in sorted(photos.glob("*.photo")):
        segmented = pipeline.segment(photo.read_bytes())
        for shade, intensity in ASKED:
            answer = pipeline.dye(segmented, Shade.parse(shade), intensity).encoded
            found[f"{photo.stem} {shade} {intensity}"] = hashlib.sha256(answer).hexdigest()
    return found


def _answers_elsewhere(folder: Path, photos: Path) -> dict[str, str]:
    """The answers of the exported code in an environment of its own."""
    home = BUILD / f"venv-{folder.name}"
    python = (home / "bin" / "python").absolute()
    if not python.exists():
        venv.create(home, with_pip=True)
    install = ["-m", "pip", "install", "--quiet", "-r", str(folder / "requirements.txt")]
    subprocess.run([python, *install], check=True)
    subprocess.run([python, "-m", "unittest", "-q"], check=True, cwd=folder)
    done = subprocess.run(
        [python, "-I", "-c", ANSWERING, photos.absolute(), json.dumps(ASKED)],
        check=True, cwd=folder, stdout=subprocess.PIPE,
    )  # fmt: skip
    answers: dict[str, str] = json.loads(done.stdout)
    return answers


def _paired(pipeline: Pipeline, folder: Path, photos: Path) -> list[float]:
    """Time of the exported code as a share of hairopt's, one for each pair of requests."""
    dye = _load(folder)()
    shade, ratios = Shade.parse("burgundy"), []
    datas = [photo.read_bytes() for photo in sorted(photos.glob("*.photo"))[::4]]
    runs: list[Callable[[bytes], Any]] = [
        lambda data: pipeline.run(data, shade, 70.0).encoded,
        lambda data: dye(data, "burgundy", 70.0),
    ]
    for turn in range(ROUNDS + 1):
        for data in datas:
            times = [0.0, 0.0]
            for which in (0, 1) if turn % 2 else (1, 0):
                start = time.perf_counter()
                runs[which](data)
                times[which] = time.perf_counter() - start
            if turn:  # the first one is cold
                ratios.append(times[1] / times[0])
    return ratios


def _load(folder: Path) -> Any:  # noqa: ANN401 - a class that no checker knows
    """The class of an exported folder; that of another one is forgotten."""
    for name in [one for one in sys.modules if one.partition(".")[0] in ("tryon", "tryon_parts")]:
        del sys.modules[name]
    sys.path.insert(0, str(folder.absolute()))
    try:
        from importlib import import_module

        return import_module("tryon").TryOn
    finally:
        sys.path.pop(0)


if __name__ == "__main__":
    main()
