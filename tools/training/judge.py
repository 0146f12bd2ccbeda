"""Judge networks: ``python -m tools.training.judge DATASET MODEL|FILE.onnx ...``.

Prints mean IoU at 0.5 over source photos, over each half and by every value of a tag, with the
95 % interval of the paired difference to the first network.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

import numpy as np

from hairopt.convert.forms.resolve import resolve
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.load import load_dataset
from hairopt.evidence.change import difference
from hairopt.evidence.evidence import Evidence
from hairopt.evidence.paired import PairedSample
from hairopt.evidence.sources import source_means
from hairopt.metrics.mask import iou
from hairopt.models.contract import ModelRecord
from hairopt.models.file_summary import summarize
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import MaskBool
from tools.training.candidate import contract_of

_RUNTIME = "litert"


def each_iou(dataset: Dataset, model: str) -> dict[str, float]:
    """IoU of every case in which it is defined, in the size of the photo."""
    masks = each_mask(dataset, model)
    found = {}
    for case in dataset.cases:
        value = iou(masks[case.name], case.read().truth > 0.5)
        if value is not None:
            found[case.name] = value
    return found


def each_mask(
    dataset: Dataset, model: str, names: Collection[str] | None = None
) -> dict[str, MaskBool]:
    """The mask at 0.5 of every case, or of those named, in the size of the photo."""
    import cv2

    record, path = _network(model)
    runtime = RUNTIMES.get(_RUNTIME)
    file = resolve(record, path, formats=runtime.formats, precision="float32")
    segmenter = runtime.load(file, RuntimeSettings())
    found = {}
    for case in dataset.cases:
        if names is None or case.name in names:
            image = case.read().image
            size = (image.shape[1], image.shape[0])
            found[case.name] = np.asarray(cv2.resize(segmenter(image), size) > 0.5)
    segmenter.close()
    return found


def groups(dataset: Dataset, tag: str) -> dict[str, list[str]]:
    """Names of cases: all, the two halves, and each value of a tag."""
    names = [case.name for case in dataset.cases]
    found = {"all": names, "steering half": names[0::2], "final half": names[1::2]}
    for case in dataset.cases:
        found.setdefault(f"{tag} {case.tags.get(tag, '-')}", []).append(case.name)
    return found


def table(dataset: Dataset, models: list[str], tag: str, parts: list[str] | None) -> str:
    """The comparison as a Markdown table."""
    scores = {model: each_iou(dataset, model) for model in models}
    source_of = {case.name: case.source for case in dataset.cases}
    lines = ["| cases | n | " + " | ".join(map(_short, models)) + " | last - first |"]
    lines.append("|---|---:|" + "---:|" * (len(models) + 1))
    for title, names in groups(dataset, tag).items():
        if parts and title not in parts:
            continue
        known = [name for name in names if all(name in scores[model] for model in models)]
        sources = [source_of[name] for name in known]
        values = [[scores[model][name] for name in known] for model in models]
        found, _ = source_means(values, sources)
        means = " | ".join(f"{value:.3f}" for value in found.mean(axis=1))
        change = _difference(difference(PairedSample.of(values[0], values[-1], sources)))
        lines.append(f"| {title} | {len(known)} | {means} | {change} |")
    return "\n".join(lines)


def _network(model: str) -> tuple[ModelRecord, Path]:
    """A model of the store, or a file of the bundled network's contract."""
    import onnx

    if not model.endswith(".onnx"):
        return find_model(model)
    summary = summarize(Path(model))
    record, _ = find_model("hairnet")
    values = {
        "name": Path(model).stem,
        "sha256": summary.sha256,
        "bytes": summary.bytes,
        "contract": contract_of(onnx.load(model), record.contract),
    }
    return record.model_copy(update={**values, "origin": "added"}), Path(model)


def _difference(found: Evidence) -> str:
    if found.estimate is None or found.ci95 is None:
        return f"~ ({found.reason})"
    low, high = found.ci95
    return f"{found.mark or f'{found.estimate:+.3f}'} ({low:+.3f} to {high:+.3f})"


def _short(model: str) -> str:
    return Path(model).stem


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--tag", default="hair_type")
    parser.add_argument("--part", action="append", help="only this group of cases; repeatable")
    chosen = parser.parse_args()
    print(table(load_dataset(chosen.dataset), chosen.models, chosen.tag, chosen.part))  # noqa: T201


if __name__ == "__main__":
    main()
