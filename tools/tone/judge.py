"""How far methods of recolouring are from the truly dyed heads of a rendered set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hairopt.datasets.case import Case, LoadedCase
from hairopt.datasets.load import load_dataset
from hairopt.images import decode_image
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.lab import lab_from_srgb
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box, ImageU8, MaskBool, Shade
from tools.tone.pairs import CORE, probability

FULL = 100.0
UNDYED = "photo"

Dyer = Callable[[LoadedCase[ImageU8], Shade], ImageU8]


@dataclass(frozen=True)
class Judged:
    """One dyed picture.

    Attributes:
        shade: name of the shade; ``other`` where it has none.
        hair: colour of the hair in the photo; ``unknown`` where nobody told.
        de00: method -> mean CIEDE2000 to the truly dyed picture, over the hair's core.
    """

    shade: str
    hair: str
    de00: dict[str, float]


GROUPS: dict[str, Callable[[Judged], bool]] = {
    "black to blond, platinum": lambda one: (
        one.hair == "black" and one.shade in ("blond", "platinum")
    ),
    "blond, white to black": lambda one: one.hair in ("blond", "white") and one.shade == "black",
    "grey to any": lambda one: one.hair == "grey",
}


def judge(folder: Path, methods: Sequence[str], with_network: bool) -> list[Judged]:
    """Compare methods on every dyed picture of a rendered set, at intensity 100.

    Args:
        folder: a dataset with ``dyed``.
        methods: names of ``recolor.method``.
        with_network: whether the whole pipeline runs, with the bundled network and JPEG, instead
            of the method alone with the exact mask.
    """
    tags = _tags(folder)
    dyers = {name: (_through_pipeline if with_network else _exactly)(name) for name in methods}
    return [one for case in load_dataset(folder).cases for one in _judged(case, tags, dyers)]


def _judged(
    case: Case, tags: dict[str, dict[str, str]], dyers: dict[str, Dyer]
) -> Iterator[Judged]:
    read = case.read()
    core = read.truth > CORE
    if not core.any():
        return
    told = {**case.tags, **tags.get(case.name, {})}
    hair = told.get("hair_color") or told.get("color") or "unknown"
    for code, truth in sorted(read.dyed.items()):
        shade = Shade.parse(code)
        found = {UNDYED: difference(read.image, truth, core)}
        for name, dye in dyers.items():
            found[name] = difference(dye(read, shade), truth, core)
        yield Judged(shade.name if not shade.name.startswith("#") else "other", hair, found)


def difference(one: ImageU8, other: ImageU8, core: MaskBool) -> float:
    """Mean CIEDE2000 of two pictures over some pixels."""
    return float(ciede2000(lab_from_srgb(one[core]), lab_from_srgb(other[core])).mean())


def _exactly(method: str) -> Dyer:
    recolorer = load_recolorer(method, {})

    def dye(read: LoadedCase[ImageU8], shade: Shade) -> ImageU8:
        layer = recolorer.prepare(read.image, probability(read.truth), shade, FULL)
        return layer(Box.full(*read.image.shape[:2]))

    return dye


def _through_pipeline(method: str) -> Dyer:
    from hairopt.pipeline import Pipeline
    from hairopt.variants.load import load_variant

    variant = load_variant("float32")
    recolor = variant.recolor.model_copy(update={"method": method})
    pipeline = Pipeline(variant.model_copy(update={"recolor": recolor}))

    def dye(read: LoadedCase[ImageU8], shade: Shade) -> ImageU8:
        return decode_image(pipeline.run(read.data, shade, FULL).encoded, "the answer")

    return dye


def _tags(folder: Path) -> dict[str, dict[str, str]]:
    """The tags of small pairs, which have no ``cases.csv``."""
    manifest = folder / "manifest.json"
    found = json.loads(manifest.read_text()) if manifest.exists() else {}
    return {name: record["tags"] for name, record in found.items() if "tags" in record}


def table(judged: Sequence[Judged]) -> str:
    """Mean of all, of the goals' groups, by shade and by hair."""
    methods = list(judged[0].de00)
    lines = [f"{'mean dE00':26}{'n':>5}" + "".join(f"{name:>9}" for name in methods)]

    def add(title: str, rows: Iterable[Judged]) -> None:
        chosen = list(rows)
        if chosen:
            means = [np.mean([one.de00[name] for one in chosen]) for name in methods]
            lines.append(f"{title:26}{len(chosen):5}" + "".join(f"{mean:9.2f}" for mean in means))

    add("all", judged)
    for title, belongs in GROUPS.items():
        add(title, filter(belongs, judged))
    for shade in sorted({one.shade for one in judged}):
        add(f"to {shade}", (one for one in judged if one.shade == shade))
    for hair in sorted({one.hair for one in judged}):
        add(f"{hair} hair", (one for one in judged if one.hair == hair))
    return "\n".join(lines)
