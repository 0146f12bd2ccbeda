"""The scores of one variant of one run, as a comparison needs them; stored as a baseline file."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.errors import DataError, NotComparableError, RegressionError
from hairopt.files.validated import Document
from hairopt.measure.run_model import OLDER_COLOR_REFERENCE, ModelInfo, Run, VariantResult
from hairopt.measure.run_store import read_run
from hairopt.measure.run_tables import read_cases
from hairopt.metrics.retention import COLOR_METRIC, TRUE_PICTURES
from hairopt.models.contract_text import contract_text
from hairopt.registry import unknown_name
from hairopt.variants.methods import anchored

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "hairopt.baseline/1"

_WHAT = f"a baseline ({SCHEMA})"

DIGITS = 6
"""Decimals of a stored score; the rounding is too small to change a verdict."""


class CaseScores(BaseModel):
    """One case: its source image, its tags, and its scores (None is undefined).

    Attributes:
        shades: shade, or ``true pictures`` -> colour error; empty in files of older versions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    tags: dict[str, str]
    scores: dict[str, FiniteFloat | None]
    shades: dict[str, FiniteFloat | None] = {}


class Snapshot(BaseModel):
    """Schema ``hairopt.baseline/1``: the measurement of one variant.

    Attributes:
        variant: its name; ``spec`` is the whole variant. In a file, its paths start at the folder
            of the file.
        method_sha256: key of a method in a file (``recolor.method``) -> SHA-256 of the file.
        model_sha256: SHA-256 of the network file that ran; empty if there was none.
        model_source_sha256: SHA-256 of the original file that it was made from; empty in files of
            older versions.
        model_derivation: how it was made from that file; empty for the original file.
        model_contract: its input and output, in words; empty in files of older versions.
        dataset_path: relative path as typed; empty for the shipped datasets and for a path that
            is valid only on one machine.
        dataset_fingerprint: SHA-256 of names, pictures, masks and tags.
        is_labelled: False for photos without masks, whose scores are agreement with the answers of
            the variant ``agreement_with`` of the same run, and what is expected.
        isa: the instruction sets that matter for networks.
        color_reference: what the metrics of colour are against; ``formula`` in files of older
            versions.
        cases: scores by name of the case: means over shades and intensities.
        failed_cases: names of cases that it could not answer.
        dataset_warnings: warnings about the dataset; empty in files of older versions.
        unusable_cases: names of cases that could not be read or scored for any variant.
        swatches: hex code -> SHA-256 of the picture of dyed hair that the shade was given with.
        latency_p50_ms, peak_rss_mb: only for information; times of two runs are never compared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["hairopt.baseline/1"] = Field(default="hairopt.baseline/1", alias="schema")
    variant: str
    spec: dict[str, Any]
    method_sha256: dict[str, str] = {}
    run_id: str
    created_utc: str
    hairopt_version: str
    git_commit: str | None
    model: str
    model_sha256: str
    model_source_sha256: str = ""
    model_derivation: str = ""
    model_contract: str = ""
    dataset: str
    dataset_path: str
    dataset_fingerprint: str
    dataset_warnings: list[str] = []
    is_labelled: bool = True
    agreement_with: str = ""
    isa: list[str]
    cpu_model: str
    seed: int
    shades: list[str]
    swatches: dict[str, str] = {}
    intensities: list[FiniteFloat]
    color_reference: str = OLDER_COLOR_REFERENCE
    latency_p50_ms: FiniteFloat | None
    peak_rss_mb: FiniteFloat | None
    failed_cases: list[str]
    unusable_cases: list[str]
    cases: dict[str, CaseScores]

    def to_json(self) -> str:
        """The text of the file, with stable key order and one case per line for readable diffs."""
        plain = self.model_dump(mode="json", by_alias=True)
        cases = plain.pop("cases")
        head = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
        lines = [
            f"  {json.dumps(name, ensure_ascii=False)}: "
            + json.dumps(case, ensure_ascii=False, allow_nan=False)
            for name, case in sorted(cases.items())
        ]
        return head[:-2] + ',\n "cases": {\n' + ",\n".join(lines) + "\n }\n}\n"


def read_snapshot(file: Path) -> Snapshot:
    """Read a stored baseline.

    Raises:
        DataError: it is missing, damaged or has another schema; it names file, line and key.
    """
    return _anchored(Document.read_json(file, _WHAT).validated(Snapshot), file.parent)


def parse_snapshot(text: str, origin: str, folder: Path) -> Snapshot:
    """A stored baseline from its text.

    Args:
        text: the content of the file.
        origin: its name in errors.
        folder: where its paths start.

    Raises:
        DataError: it is damaged or of another schema.
    """
    return _anchored(Document.of_json(text, origin, _WHAT).validated(Snapshot), folder)


def _anchored(snapshot: Snapshot, folder: Path) -> Snapshot:
    return snapshot.model_copy(update={"spec": anchored(snapshot.spec, folder)})


def snapshot_of_run(path: Path, variant: str | None = None) -> Snapshot:
    """One variant of a run folder (or of the ``run.json`` in it).

    Args:
        path: run folder or ``run.json`` with ``cases.parquet`` beside it.
        variant: name of the variant; optional if the run has only one.

    Raises:
        DataError: no such run or variant.
        NotComparableError: the variant could not be measured on this machine.
        RegressionError: the variant failed.
    """
    folder = path if path.is_dir() else path.parent
    run = read_run(path)
    return snapshot(run, read_cases(folder, run), _chosen(run, variant, path))


def snapshot(run: Run, rows: pd.DataFrame, variant: str) -> Snapshot:
    """One variant of a run.

    Args:
        run: the run.
        rows: its ``cases.parquet``.
        variant: a variant of the run.

    Raises:
        NotComparableError: the variant could not be measured on this machine.
        RegressionError: the variant failed.
    """
    result = run.variants[variant]
    if result.status == "unavailable":
        fix = f" (fix: {result.fix})" if result.fix else ""
        raise NotComparableError(f"{variant} could not be measured here: {result.error}{fix}")
    if result.status == "failed":
        raise RegressionError(f"{variant} failed: {result.error}")
    return Snapshot(
        variant=variant,
        spec=result.spec,
        method_sha256=result.method_sha256,
        run_id=run.id,
        created_utc=run.created_utc,
        hairopt_version=run.hairopt_version,
        git_commit=run.git_commit,
        model=result.model.name if result.model else "",
        model_sha256=result.model.sha256 if result.model else "",
        model_source_sha256=result.model.source_sha256 if result.model else "",
        model_derivation=result.model.derivation if result.model else "",
        model_contract=_contract(result.model),
        dataset=run.dataset.name,
        dataset_path="" if Path(run.dataset.path).is_absolute() else run.dataset.path,
        dataset_fingerprint=run.dataset.fingerprint,
        dataset_warnings=[warning.message for warning in run.dataset.warnings],
        is_labelled=run.dataset.is_labelled,
        agreement_with="" if run.dataset.is_labelled else run.reference or "",
        isa=run.environment.isa,
        cpu_model=run.environment.cpu_model,
        seed=run.protocol.seed,
        shades=run.protocol.shades,
        swatches=run.protocol.swatches,
        intensities=run.protocol.intensities,
        color_reference=run.protocol.color_reference,
        latency_p50_ms=result.latency_ms["total"].p50 if result.latency_ms else None,
        peak_rss_mb=result.memory_mb.peak_rss if result.memory_mb else None,
        failed_cases=sorted(case.name for case in result.failed_cases),
        unusable_cases=sorted(case.name for case in run.dataset.bad_cases),
        cases=_cases(rows[rows["variant"] == variant], result),
    )


def means(snapshot: Snapshot) -> dict[str, float | None]:
    """The mean of every metric over source photos; None where it is defined in no case."""
    from hairopt.metrics.summary import slice_mean

    cases = list(snapshot.cases.values())
    sources = [case.source for case in cases]
    names = dict.fromkeys(name for case in cases for name in case.scores)
    return {
        name: slice_mean([case.scores.get(name) for case in cases], sources).mean for name in names
    }


def _cases(rows: pd.DataFrame, result: VariantResult) -> dict[str, CaseScores]:
    metrics, tags = list(result.summaries), list(result.slices)
    means = rows.groupby("case")[metrics].mean().to_dict(orient="index")
    firsts = rows.groupby("case").first().to_dict(orient="index")
    shades = _by_shade(rows)
    return {
        str(name): CaseScores(
            source=str(firsts[name]["source"]),
            tags=_tags(firsts[name], tags),
            scores={metric: _score(values[metric]) for metric in metrics},
            shades=shades.get(str(name), {}),
        )
        for name, values in means.items()
    }


def _by_shade(rows: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Case -> shade, or ``true pictures`` -> colour error."""
    if not {COLOR_METRIC, "is_redye", "shade_name"} <= set(rows):
        return {}
    label = rows["shade_name"].where(rows["is_redye"] != 1, TRUE_PICTURES)
    found: dict[str, dict[str, float | None]] = {}
    for shade in label.unique():
        means = rows[label == shade].groupby("case")[COLOR_METRIC].mean()
        for case, value in means.items():
            found.setdefault(str(case), {})[str(shade)] = _score(value)
    return found


def _contract(model: ModelInfo | None) -> str:
    return contract_text(model.contract) if model and model.contract else ""


def _tags(row: Mapping[Hashable, Any], tags: list[str]) -> dict[str, str]:
    found = {tag: row.get(f"tag.{tag}", row.get(tag)) for tag in tags}
    return {tag: value for tag, value in found.items() if isinstance(value, str) and value}


def _score(value: float) -> float | None:
    if math.isinf(value):
        raise NotComparableError("a score in the run is infinite, which no metric can be")
    return None if math.isnan(value) else round(float(value), DIGITS)


def _chosen(run: Run, variant: str | None, path: Path) -> str:
    names = list(run.variants)
    if variant is None and len(names) == 1:
        return names[0]
    if variant is None:
        raise DataError(
            f"{path} has several variants; choose one as {path}:NAME ({', '.join(names)})."
        )
    if variant not in run.variants:
        raise DataError(f"{path}: {unknown_name('variant', variant, names)}.")
    return variant
