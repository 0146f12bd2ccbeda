"""Environment, dataset and protocol of a run as lists of facts, for every format."""

from __future__ import annotations

from hairopt.measure.run_model import Protocol, Run
from hairopt.models.contract_text import contract_text
from hairopt.quantities import number_of
from hairopt.report.run.backends import target_text
from hairopt.report.run.page import Fact, FactGroup

_BYTES_PER_MB = 1e6


def fact_groups(run: Run) -> tuple[FactGroup, ...]:
    """The facts for judging or repeating the measurement."""
    return (
        FactGroup("Machine", _machine(run)),
        FactGroup("Dataset and protocol", _protocol(run)),
        FactGroup("Networks", _networks(run)),
        *([FactGroup("Back-ends", told)] if (told := _backends(run)) else []),
    )


def _backends(run: Run) -> tuple[Fact, ...]:
    return tuple(
        Fact(name, target_text(result.backend))
        for name, result in run.variants.items()
        if result.backend is not None
    )


def _machine(run: Run) -> tuple[Fact, ...]:
    machine = run.environment
    load = ", ".join(f"{value:.2f}" for value in machine.load_average or []) or "not known"
    packages = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    return (
        Fact("CPU", machine.cpu_model),
        Fact("Cores", f"{machine.physical_cores} physical, {machine.logical_cores} logical"),
        Fact("Instructions", ", ".join(machine.isa) or "not known"),
        Fact("Threads", f"at most {machine.threads} per variant" if machine.threads else "unknown"),
        Fact("Load before", load),
        Fact("System", machine.os),
        Fact("Python", machine.python),
        Fact("Packages", packages),
    )


def _protocol(run: Run) -> tuple[Fact, ...]:
    dataset, protocol = run.dataset, run.protocol
    shades = ", ".join(
        f"{name} {code}" if (name := protocol.shade_names.get(code, code)) != code else code
        for code in protocol.shades
    )
    bad = f", {len(dataset.bad_cases)} unusable" if dataset.bad_cases else ""
    return (
        Fact("Dataset", dataset.title or dataset.name),
        Fact("Cases", f"{dataset.n_cases}{bad}"),
        Fact("Masks", "one for each photo" if dataset.is_labelled else "none: no quality"),
        Fact("Licence", dataset.licence or "not stated"),
        Fact("Fingerprint", dataset.fingerprint[:16]),
        Fact("Shades", shades),
        Fact("Intensities", ", ".join(f"{value:g}" for value in protocol.intensities)),
        Fact("Timing", _timing(protocol)),
        Fact("Regimes", _regimes(protocol)),
        Fact("Seed", str(protocol.seed)),
        Fact("hairopt", f"{run.hairopt_version} {(run.git_commit or '')[:10]}".strip()),
    )


def _timing(protocol: Protocol) -> str:
    """How often each variant was timed, and why the timing ended."""
    requests = number_of(protocol.rounds, "request")
    starts = number_of(protocol.starts, "start")
    return f"{requests} to each variant in {starts}, in turns: {timing_end(protocol)}"


def timing_end(protocol: Protocol) -> str:
    """Why the timing ended."""
    return {
        "rounds": "all that were asked for",
        "precise": "until every interval was within 3 %",
        "limit": f"until {protocol.timing_limit_s or 0:.0f} s were spent",
    }[protocol.stopped]


def _regimes(protocol: Protocol) -> str:
    if protocol.pause_s is None:
        return "in turns with the other variants, one request each"
    return f"back to back; and after a pause of {protocol.pause_s:g} s"


def _networks(run: Run) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            name,
            f"{model.name} {model.precision} ({model.format}, "
            f"{model.bytes / _BYTES_PER_MB:.2f} MB, "
            f"SHA-256 {model.sha256[:12]}, {model.licence})"
            + (f", {contract_text(model.contract)}" if model.contract else ""),
        )
        for name, result in run.variants.items()
        if (model := result.model)
    )
