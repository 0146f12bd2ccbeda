"""The catalogue: names that carry units, and plug-ins beside the built-in metrics."""

import pytest

from hairopt.errors import ConfigError
from hairopt.metrics import catalog
from hairopt.metrics.catalog import METRICS, REGISTRY, UNLABELLED, Metric, known_metrics


def test_names_carry_their_units():
    suffixes = {"px": "_px", "dE00": "_de00", "dE76": ("_de76", "_dl", "_dc", "_dh")}
    for name, metric in METRICS.items():
        assert metric.name == name
        if metric.unit in suffixes and "color_de00_" not in name:
            assert name.endswith(suffixes[metric.unit])


def test_loss_is_zero_at_the_best_value_only():
    for metric in METRICS.values():
        best = metric.target
        if best is None:
            best = metric.upper_bound if metric.higher_is_better else metric.lower_bound
        assert metric.loss(best) == 0
        worse = best - 0.1 if metric.higher_is_better else best + 0.1
        assert metric.loss(worse) == pytest.approx(0.1)


def test_the_registry_knows_them_and_refuses_a_second_one():
    assert set(METRICS) <= set(REGISTRY.names())
    with pytest.raises(
        ConfigError, match="metric 'iou' is defined twice: by hairopt and by plug-in x"
    ):
        REGISTRY.register("iou", METRICS["iou"], "plug-in x")
    with pytest.raises(ConfigError, match="did you mean boundary_iou"):
        REGISTRY.get("boundery_iou")


def test_plugins_come_after_the_built_in_metrics(monkeypatch):
    registry = type(REGISTRY)("metric", "hairopt.metrics")
    for name, metric in METRICS.items():
        registry.register(name, metric, "hairopt")
    extra = Metric("aura", "share", True, 0.0, 1.0, "edge", "a plug-in", score=lambda **_: 0.5)
    registry.register("aura", extra, "plug-in")
    monkeypatch.setattr(catalog, "REGISTRY", registry)
    assert list(known_metrics()) == [*METRICS, *UNLABELLED, "aura"]
