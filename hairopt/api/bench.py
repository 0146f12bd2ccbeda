"""Measure variants, and read the results."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hairopt.api.dataset import load_dataset
from hairopt.datasets.part import limited
from hairopt.errors import DataError, HairoptError
from hairopt.measure.bench import run_bench
from hairopt.measure.complete import require_complete
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Progress
from hairopt.measure.settings import BenchSettings, bench_settings
from hairopt.quantities import AUTO, asked, duration_s, intensity, number_of, rounds
from hairopt.report.render import LoadedRun, render_reports
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
    out: str | os.PathLike[str] | None = None,
    rounds: int | Literal["auto"] | None = None,
    timing_limit: float | None = None,
    warmup: int | None = None,
    seed: int | None = None,
    timeout: float | None = None,
    null: bool | None = None,
    limit: int | None = None,
    name: str | None = None,
    config: str | os.PathLike[str] | None = None,
) -> Run:
    """Measure cost and quality of variants, stage by stage, over a dataset: ``hairopt bench``.

    Args:
        variants: names or TOML files; the first is the baseline. None for the built-in ones.
        dataset: folder with ``images/`` and ``masks/``; None for the shipped ones.
        model: use this model in every variant.
        runtimes: run every variant in each of these: ``"all"`` or ``"litert,openvino"``.
        shade: one or more colours: a name, ``#rrggbb`` or ``name=#rrggbb``.
        intensity: one or more strengths of the colour, 0..100.
        out: folder in which the run folder is made, with its reports; None for ``reports``.
        rounds: timed requests per variant; p95 needs 100. None or ``"auto"``: until every interval
            is within 3 %.
        timing_limit: longest time of automatic rounds in seconds; None: 120.
        warmup: untimed requests at the start.
        seed: seed of the choice and order of timed requests.
        timeout: longest time in seconds of one request, or of loading.
        null: measure one variant against itself, for the noise floor.
        limit: measure only so many cases, always the same, spread over the photos.
        name: name of the run folder; None for one made of the time.
        config: TOML file whose table ``[bench]`` has these arguments; the arguments win over it.
            Without it no file is read, unlike on the command line.

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
    settings = BenchSettings()
    if config is not None:
        settings, _ = bench_settings(Path(config), Path.cwd())
    names: Sequence[str | os.PathLike[str]] = _several(variants)
    given: dict[str, Any] = {
        "variants": tuple(os.fspath(one) for one in names),
        "dataset": None if dataset is None else Path(dataset),
        "limit": limit,
        "model": model,
        "runtimes": runtimes,
        "shades": _several(shade),
        "intensities": _several(intensity),
        "out": None if out is None else Path(out),
        "name": name,
        "rounds": rounds,
        "timing_limit": None if timing_limit is None else f"{timing_limit}s",
        "warmup": warmup,
        "seed": seed,
        "null": null,
    }
    plan = bench_plan(settings.changed(given), timeout_s=timeout, command="hairopt.bench")
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
    settings: BenchSettings, *, timeout_s: float | None = None, command: str
) -> BenchPlan:
    """A checked plan, for the command line and ``bench``.

    Args:
        settings: what was asked for.
        timeout_s: wins over the time limit of the settings.
        command: the command line, for the record.
    """
    if timeout_s is None and settings.timeout:
        timeout_s = asked("--timeout", duration_s, settings.timeout)
    timing_limit_s = None
    if settings.timing_limit:
        timing_limit_s = asked("--timing-limit", duration_s, settings.timing_limit)
    asked_rounds = AUTO if settings.rounds is None else asked("--rounds", rounds, settings.rounds)
    chosen: dict[str, Any] = {
        "shades": settings.asked_shades(),
        "intensities": tuple(asked("intensity", intensity, one) for one in settings.intensities),
        "rounds": None if asked_rounds == AUTO else asked_rounds,
        "timing_limit_s": timing_limit_s,
        "warmup": settings.warmup,
        "seed": settings.seed,
        "timeout_s": timeout_s,
    }
    is_one = settings.null or settings.runtimes
    names = settings.variants or ([NULL_VARIANT] if is_one else DEFAULT_VARIANTS)
    dataset = load_dataset(settings.dataset)
    return BenchPlan(
        variants=_rows(names, settings.model, settings.runtimes),
        dataset=dataset if settings.limit is None else limited(dataset, settings.limit),
        out=settings.out,
        null=settings.null,
        name=settings.name,
        command=command,
        **{name: value for name, value in chosen.items() if value not in (None, ())},
    )


def measured(plan: BenchPlan, progress: Progress | None = None) -> Path:
    """Measure a plan, write its reports, and return the run folder."""
    return plan.out / run_bench(plan, progress, render_reports).id


def _rows(
    names: Sequence[str], model: str | None, runtimes: str | Sequence[str] | None
) -> tuple[Variant, ...]:
    variants = [load_variant(name) for name in names]
    if model:
        variants = [with_model(variant, model) for variant in variants]
    if not runtimes:
        return tuple(variants)
    chosen = runtime_names(runtimes if isinstance(runtimes, str) else ",".join(runtimes))
    return tuple(row for variant in variants for row in in_runtimes(variant, chosen))


def _several(values: _T | Sequence[_T] | None) -> Sequence[_T]:
    """One value, several or none as a sequence; a text or a path is one value."""
    if values is None:
        return ()
    if isinstance(values, (str, os.PathLike)) or not isinstance(values, Sequence):
        return (values,)
    return values
