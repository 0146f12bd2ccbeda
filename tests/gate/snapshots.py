"""Made-up snapshots, small enough to check by hand."""

import numpy as np

from hairopt.gate.snapshot import CaseScores, Snapshot

IMAGES = 24


def scores(drop=0.0, images=IMAGES, noise=0.0, seed=0):
    """IoUs of a segmenter, all moved by a true relative drop and by noise."""
    before = np.linspace(0.7, 0.95, images)
    moved = before * (1 - drop) + np.random.default_rng(seed).normal(0, noise, images)
    return [round(float(value), 6) for value in moved]


def snapshot(variant="float32", ious=None, **changes):
    ious = scores() if ious is None else ious
    cases = {
        f"image-{index:02}": CaseScores(
            source=f"image-{index:02}",
            tags={"hair_type": ("straight", "curly")[index % 2]},
            scores={
                "bleed_de00": 0.5,
                "iou": iou,
                "boundary_iou": None if iou is None else round(0.7 * iou, 6),
                "alpha_iou": iou,
                "alpha_boundary_iou": None if iou is None else round(0.7 * iou, 6),
                "edge_roughness": 0.0,
                "lock_de00": 2.0,
                "dye_strength": 0.9,
                "texture_structure": 0.9,
                "outside_structure": 0.98,
                "outside_de00": 0.1,
                "redye_de00": None,
            },
        )
        for index, iou in enumerate(ious)
    }
    content = {
        "variant": variant,
        "spec": {"name": variant, "segment": {"precision": variant}},
        "run_id": "20260101T120000Z-abcdef",
        "created_utc": "2026-01-01T12:00:00Z",
        "hairopt_version": "0.1.0",
        "git_commit": None,
        "model": "hairnet",
        "model_sha256": "ab" * 32,
        "dataset": "starter",
        "dataset_path": "",
        "dataset_fingerprint": "cd" * 32,
        "isa": ["avx2"],
        "cpu_model": "Example CPU",
        "seed": 0,
        "shades": ["#7b2d8b"],
        "intensities": [70.0],
        "color_reference": "intent/1",
        "latency_p50_ms": 50.0,
        "peak_rss_mb": 300.0,
        "failed_cases": [],
        "unusable_cases": [],
        "cases": cases,
    }
    return Snapshot.model_validate(content | changes)
