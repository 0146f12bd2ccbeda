"""Measure variants, and read the results."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hairopt.api.dataset import load_dataset
from hairopt.errors import DataError, HairoptError
from hairopt.measure.bench import run_bench
from hairopt.measure.complete import require_complete
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Progress
from hairopt.quantities import asked, intensity, number_of
from hairopt.report.render import LoadedRun, render_reports
from hairopt.types import Shade
from hairopt.variants.expand import in_runtimes, runtime_names
from hairopt.variants.load import load_variant, with_model
from hairopt.variants.registry import DEFAULT_VARIANTS, NULL_VARIANT
from hairopt.variants.schema import Variant

if TYPE_CHECKING:
    import pandas as pd

_T = TypeVar("_T")


class Run:
    """One measured execution of some variants over a dataset, read from its folder.

    In a notebook it shows its matrix.

    Attributes:
        folder: the run folder.
        id: its name, such as ``20260131T235959Z-1f2e3d``.

    Example:
        >>> run = hairopt.open_run(folder)
        >>> round(run.matrix().loc["float32", "kept_percent"])
        100
        >>> sorted(run.cases()["variant"].unique())
        ['float32', 'int8']
    """

    def __init__(self, loaded: LoadedRun) -> None:
        self._loaded = loaded
        self.folder = loaded.folder
        self.id = loaded.run.id

    def matrix(self) -> pd.DataFrame:
        """Cost and quality: one row per variant, the columns of ``matrix.csv``.

        Each quantity has its 95 % interval (``_ci95_low``, ``_ci95_high``) and its change against
        the reference variant (``_change_percent``, with its 95 % interval ``_change_low`` and
        ``_change_high``, its p, and ``_change_proven``) beside it.
        """
        import pandas as pd

        from hairopt.report.run.csv import matrix_csv

        table = StringIO(matrix_csv(self._loaded.matrix))
        # A variant may have the name NA, or 1.
        frame: pd.DataFrame = pd.read_csv(
            table,
            index_col="variant",
            dtype={"variant": "str"},
            keep_default_na=False,
            na_values=[""],
        )
        return frame

    def cases(self) -> pd.DataFrame:
        """One row per variant, case, shade and intensity: every metric and every tag."""
        cases: pd.DataFrame = self._loaded.cases.copy()
        return cases

    @property
    def warnings(self) -> list[str]:
        """The warnings about the reliability of the times."""
        return list(self._loaded.run.environment.warnings)

    @property
    def sentence(self) -> str:
        """The result of the run in one sentence."""
        from hairopt.report.run.summary import closing_sentence

        return closing_sentence(self._loaded.run, self._loaded.matrix)

    def __repr__(self) -> str:
        names = ", ".join(self._loaded.run.variants)
        cases = number_of(self._loaded.run.dataset.n_cases, "case")
        return f"<hairopt.Run {self.id}: {names}, {cases}>"

    def _repr_markdown_(self) -> str:
        from hairopt.report.foreign_text import markdown
        from hairopt.report.run.markdown import matrix_markdown

        return f"{markdown(self.sentence)}\n\n{matrix_markdown(self._loaded.matrix)}"

    def _repr_html_(self) -> str:
        from hairopt.report.notebook import html_of_markdown

        return html_of_markdown(self._repr_markdown_())


def bench(
    variants: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    dataset: str | os.PathLike[str] | None = None,
    model: str | None = None,
    runtimes: str | None = None,
    shade: str | Sequence[str] | None = None,
    intensity: float | Sequence[float] | None = None,
    out: str | os.PathLike[str] = "reports",
    rounds: int | None = None,
    warmup: int | None = None,
    seed: int | None = None,
    timeout: float | None = None,
    null: bool = False,
) -> Run:
    """Measure cost and quality of variants, stage by stage, over a dataset: ``hairopt bench``.

    Args:
        variants: names or TOML files; the first is the baseline. None for the built-in ones.
        dataset: folder with ``images/`` and ``masks/``; None for the shipped ones.
        model: use this model in every variant.
        runtimes: run every variant in each of these: ``"all"`` or ``"litert,openvino"``.
        shade: one or more colours: a name, ``#rrggbb`` or ``name=#rrggbb``.
        intensity: one or more strengths of the colour, 0..100.
        out: folder in which the run folder is made, with its reports.
        rounds: timed requests per variant; p95 needs 100.
        warmup: untimed requests at the start.
        seed: seed of the order, and of every bootstrap.
        timeout: longest time in seconds of one request, or of loading.
        null: measure one variant against itself, for the noise floor.

    Returns:
        The run. Python warnings report faults of the dataset, and name every case and variant
        without numbers because of an error.

    Raises:
        HairoptError: no variant could be measured; the sub-classes are those of the command.

    Example:
        >>> run = hairopt.bench(["float32", "int8"], dataset="my-photos", rounds=2)
        >>> run.matrix().index.tolist()
        ['float32', 'int8']
    """
    plan = bench_plan(
        variants=_several(variants),
        dataset=dataset,
        model=model,
        runtimes=runtimes,
        shades=_several(shade),
        intensities=_several(intensity),
        out=out,
        rounds=rounds,
        warmup=warmup,
        seed=seed,
        timeout_s=timeout,
        null=null,
        command="hairopt.bench",
    )
    run = open_run(measured(plan))
    for one in run._loaded.run.dataset.warnings:
        warnings.warn(one.message, stacklevel=2)
    try:
        require_complete(run._loaded.run)
    except HairoptError as error:
        if not any(result.status == "ok" for result in run._loaded.run.variants.values()):
            raise
        warnings.warn(str(error), stacklevel=2)
    return run


def open_run(path: str | os.PathLike[str]) -> Run:
    """Open a run folder, or the ``run.json`` in it, that was measured earlier.

    Raises:
        DataError: it is no run, or one of its files is missing or damaged.

    Example:
        >>> hairopt.open_run(folder).matrix().loc["float32", "status"]
        'ok'
    """
    if not Path(path).exists():
        raise DataError(f"{path} does not exist; a run is a folder with run.json in it")
    return Run(LoadedRun.read(Path(path)))


def bench_plan(
    *,
    variants: Sequence[str | os.PathLike[str]],
    dataset: str | os.PathLike[str] | None,
    model: str | None,
    runtimes: str | None,
    shades: Sequence[str],
    intensities: Sequence[float | str],
    out: str | os.PathLike[str],
    rounds: int | None,
    warmup: int | None,
    seed: int | None,
    timeout_s: float | None,
    null: bool,
    command: str,
) -> BenchPlan:
    """A checked plan for the command line and ``bench``; None and empty values mean defaults."""
    settings: dict[str, Any] = {
        "shades": tuple(dict.fromkeys(Shade.parse(text) for text in shades)),
        "intensities": tuple(asked("intensity", intensity, value) for value in intensities),
        "rounds": rounds,
        "warmup": warmup,
        "seed": seed,
        "timeout_s": timeout_s,
    }
    names = variants or ([NULL_VARIANT] if null or runtimes else DEFAULT_VARIANTS)
    return BenchPlan(
        variants=_rows(names, model, runtimes),
        dataset=load_dataset(dataset),
        out=Path(out),
        null=null,
        command=command,
        **{name: value for name, value in settings.items() if value not in (None, ())},
    )


def measured(plan: BenchPlan, progress: Progress | None = None) -> Path:
    """Measure a plan, write its reports, and return the run folder."""
    return plan.out / run_bench(plan, progress, render_reports).id


def _rows(
    names: Sequence[str | os.PathLike[str]], model: str | None, runtimes: str | None
) -> tuple[Variant, ...]:
    variants = [load_variant(os.fspath(name)) for name in names]
    if model:
        variants = [with_model(variant, model) for variant in variants]
    if runtimes is None:
        return tuple(variants)
    chosen = runtime_names(runtimes)
    return tuple(row for variant in variants for row in in_runtimes(variant, chosen))


def _several(values: _T | Sequence[_T] | None) -> Sequence[_T]:
    """One value, several or none as a sequence; a text or a path is one value."""
    if values is None:
        return ()
    if isinstance(values, (str, os.PathLike)) or not isinstance(values, Sequence):
        return (values,)
    return values
