"""The machine of a run, and warnings about the reliability of its times."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from hairopt.evidence.times import FEWEST_STARTS
from hairopt.measure.lane import Lane, alive
from hairopt.measure.latency import P95_FROM, widest
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Environment
from hairopt.measure.schedule import PRECISE
from hairopt.measure.timing import TimingPass
from hairopt.quantities import number_of

PACKAGES = (
    "ai-edge-litert",
    "mediapipe",
    "numba",
    "numpy",
    "onnx",
    "onnxruntime",
    "opencv-contrib-python",
    "opencv-python",
    "opencv-python-headless",
    "openvino",
    "pandas",
    "pillow",
    "scikit-image",
    "scipy",
)
"""Distributions whose version can change a time or a picture; those installed are recorded."""

_BUSY_SHARE = 0.5
"""Load average per logical core from which a machine counts as busy before a bench."""

_OTHERS_SHARE = 0.1
"""Share of all cores that others take during the timing from which it counts as busy."""


def read_environment(plan: BenchPlan) -> Environment:
    """Describe the machine; to be called before the first process of a bench is started."""
    import psutil

    logical = psutil.cpu_count() or 1
    load = load_average()
    return Environment(
        cpu_model=cpu_model(),
        isa=_isa(),
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=_versions(),
        threads=max(
            (one.segment.most_threads for one in plan.variants if one.backend is None), default=0
        ),
        load_average=load,
        warnings=[*machine_warnings(load), *_plan_warnings(plan, logical)],
    )


def after_timing(
    environment: Environment,
    plan: BenchPlan,
    lanes: Sequence[Lane],
    timing: TimingPass,
    other_cpu_share: float | None,
) -> Environment:
    """The environment with what is known once everything was timed.

    Args:
        environment: of ``read_environment``.
        plan: what was asked for.
        lanes: the timed lanes.
        timing: how the timing went.
        other_cpu_share: of ``OtherWork``.
    """
    warnings = [*environment.warnings, *busy_warnings(other_cpu_share)]
    if alive(lanes):
        warnings += _timing_warnings(plan, alive(lanes), timing)
    return environment.model_copy(update={"warnings": warnings, "other_cpu_share": other_cpu_share})


class OtherWork:
    """Context manager: the CPU time that others take meanwhile, as a share of all logical cores.

    Others are all processes but this one and its child processes, and the host of a virtual
    machine, which may take the CPU away.

    Attributes:
        share: 0..1, once the block has ended; None if the system does not tell.
    """

    def __init__(self) -> None:
        self.share: float | None = None
        self._before: tuple[float, float] | None = None
        self._began_s = 0.0

    def __enter__(self) -> OtherWork:
        self._before, self._began_s = _busy_and_own_s(), time.monotonic()
        return self

    def __exit__(self, *exc: object) -> None:
        import psutil

        after, before = _busy_and_own_s(), self._before
        wall_s = (time.monotonic() - self._began_s) * (psutil.cpu_count() or 1)
        if before is not None and after is not None and wall_s > 0:
            busy_s, own_s = after[0] - before[0], after[1] - before[1]
            self.share = min(1.0, max(0.0, (busy_s - own_s) / wall_s))


def _busy_and_own_s() -> tuple[float, float] | None:
    """CPU seconds since the start of the machine: of all, and of this process and its children."""
    import psutil

    try:
        whole = psutil.cpu_times()
        me = psutil.Process()
        own = sum(me.cpu_times()[:4])  # with those of children that have ended
        for child in me.children(recursive=True):
            with suppress(psutil.Error):
                own += sum(child.cpu_times()[:4])
    except (psutil.Error, OSError, AttributeError):
        return None
    idle = whole.idle + getattr(whole, "iowait", 0.0)
    # The time of guests is part of the time of users.
    guests = getattr(whole, "guest", 0.0) + getattr(whole, "guest_nice", 0.0)
    return sum(whole) - idle - guests, own


def git_commit(folder: Path) -> str | None:
    """The checked-out commit of the repository around a folder; None if there is none."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _isa() -> list[str]:
    from hairopt.cpu_isa import cpu_isa

    return list(cpu_isa())


