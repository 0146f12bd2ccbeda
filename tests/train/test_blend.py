import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra [train]")

from hairopt.models.store import find_model  # noqa: E402
from hairopt.train.initial_weights import read_convolutions  # noqa: E402
from tools.training import blend  # noqa: E402
from tools.training.candidate import contract_of  # noqa: E402


def test_every_kernel_and_bias_lies_on_the_line() -> None:
    rng = np.random.default_rng(0)
    old, new = (
        [(rng.normal(size=(2, 1, 3, 3)), rng.normal(size=2)) for _ in range(3)] for _ in range(2)
    )
    for (kernel, bias), (a, b), (c, d) in zip(blend.blended(old, new, 0.3), old, new, strict=True):
        np.testing.assert_allclose(kernel, 0.7 * a + 0.3 * c)
        np.testing.assert_allclose(bias, 0.7 * b + 0.3 * d)


def test_the_same_network_at_another_size(monkeypatch, tmp_path) -> None:
    record, path = find_model("hairnet")
    out = tmp_path / "out.onnx"
    monkeypatch.setattr(
        "sys.argv", ["blend", str(path), str(path), "--new", "0.5", "--side", "320", "-o", str(out)]
    )
    blend.main()
    assert contract_of(onnx.load(out), record.contract).input.height == 320
    for (kernel, bias), (same, own) in zip(
        read_convolutions(out), read_convolutions(path), strict=True
    ):
        np.testing.assert_allclose(kernel, same, atol=1e-5)
        np.testing.assert_allclose(bias, own, atol=1e-5)
