"""The cause of a stage's time, by fixed rules on measured numbers."""

from __future__ import annotations

from hairopt.profile.model import Cause, NetworkProfile
from hairopt.quantities import number_of

WAITS_BELOW = 0.6
"""If the CPU time of a stage is below this share of its wall time, the cause is waiting."""

INFERS_FROM = 0.5
"""If inference takes at least this share of the segment stage, the cause is inference."""

COPIES_WITHIN = 4.0
"""If a stage takes less than this many times the copying of its bytes, it is data movement."""


def cause_of(
    stage: str,
    *,
    least_ms: float,
    warm_ms: float,
    cpu_ms: float,
    copy_ms: float,
    network: NetworkProfile,
) -> tuple[Cause, str]:
    """The first rule that is true, with its numbers.

    Args:
        stage: name of the stage.
        least_ms: wall time of the fastest warm request.
        warm_ms: wall time of the median warm request.
        cpu_ms: CPU time of the median warm request, all threads.
        copy_ms: time of copying the bytes of its input and output.
        network: the parts of the segment stage.
    """
    if stage == "segment":
        share = network.inference_ms / warm_ms if warm_ms else 0.0
        if share >= INFERS_FROM:
            return "inference", f"the network itself takes {network.inference_ms:.1f} ms of it"
    if cpu_ms < WAITS_BELOW * warm_ms:
        return "waiting", f"{cpu_ms:.1f} ms of CPU in {warm_ms:.1f} ms"
    copies = least_ms / copy_ms if copy_ms else float("inf")
    if copies < COPIES_WITHIN:
        return "data movement", f"{copies:.1f} times the copying of its bytes ({copy_ms:.2f} ms)"
    return "algorithm", f"{copies:.0f} times the copying of its bytes ({copy_ms:.2f} ms)"


def verdict(dominant: str, share: float, cause: str, reason: str, startup_requests: float) -> str:
    """What dominates the time, and why, in a warm process and in a new one."""
    requests = number_of(round(startup_requests), "warm request")
    return (
        f"{dominant} takes {100 * share:.0f} % of a warm request. Cause: {cause} ({reason}). "
        f"The start takes as long as {requests}: a process that answers fewer is dominated by "
        "initialisation."
    )
