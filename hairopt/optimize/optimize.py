"""Run one optimisation: search, confirm, judge."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hairopt import __version__
from hairopt.datasets.check import DatasetReport, check_dataset
from hairopt.errors import HairoptError, UsageError
from hairopt.files.lock import alone_at_work
from hairopt.files.whole_folder import remove_leftovers
from hairopt.measure.environment import cpu_model
from hairopt.measure.run_store import read_run, scratch
from hairopt.measure.run_tables import read_cases
from hairopt.optimize.budget import Budget, BudgetEndedError
from hairopt.optimize.confirm import FLOOR, FLOOR_LIKE, FOLDER, confirm, plan_extent
from hairopt.optimize.finalists import finalists
from hairopt.optimize.judge import judge, numbers_of
from hairopt.optimize.notes import Confirmed, notes_on
from hairopt.optimize.outcome import Outcome, Sampled
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screening import BATCH, ROUNDS, Pace, Screening
from hairopt.optimize.screening import FOLDER as SCREENING
from hairopt.optimize.search import Ending, proposals, search
from hairopt.optimize.space import Changes, Space
from hairopt.optimize.study import JOURNAL, Study, open_study
from hairopt.optimize.subset import CASES
from hairopt.profile.profile import ProfileRequest, profile_variant
from hairopt.quantities import number_of

CONFIRM_SHARE = 0.4
"""Share of the budget that is kept for the confirmation of the finalists."""

PROFILE_FROM_S = 300.0
"""Budget from which the baseline is profiled first, which takes some seconds."""

_PROFILED_REQUESTS = 10

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DryRun:
    """The search space, and the number of short runs at the start."""

    space: Space
    n_singles: int
    n_batches: int
    requests_per_batch: int


def dry_run(request: OptimizeRequest) -> DryRun:
    """Find the search space without measuring anything."""
    singles = len(request.space.singles())
    batches = -(-singles // BATCH)
    return DryRun(request.space, singles, batches, ROUNDS * (BATCH + 1) * len(request.intensities))


def optimize(
    request: OptimizeRequest,
    tell: Tell,
    render: Callable[[Path], object] | None = None,
) -> Outcome:
    """Search, confirm and judge.

    Every measurement is saved at once in ``request.out``: a later call with the same request
    continues, and nothing is measured twice.

    Args:
        request: the request.
        tell: called with a line about each step.
        render: writes the reports into the folder of the confirming run.

    Returns:
        The results, even if there are few; the notes say what is not known.

    Raises:
        UsageError: the folder cannot be written, or has the search of another request.
        UnavailableError: Optuna is missing, or the baseline cannot run on this machine.
        HairoptError: the baseline failed.
        KeyboardInterrupt: its text says what is kept.
    """

    def tell_kept(folder: Path) -> None:
        tell(f"{folder} was complete when its process was killed; it is kept")

    with scratch(request.out, tell_kept):
        pass  # refuse a folder that cannot be written, and a full disk, before anything else
    with alone_at_work(request.out / JOURNAL, "hairopt optimize"):
        for folder in (request.out / SCREENING, request.out / FOLDER):
            if folder.is_dir():
                remove_leftovers(folder, tell_kept)
        return _optimize(request, tell, render)


def _optimize(
    request: OptimizeRequest, tell: Tell, render: Callable[[Path], object] | None
) -> Outcome:
    space = request.space
    study = open_study(request.out, space, request.signature(), request.seed, request.min_retention)
    budget = Budget(request.budget_s, request.now, study.spent_s)
    checked = check_dataset(request.dataset)
    checked.require_usable()
    if request.confirm_on is not None:
        check_dataset(request.confirm_on).require_usable()
    for sentence in checked.sentences:
        tell(f"warning: {sentence}")
    pace = Pace.known(study.pace)
    screening = Screening(request, space, study, budget, tell, pace)
    ending: Ending = "budget"
    confirmed, stopped = None, ""
    try:
        _profile_baseline(screening)
        ending = search(screening, CONFIRM_SHARE * request.budget_s)
        if study.measured:
            confirmed = _confirm(finalists(study.measured, space, request), screening, render)
    except UsageError as error:
        # For example a full disk: the earlier measurements are enough for a plan.
        if not study.measured:
            raise
        stopped = f"It was stopped: {error}"
    except KeyboardInterrupt as interruption:
        raise KeyboardInterrupt(_kept(study, request.out)) from interruption
    finally:
        study.note_spent(budget.spent_s)
    return _outcome(screening, ending, confirmed, stopped, checked)


def _kept(study: Study, out: Path) -> str:
    count = len(study.measured)
    if not count:
        return "no candidate had been measured yet, so none is kept"
    kept = number_of(count, "measured candidate is", "measured candidates are")
    return f"{kept} kept in {out}, and the same command continues from there"


def _profile_baseline(screening: Screening) -> None:
    """Profile the baseline for the causes of its stages' times, if the budget is large enough."""
    request, study = screening.request, screening.study
    if study.causes is not None or request.budget_s < PROFILE_FROM_S:
        return
    screening.tell(f"profiling {request.baseline.name}")
    with suppress(HairoptError):
        case = request.dataset.cases[0]
        found = profile_variant(
            ProfileRequest(
                variant=request.baseline,
                photo_name=case.name,
                data=case.photo_bytes(),
                shade=request.shades[0],
                intensity=request.intensities[-1],
                requests=_PROFILED_REQUESTS,
            )
        )
        study.note_causes({stage.name: f"{stage.cause}, {stage.reason}" for stage in found.stages})
    study.note_spent(screening.budget.spent_s)


