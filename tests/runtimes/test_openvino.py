"""OpenVINO: the same masks, no bfloat16 behind one's back, and nothing reported on import."""

import subprocess
import sys

import numpy as np
import pytest

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.rewrite import best_passes
from hairopt.errors import UnavailableError
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings

pytest.importorskip("openvino")


def _load(file, runtime="openvino", **settings):
    return RUNTIMES.get(runtime).load(file, RuntimeSettings(**settings))


def _masks(file, photos, runtime="openvino", **settings):
    segmenter = _load(file, runtime, **settings)
    try:
        return [segmenter(photo) for photo in photos]
    finally:
        segmenter.close()


def _rewritten(file, tmp_path, runtime):
    return resolve(
        file.record,
        file.path,
        formats=("onnx",),
        precision="float32",
        cache_dir=tmp_path / "forms",
        passes=best_passes(runtime),
    )


@pytest.mark.parametrize("name", ["hairnet", "mediapipe_hair"])
def test_masks_equal_those_of_onnxruntime(name, request, photos, tmp_path):
    original = request.getfixturevalue(name)
    plain = resolve(
        original.record,
        original.path,
        formats=("onnx",),
        precision="float32",
        cache_dir=tmp_path / "forms",
    )
    expected = _masks(plain, photos, "onnxruntime")
    for runtime in ("openvino", "onnxruntime"):
        found = _masks(_rewritten(original, tmp_path, "openvino"), photos, runtime)
        for mask, wanted in zip(found, expected, strict=True):
            assert np.count_nonzero((mask > 0.5) != (wanted > 0.5)) <= 1
            # bfloat16 would be off by about 1e-2 nearly everywhere.
            assert (np.abs(mask - wanted) > 1e-4).mean() <= 1e-3


def test_another_input_size(hairnet, photos):
    small = _masks(hairnet, photos[:2], input_size=192)
    assert {mask.shape for mask in small} == {(192, 192)}
    for mask, wanted in zip(
        small, _masks(hairnet, photos[:2], "onnxruntime", input_size=192), strict=True
    ):
        np.testing.assert_allclose(mask, wanted, atol=1e-4)


def test_max_unpool_is_refused_with_the_way_out(mediapipe_hair, tmp_path):
    file = resolve(
        mediapipe_hair.record,
        mediapipe_hair.path,
        formats=("onnx",),
        precision="float32",
        cache_dir=tmp_path,
    )
    with pytest.raises(UnavailableError, match=r"MaxUnpool.*segment\.rewrite = true"):
        _load(file)


def test_settings_it_does_not_have_are_refused(hairnet):
    with pytest.raises(UnavailableError, match=r"no setting arena"):
        _load(hairnet, arena=False)


def test_importing_it_reports_nothing(tmp_path):
    """With a telemetry package in the way that would shout, the import stays silent."""
    package = tmp_path / "openvino_telemetry"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('telemetry was imported')\n")
    code = "import hairopt, openvino; openvino.Core()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{tmp_path}:.", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "settings",
    [{"arena": False}, {"spinning": True, "threads": 2}, {"graph_optimization": "basic"}],
)
def test_settings_of_onnxruntime_do_not_change_masks(settings, hairnet, photos):
    expected = _masks(hairnet, photos[:1], "onnxruntime")[0]
    found = _masks(hairnet, photos[:1], "onnxruntime", **settings)[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_provider_that_is_not_there_is_unavailable_with_its_package(hairnet):
    with pytest.raises(UnavailableError, match=r"no provider directml.*onnxruntime-directml"):
        _load(hairnet, "onnxruntime", provider="directml")


def test_float16_whose_last_cast_openvino_drops(photos, tmp_path) -> None:
    record, path = find_model("hairnet")
    half = resolve(
        record,
        path,
        formats=("onnx",),
        precision="float16",
        cache_dir=tmp_path / "forms",
        passes=best_passes("openvino"),
    )
    found = zip(_masks(half, photos), _masks(half, photos, "onnxruntime"), strict=True)
    for mask, wanted in found:
        assert np.mean((mask > 0.5) != (wanted > 0.5)) < 0.005
