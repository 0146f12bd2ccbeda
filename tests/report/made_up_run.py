"""A made-up run, small enough to check every figure by hand."""

import pandas as pd

from hairopt.measure.run_model import Run

STAGE_SHARES = {
    "decode": 0.1, "segment": 0.5, "recolor": 0.15, "postprocess": 0.15, "encode": 0.1
}  # fmt: skip
IOUS = {
    "a": {"float32": 0.90, "int8": 0.89},
    "b": {"float32": 0.80, "int8": 0.80},
    "c": {"float32": 0.70, "int8": 0.68},
}


def latency(mean_ms):
    return {
        "p50": mean_ms, "p95": mean_ms * 1.1, "mean": mean_ms,
        "ci95": [mean_ms * 0.98, mean_ms * 1.02], "n": 100,
    }  # fmt: skip


def summary(mean, higher_is_better=True):
    return {
        "mean": mean, "ci95": [mean * 0.95, mean * 1.03], "median": mean, "p10": mean * 0.9,
        "n": 3, "n_undefined": 0, "higher_is_better": higher_is_better,
    }  # fmt: skip


def variant(name, mean_ms, iou, ratio=None, retention=1.0):
    """A measured variant; ``ratio`` is (median, low, high) of its latency over the baseline's."""
    return {
        "status": "ok",
        "error": None,
        "spec": {"name": name, "summary": f"the {name} network"},
        "model": {
            "name": "hairnet", "sha256": "ab" * 32, "bytes": 1_400_000, "licence": "Apache-2.0",
            "format": "onnx", "precision": name,
        },
        "quality": {
            "iou": summary(iou),
            "boundary_iou": summary(iou - 0.2),
            "lock_de00": summary(2.0, False),
        },
        "slices": {"length": {"long": {"iou": {"mean": iou, "n": 2}},
                              "short": {"iou": {"mean": iou - 0.1, "n": 1}}}},
        "latency_ms": {
            "total": latency(mean_ms),
            **{stage: latency(mean_ms * share) for stage, share in STAGE_SHARES.items()},
        },
        "startup_ms": {"import": 400.0, "load": 30.0, "first": mean_ms * 2},
        "memory_mb": {"peak_rss": 300.0, "after_load": 250.0, "per_request": 50.0},
        "cpu_ms": mean_ms * 0.98,
        "throughput_ips": 1000 / mean_ms,
        "output_bytes": 85_000.0,
        "retention": {"value": retention, "worst_metric": "iou", "baseline": "float32"},
        "latency_ratio": ratio
        and {"median": ratio[0], "ci95": [ratio[1], ratio[2]], "n": 100, "starts": 6},
    }  # fmt: skip


def absent(status="unavailable", error="model mediapipe-hair is not here", fix=None):
    return {"status": status, "error": error, "fix": fix, "spec": {"name": "x"}}


def make_run(variants, **changes):
    data = {
        "schema": "hairopt.run/1",
        "id": "20260101-120000-abc",
        "created_utc": "2026-01-01T12:00:00Z",
        "hairopt_version": "0.1.0",
        "git_commit": "0123456789abcdef",
        "command": "hairopt bench",
        "environment": {
            "cpu_model": "Example CPU", "isa": ["avx2"], "physical_cores": 2, "logical_cores": 4,
            "os": "Linux", "python": "3.11.7", "packages": {"numpy": "2.0"}, "threads": 1,
            "load_average": [0.1, 0.2, 0.3], "warnings": ["The machine was busy."],
        },
        "dataset": {
            "name": "starter", "path": "datasets/starter", "fingerprint": "cd" * 32, "n_cases": 3,
            "licence": "CC0-1.0",
        },
        "protocol": {
            "seed": 0, "warmup": 3, "rounds": 100, "shades": ["#7b2d8b"], "intensities": [70.0],
            "shade_names": {"#7b2d8b": "violet"}, "baseline": "float32", "timing_s": 60.0,
        },
        "variants": variants,
    }  # fmt: skip
    data.update(changes)
    return Run.model_validate(data)


def rows():
    return pd.DataFrame(
        [
            {"variant": name, "case": case, "source": case, "shade": "#7b2d8b", "intensity": 70.0,
             "iou": iou, "boundary_iou": iou - 0.2, "lock_de00": 2.0}
            for case, ious in IOUS.items()
            for name, iou in ious.items()
        ]
    )  # fmt: skip