def cpu_model() -> str:
    """The model name of the processor."""
    text = _read("/proc/cpuinfo")
    for pattern in (r"^model name\s*:\s*(.+)$", r"^Model\s*:\s*(.+)$"):
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            return match.group(1).strip()
    if sys.platform == "darwin":
        name = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        if name:
            return name
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def busy_warnings(other_cpu_share: float | None) -> list[str]:
    """A warning if others took much of the CPU while times were measured."""
    if other_cpu_share is None or other_cpu_share < _OTHERS_SHARE:
        return []
    return [
        f"The machine was busy during the timing: other processes took "
        f"{100 * other_cpu_share:.0f} % of all cores; times are noisier and longer than they "
        "could be."
    ]


def load_average() -> list[float] | None:
    """The load over the last 1, 5 and 15 minutes; None if the system does not tell."""
    return list(os.getloadavg()) if hasattr(os, "getloadavg") else None


def machine_warnings(load: list[float] | None) -> list[str]:
    """What makes the times of this machine less reliable; ``load`` as from ``load_average``."""
    import psutil

    logical = psutil.cpu_count() or 1
    warnings = []
    if load and load[0] > _BUSY_SHARE * logical:
        warnings.append(
            f"The machine was busy: load average {load[0]:.1f} on {logical} logical cores; "
            "times are noisier and longer than they could be."
        )
    governor = _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip()
    driver = _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver").strip()
    # In intel_pstate and amd-pstate-epp "powersave" is the ordinary dynamic mode.
    if governor == "powersave" and "pstate" not in driver:
        warnings.append("The CPU frequency governor is powersave: the clock stays low.")
    if _on_battery():
        warnings.append("The machine runs on battery: its clock may be throttled.")
    quota = _cgroup_cpus()
    if quota is not None and quota < logical:
        warnings.append(
            f"The container may use {quota:g} of {logical} logical cores: the kernel pauses "
            "processes that exceed it."
        )
    if sys.platform != "linux":
        warnings.append("Only Linux can reset the peak of memory: per_request is an upper bound.")
    return warnings


def _on_battery() -> bool:
    """Whether the machine says that it runs on battery."""
    import psutil

    # psutil has no such function on some systems, and raises where /sys is not mounted.
    with suppress(AttributeError, OSError):
        battery = psutil.sensors_battery()
        return battery is not None and battery.power_plugged is False
    return False


def _plan_warnings(plan: BenchPlan, logical: int) -> list[str]:
    greedy = [v.name for v in plan.variants if v.segment.most_threads > logical]
    return [f"More threads than logical cores ({logical}): {', '.join(greedy)}."] if greedy else []


def _timing_warnings(plan: BenchPlan, lanes: Sequence[Lane], timing: TimingPass) -> list[str]:
    """What the timing was too short for."""
    schedule = timing.schedule
    rounds, starts = schedule.rounds_expected, schedule.starts_expected
    warnings = []
    if rounds < P95_FROM:
        made = number_of(rounds, "round is", "rounds are")
        warnings.append(f"{made} too few for p95, which is stated from {P95_FROM} on.")
    if starts < FEWEST_STARTS:
        made = number_of(starts, "process start")
        over = f" before the limit of {plan.timing_limit_s:g} s" if schedule.stop == "limit" else ""
        warnings.append(
            f"Each variant was timed in {made}{over}; a claim about time or memory needs "
            f"{FEWEST_STARTS}: no difference of this run is proven."
        )
    elif schedule.stop == "limit":
        wide = 100 * widest(lanes)
        warnings.append(
            f"The timing ended at its limit of {plan.timing_limit_s:g} s; the widest interval is "
            f"±{wide:.0f} %, not ±{100 * PRECISE:.0f} %."
        )
    return warnings


def _cgroup_cpus() -> float | None:
    """Cores that the cgroup (version 2, or 1) of this process may use; None without a limit."""
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").strip().partition(" ")
    if not period:
        quota = _read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").strip()
        period = _read("/sys/fs/cgroup/cpu/cpu.cfs_period_us").strip()
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
