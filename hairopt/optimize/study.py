"""The journal of a search: every measured candidate, in a file that is kept after a crash.

Optuna appends one line for every event, so that all measurements before a Ctrl-C, a crash or a full
disk are kept, and the next session can continue.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairopt.errors import DataError, UnavailableError, UsageError
from hairopt.optimize.knobs import Value
from hairopt.optimize.screened import Screened
from hairopt.optimize.space import Changes, Space

if TYPE_CHECKING:
    import optuna
    from optuna.storages.journal import JournalFileOpenLock

JOURNAL = "search.journal"
_STUDY = "hairopt"
_MEASURED, _SIGNATURE, _SPENT = "measured", "signature", "spent_s"
_CONFIRMED, _CAUSES, _PACE = "confirmed", "causes", "pace"
_MOST_REPEATS = 30
"""Number of suggestions in a row that were measured before, after which the sampler is done."""


class Study:
    """All candidates of one search, and its sampler."""

    def __init__(self, study: optuna.Study, space: Space, min_retention: float) -> None:
        import optuna

        self._study = study
        self._space = space
        self._min_retention = min_retention
        self._distributions: dict[str, Any] = {
            d.knob.name: optuna.distributions.CategoricalDistribution(d.values)
            for d in space.dimensions
        }

    @property
    def measured(self) -> list[Screened]:
        """Every candidate with its numbers or its error, in the order of measurement."""
        found: dict[tuple[tuple[str, str], ...], Screened] = {}
        for trial in self._study.get_trials(deepcopy=False):
            if _MEASURED in trial.user_attrs:
                one = Screened.model_validate(trial.user_attrs[_MEASURED])
                found.setdefault(_key(one.changes), one)
        return list(found.values())

    @property
    def spent_s(self) -> float:
        """Seconds that earlier sessions spent."""
        return float(self._study.user_attrs.get(_SPENT, 0.0))

    def note_spent(self, seconds: float) -> None:
        """Store the time that all sessions spent so far."""
        self._study.set_user_attr(_SPENT, seconds)

    @property
    def confirmed(self) -> tuple[str, dict[str, Changes]] | None:
        """Id of the last confirming run, and the changes of its options by name."""
        known = self._study.user_attrs.get(_CONFIRMED)
        return (known["run_id"], known["options"]) if known else None

    def note_confirmed(self, run_id: str, options: Mapping[str, Changes]) -> None:
        """Store a confirming run."""
        content = {"run_id": run_id, "options": dict(options)}
        self._study.set_user_attr(_CONFIRMED, content)

    @property
    def pace(self) -> dict[str, float]:
        """Times of measuring, in seconds by step; empty before the first measurement."""
        known: dict[str, float] = self._study.user_attrs.get(_PACE, {})
        return known

    def note_pace(self, pace: Mapping[str, float]) -> None:
        """Store the times of measuring for a later session."""
        self._study.set_user_attr(_PACE, dict(pace))

    @property
    def causes(self) -> dict[str, str] | None:
        """Causes of the stages' times from the baseline's profile; None without a profile."""
        known: dict[str, str] | None = self._study.user_attrs.get(_CAUSES)
        return known

    def note_causes(self, causes: Mapping[str, str]) -> None:
        """Store the profile of the baseline."""
        self._study.set_user_attr(_CAUSES, dict(causes))

    def unmeasured(self, wanted: Iterable[Changes]) -> list[Changes]:
        """Those that have not been measured yet, without the baseline."""
        known = {_key(one.changes) for one in self.measured}
        return [changes for changes in wanted if changes and _key(changes) not in known]

    def suggest(self, count: int) -> list[Changes]:
        """Up to ``count`` combinations that the sampler proposes and that were not measured."""
        known = {_key(one.changes) for one in self.measured}
        found: list[Changes] = []
        repeats = 0
        while len(found) < count and repeats < _MOST_REPEATS:
            trial = self._study.ask(self._distributions)
            changes = self._space.settle(trial.params)
            self._study.tell(trial, state=_state("FAIL"))  # it is told again as it settled
            if not changes or _key(changes) in known:
                repeats += 1
                continue
            known.add(_key(changes))
            found.append(changes)
        return found

    def tell(self, one: Screened) -> None:
        """Store a measured candidate; the sampler learns from it."""
        import optuna

        values = None
        if one.is_complete:
            values = [one.latency or 0.0, one.cost or 0.0, one.kept]
        params = {
            d.knob.name: one.changes.get(d.knob.name, d.values[0]) for d in self._space.dimensions
        }
        self._study.add_trial(
            optuna.trial.create_trial(
                state=_state("COMPLETE" if values else "FAIL"),
                params=params,
                distributions=self._distributions,
                values=values,
                user_attrs={_MEASURED: one.model_dump(mode="json")},
                constraints=self._constraints(one) if values else None,
            )
        )

    def _constraints(self, one: Screened) -> dict[str, float]:
        """Shortfalls; at most 0 is feasible."""
        return {
            "retention": self._min_retention - one.kept,
            "target": one.target_miss,
        }


def open_study(
    folder: Path, space: Space, signature: str, seed: int, min_retention: float
) -> Study:
    """Open the search of a folder, or begin one.

    Args:
        folder: an existing folder, used by no other process.
        space: the search space.
        signature: identifies the request; another one in the same folder is refused.
        seed: seed of the sampler.
        min_retention: the least retention, which the sampler treats as a constraint.

    Raises:
        UnavailableError: Optuna is not installed.
        UsageError: the folder has the search of another request.
        DataError: the journal is damaged.
    """
    try:
        import optuna
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise UnavailableError(
            "the search needs Optuna, which is not installed", 'pip install "hairopt[optimize]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True)
    backend = JournalFileBackend(str(folder / JOURNAL), _alone_with(folder / JOURNAL))
    try:
        study = optuna.create_study(
            storage=optuna.storages.JournalStorage(backend),
            sampler=sampler,
            study_name=_STUDY,
            directions=["minimize", "minimize", "maximize"],
            load_if_exists=True,
        )
    except (ValueError, KeyError) as error:
        raise DataError(
            f"{folder / JOURNAL} is damaged: {error}; remove it to start again"
        ) from error
    known = study.user_attrs.get(_SIGNATURE)
    if known is None:
        study.set_user_attr(_SIGNATURE, signature)
    elif known != signature:
        raise UsageError(
            f"{folder} holds a search with another baseline, network, dataset, goal or set of "
            "knobs, or on another processor or by another version; choose another folder with --out"
        )
    return Study(study, space, min_retention)


def _alone_with(journal: Path) -> JournalFileOpenLock:
    """An object in place of Optuna's lock, which would not end with a killed process.

    No lock is needed, because no other process uses the journal. An incomplete last line, left by a
    kill or a full disk, is removed; otherwise the next line would be appended to it and damage the
    journal.
    """
    from optuna.storages.journal import JournalFileOpenLock

    class Alone(JournalFileOpenLock):
        def acquire(self) -> bool:
            _mend(journal)
            return True

        def release(self) -> None:
            pass

    _mend(journal)
    return Alone(str(journal))


def _mend(journal: Path) -> None:
    if not journal.is_file() or not journal.stat().st_size:
        return
    with journal.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        if stream.read() != b"\n":
            stream.seek(0)
            stream.truncate(stream.read().rfind(b"\n") + 1)


def _key(changes: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in changes.items()))


def _state(name: str) -> optuna.trial.TrialState:
    import optuna

    return optuna.trial.TrialState[name]
