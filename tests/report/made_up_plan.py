"""Plans that no search made: numbers of a request, options and outcomes to be changed at will."""

from hairopt.cost.prices import example_prices
from hairopt.optimize.outcome import Numbers, Option, Outcome, Sampled
from hairopt.variants.load import load_variant


def numbers(mean_ms):
    shares = {"decode": 0.1, "segment": 0.5, "recolor": 0.1, "postprocess": 0.1, "encode": 0.2}
    return Numbers(
        p50_ms=mean_ms, p95_ms=1.2 * mean_ms, mean_ms=mean_ms,
        mean_ci95_ms=(0.98 * mean_ms, 1.02 * mean_ms), n_requests=100,
        stage_ms={stage: share * mean_ms for stage, share in shares.items()}, cpu_ms=mean_ms,
        peak_mb=200, output_kb=100, startup_ms=900, first_ms=2 * mean_ms, cost_per_1000=0.01,
        cost_per_month=3, cost_parts={"cpu": 0.004, "egress": 0.006}, quality={"iou": 0.8},
    )  # fmt: skip


def option(name="option-1", ratio=0.2, **changes):
    known = {
        "name": name, "file": f"plan/{name}.toml", "summary": "encoder jpeg",
        "changes": {"encoder": "jpeg"}, "numbers": numbers(100 * ratio), "latency": ratio,
        "latency_ci95": (0.9 * ratio, 1.1 * ratio), "cpu": ratio,
        "cpu_ci95": (0.9 * ratio, 1.1 * ratio), "cost": 0.5, "memory": 0.9,
        "retention": 0.97, "retention_ci95": (0.96, 0.99), "retention_verdict": "pass",
        "worst_metric": "color_de00", "risk": "low", "effort_days": 0.25, "target_value": 24.0,
        "meets_target": True, "miss": 0.0,
    }  # fmt: skip
    return Option(**{**known, **changes})


def outcome(**changes):
    known = {
        "created_utc": "2026-01-02T03:04:05+00:00", "hairopt_version": "0.1", "command": "hairopt",
        "baseline_name": "baseline", "baseline_spec": load_variant("baseline").model_dump(),
        "dataset": "heads", "dataset_cases": 20, "cpu_model": "Example CPU", "logical_cores": 2,
        "target": "p95 < 50 ms", "target_quantity": "p95", "target_limit": 50.0,
        "min_retention": 0.95, "goal": "latency", "budget_s": 900, "spent_s": 800,
        "prices": example_prices(), "requests_per_day": 10_000, "shades": ["violet"],
        "intensities": [70.0], "ending": "settled", "baseline": numbers(100.0),
        "options": [option()], "recommended": "option-1", "floor": numbers(10.0),
        "floor_like": "option-1", "confirmed_on": Sampled(n_cases=20, n_cases_all=20, rounds=100),
        "run": "runs/x",
    }  # fmt: skip
    return Outcome.model_validate({**known, **changes})
