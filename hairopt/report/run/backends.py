"""What a reader of a run has to know of its back-ends: where the photos went, leaks, repeats."""

from __future__ import annotations

from hairopt.measure.run_model import BackendInfo, Memory, Run
from hairopt.quantities import number_of

_LEAK_MB = 0.05
"""Growth with every request from which it is named: 50 MB in a thousand requests."""


def backend_sentences(run: Run) -> list[str]:
    """Complete sentences, back-end by back-end."""
    found = []
    for name, result in run.variants.items():
        if (info := result.backend) is not None:
            found += _where(name, info)
            found += _repeats(name, info)
            found += _growth(name, result.memory_mb)
            if info.mask == "unknown" and result.status == "ok":
                found.append(
                    f"{name} tells no mask: what looks at masks is undefined, and colour, texture "
                    "and bleed are judged by its answers."
                )
    return found


def target_text(info: BackendInfo) -> str:
    """Kind and target of a back-end, and what its own adapter costs."""
    own = "" if info.own_ms is None else f"; of each time, {info.own_ms:.2f} ms are the adapter's"
    note = f" ({info.note})" if info.note else ""
    return f"{info.kind} {info.target}{note}{own}"


def _where(name: str, info: BackendInfo) -> list[str]:
    if not info.sent_to:
        return []
    place = "another machine" if info.is_remote else "this machine"
    sent = number_of(info.asked, "request") if info.asked else "All requests"
    return [f"{name}: photos were sent to {info.sent_to} ({place}), {sent} of the timing."]


def _repeats(name: str, info: BackendInfo) -> list[str]:
    return [
        f"{name}: {number_of(count, 'request')} of {info.asked} had to be sent again: {reason}."
        for reason, count in info.repeats.items()
    ]


def _growth(name: str, memory: Memory | None) -> list[str]:
    if memory is None or memory.growth_per_request is None or memory.growth_ci95 is None:
        return []
    low, high = memory.growth_ci95
    if low <= 0 or memory.growth_per_request < _LEAK_MB:
        return []
    return [
        f"{name}: its memory grows by {memory.growth_per_request:.2f} MB with every request "
        f"({low:.2f} to {high:.2f}), that is {memory.growth_per_request:.1f} GB in a thousand."
    ]
