"""The end of a bench: what a precision does to the network here, from this very run."""

import json

ROUNDS = 18
"""Six process starts, which a statement about time needs."""


def test_bench_ends_with_a_verdict_that_run_json_holds(hairopt, dataset, tmp_path):
    names = ("float16", "float32", "int8")
    variants = [part for name in names for part in ("--variant", name)]
    options = ("--rounds", ROUNDS, "--warmup", "0", "--shade", "violet")
    done = hairopt("bench", *variants, "--dataset", dataset, *options, COLUMNS="400")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "reports").glob("*/run.json")
    found = json.loads(path.read_text())["variants"]
    assert "verdict" not in found["float32"] or found["float32"]["verdict"] is None
    for name in ("float16", "int8"):
        verdict = found[name]["verdict"]
        assert verdict["against"] == "float32"
        assert verdict["segment_ratio"]["n"] == ROUNDS
        assert verdict["iou_kept"] > 0.5
        assert verdict["sentence"] in done.stdout
        assert found[name]["model"]["contract"]["input"]["name"] == "image"
    ran = {name: found[name]["model"]["execution"]["operators"] for name in names}
    assert ran["int8"]["int8"]["QLinearConv"] == ran["float32"]["float32"]["Conv"] == 63
    assert "onnxruntime ran it as " in found["float16"]["verdict"]["sentence"]
    assert " in 8 bits, " in found["int8"]["verdict"]["sentence"]
