"""The machine of a run, and warnings about the reliability of its times."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from hairopt.measure.latency import P95_FROM
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Environment
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
_SMALL_RUN = 20


def read_environment(plan: BenchPlan) -> Environment:
    """Describe the machine; to be called before the first process of a bench is started."""
    import psutil

    logical = psutil.cpu_count() or 1
    load = list(os.getloadavg()) if hasattr(os, "getloadavg") else None
    return Environment(
        cpu_model=cpu_model(),
        isa=_isa(),
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=_versions(),
        threads=max(variant.segment.threads for variant in plan.variants),
        load_average=load,
        warnings=[*_machine_warnings(load, logical), *_plan_warnings(plan, logical)],
    )


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


def _machine_warnings(load: list[float] | None, logical: int) -> list[str]:
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
    warnings = []
    rounds = number_of(plan.rounds, "round is", "rounds are")
    if plan.rounds < P95_FROM:
        warnings.append(f"{rounds} too few for p95, which is stated from {P95_FROM} on.")
    if plan.rounds < _SMALL_RUN:
        warnings.append(f"{rounds} few: intervals of times are wide and rough.")
    greedy = [v.name for v in plan.variants if v.segment.threads > logical]
    if greedy:
        warnings.append(f"More threads than logical cores ({logical}): {', '.join(greedy)}.")
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
