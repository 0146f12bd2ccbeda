"""A network is not judged on the photos it was calibrated with."""

from __future__ import annotations

from dataclasses import replace

from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import photo_hash
from hairopt.convert.quantization.shipped import shipped_calibration
from hairopt.convert.quantization.stored import keep_calibration
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.models.store import find_model
from hairopt.variants.load import load_variant
from tests.measure.watching import FAST


def test_a_shared_photo_takes_the_quantised_variant_out(small_dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "home"))
    record, path = find_model("hairnet")
    shown = photo_hash(small_dataset.case("b").read().image)
    known = replace(shipped_calibration(record), hashes=("0" * 64, shown))
    network = rewrite(float32_network(record, path), QUANTIZED).network
    keep_calibration(record, known, network)
    variants = (load_variant("float32"), load_variant("int8"))
    run = run_bench(BenchPlan(variants, small_dataset, tmp_path / "out", **FAST))
    assert run.variants["float32"].status == "ok"
    assert run.variants["int8"].status == "failed"
    assert "was calibrated with the photo of case 'b'" in run.variants["int8"].error
