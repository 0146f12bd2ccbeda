"""Progress of a bench on standard error: each phase with the remaining time."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hairopt.cli.console import shortest, tell_kept
from hairopt.measure.progress import PHASES, Phase
from hairopt.measure.run_store import RUN_FILE

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_LABELS: dict[Phase, str] = {
    "check": "checking cases",
    "prepare": "preparing networks",
    "start": "starting workers",
    "time": "timing",
    "quality": "scoring",
    "write": "writing the run",
}
_REFRESH_EVERY_S = 0.1


def step_bars(console: Console, *, auto_refresh: bool = True) -> Progress:
    """Bars with steps done, time left and time taken; nothing is drawn outside a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
        TextColumn("[dim]taken"),
        TimeElapsedColumn(),
        console=console,
        auto_refresh=auto_refresh,
        transient=True,
        disable=not console.is_terminal,
    )


class BenchProgress:
    """A ``Progress`` that draws bars in a terminal, and one line per phase elsewhere.

    It has no refresh thread: such a thread would disturb the times that are measured.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = step_bars(console, auto_refresh=False)
        self._tasks: dict[Phase, TaskID] = {}
        self._drawn_s = 0.0
        self._runs: list[Path] = []

    def __enter__(self) -> BenchProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        if isinstance(error, Exception) and self._runs:
            self._console.print(self.kept_text(), soft_wrap=True)

    def update(self, phase: Phase, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a phase are done."""
        if phase not in self._tasks:
            self._begin(phase, total)
        self._bars.update(self._tasks[phase], completed=done, total=total)
        now = time.monotonic()
        if done == total or now - self._drawn_s >= _REFRESH_EVERY_S:
            self._drawn_s = now
            self._bars.refresh()

    def note(self, sentence: str) -> None:
        """Print a remark."""
        self._console.print(sentence, style="dim", soft_wrap=True)

    def doubt(self, sentence: str) -> None:
        """Print a warning at once, so that the user can still stop the bench."""
        self._console.print(f"warning: {sentence}", style="yellow")

    def kept(self, folder: Path, *, of_killed: bool = False) -> None:
        """Print a run folder that a killed process completed; remember one of this process."""
        if of_killed:
            tell_kept(folder, self._console)
        else:
            self._runs.append(folder)

    def kept_text(self) -> str:
        """Which of the measured runs are on disk."""
        there = [shortest(folder) for folder in self._runs if (folder / RUN_FILE).is_file()]
        if not there:
            return "no run was complete, so none is kept"
        return f"what was measured is kept: {', '.join(there)} (hairopt report renders it)"

    def _begin(self, phase: Phase, total: int) -> None:
        label = _LABELS[phase]
        if not self._console.is_terminal:
            step = f"{PHASES.index(phase) + 1}/{len(PHASES)}"
            self._console.print(f"{step} {label} ({total})")
        self._tasks[phase] = self._bars.add_task(label, total=total)