def _confirm(
    wanted: list[Changes], screening: Screening, render: Callable[[Path], object] | None
) -> Confirmed | None:
    """Confirm the finalists, or reuse the run that already confirmed them."""
    before = screening.study.confirmed
    if before is not None and all(one in before[1].values() for one in wanted):
        return _judged(*before, screening)
    extent = None
    if wanted:
        pace = screening.pace
        extent = plan_extent(wanted, screening.request, pace, screening.budget.left_s)
    if extent is not None:
        screening.tell(
            f"confirming {number_of(len(extent.finalists), 'option')} on "
            f"{number_of(len(extent.dataset.cases), 'case')} with "
            f"{number_of(extent.rounds, 'request')} each; {screening.budget.left_s:.0f} s left"
        )
        with suppress(BudgetEndedError):
            run, names = confirm(
                extent, screening.space, screening.request, screening.budget, pace, render
            )
            screening.study.note_confirmed(run.id, names)
            return _judged(run.id, names, screening)
    return _judged(*before, screening) if before is not None else None


def _judged(run_id: str, names: dict[str, Changes], screening: Screening) -> Confirmed | None:
    folder = screening.request.out / FOLDER / run_id
    if not folder.is_dir():
        return None
    run = read_run(folder)
    rows = read_cases(folder, run)
    return Confirmed(run, rows, judge(run, rows, names, screening.space, screening.request))


def _outcome(
    screening: Screening,
    ending: Ending,
    confirmed: Confirmed | None,
    stopped: str,
    checked: DatasetReport,
) -> Outcome:
    request, measured = screening.request, screening.study.measured
    target = request.target
    wanted = proposals(measured, screening.space, request)
    known = [one.changes for one in measured]
    found: dict[str, Any] = _found(request, confirmed) if confirmed else {}
    notes = [
        *([stopped] if stopped else []),
        *notes_on(request, len(measured), ending, confirmed),
        *found.pop("notes", ()),
    ]
    last = screening.last_run
    if confirmed is None and last is not None:
        base = last.variants[request.baseline.name]
        found = {
            "baseline": numbers_of(base, request),
            "warnings": last.environment.warnings,
            "target_limit": target.limit_for(base, request.prices) if target else None,
        }
    return Outcome(
        created_utc=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        hairopt_version=__version__,
        command=request.command,
        baseline_name=request.baseline.name,
        baseline_spec=request.baseline.model_dump(mode="json"),
        dataset=request.dataset.title or request.dataset.name,
        dataset_cases=len(request.dataset.cases),
        dataset_warnings=list(checked.sentences),
        cpu_model=cpu_model(),
        logical_cores=os.cpu_count() or 1,
        target=str(target) if target else None,
        target_quantity=target.quantity if target else None,
        min_retention=request.min_retention,
        guarded=list(request.guarded),
        goal=request.goal,
        budget_s=request.budget_s,
        spent_s=screening.budget.spent_s,
        prices=request.prices,
        requests_per_day=request.requests_per_day,
        shades=[shade.name for shade in request.shades],
        intensities=list(request.intensities),
        ending=ending if measured else "nothing",
        screened=measured,
        n_proposed=len(wanted),
        n_untried=sum(one not in known for one in wanted),
        screened_on=Sampled(
            n_cases=min(CASES, len(request.dataset.cases)),
            n_cases_all=len(request.dataset.cases),
            rounds=ROUNDS * len(request.intensities),
        ),
        notes=notes,
        left_out=list(screening.space.left_out),
        causes=screening.study.causes or {},
        **found,
    )


def _found(request: OptimizeRequest, confirmed: Confirmed) -> dict[str, Any]:
    run, judged, target = confirmed.run, confirmed.judged, request.target
    floor, base = run.variants.get(FLOOR), run.variants[request.baseline.name]
    return {
        "baseline": numbers_of(base, request),
        "target_limit": target.limit_for(base, request.prices) if target else None,
        "options": list(judged.options),
        "marginal": list(judged.marginal),
        "recommended": judged.recommended,
        "confirmed_on": Sampled(
            n_cases=run.dataset.n_cases,
            n_cases_all=len(request.confirmation.cases),
            rounds=run.protocol.rounds,
        ),
        "floor": numbers_of(floor, request) if floor and floor.status == "ok" else None,
        "floor_like": FLOOR_LIKE,
        "run": f"{FOLDER}/{run.id}",
        "run_id": run.id,
        "warnings": run.environment.warnings,
        "notes": judged.notes,
    }
