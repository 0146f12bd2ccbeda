"""Check that a run has numbers for all requested cases and variants."""

from __future__ import annotations

from hairopt.errors import DataError, HairoptError
from hairopt.measure.run_model import Run
from hairopt.quantities import number_of

_MAX_LISTED = 10


def require_complete(run: Run) -> None:
    """Raise an error if cases or variants of a run have no numbers because of an error.

    An unavailable variant is no error if another one was measured.

    Raises:
        DataError: cases could not be used; the message names their files.
        HairoptError: a variant failed, or no variant was measured.
    """
    bad = bad_case_lines(run)
    if bad:
        more = (
            [f"and {len(bad) - _MAX_LISTED} more, see run.json"] if len(bad) > _MAX_LISTED else []
        )
        lines = "\n  ".join([*bad[:_MAX_LISTED], *more])
        raise DataError(
            f"{number_of(len(bad), 'case')} could not be used; all others were measured:\n"
            f"  {lines}",
            "\n".join(bad_case_fixes(run)),
        )
    failed = [name for name, result in run.variants.items() if result.status == "failed"]
    if failed:
        raise HairoptError(f"failed: {', '.join(failed)}; the other variants were measured")
    if not any(result.status == "ok" for result in run.variants.values()):
        raise HairoptError("no variant could be measured; each one says above how to fix it")


def doubt_lines(run: Run) -> tuple[str, ...]:
    """The number of cases without numbers, and the warnings about the others."""
    dataset = run.dataset
    n = len(dataset.bad_cases)
    cases = number_of(n + dataset.n_cases, "case")
    missing = f"{n} of {cases} could not be used; the numbers are without them."
    return (*([missing] if n else []), *(warning.message for warning in dataset.warnings))


def bad_case_lines(run: Run) -> tuple[str, ...]:
    """One sentence for each case that could not be used, at all or by one variant."""
    lines = [_line("", case.file, case.reason) for case in run.dataset.bad_cases]
    for name, result in run.variants.items():
        lines += [_line(f"{name}: ", case.file, case.reason) for case in result.failed_cases]
    return tuple(lines)


def bad_case_fixes(run: Run) -> tuple[str, ...]:
    """How to repair the cases that could not be used, without repetitions."""
    return tuple(dict.fromkeys(case.fix for case in run.dataset.bad_cases if case.fix))


def _line(prefix: str, file: str, reason: str) -> str:
    return prefix + (reason if file in reason else f"{file}: {reason}")
