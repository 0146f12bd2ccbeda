"""``hairopt distill`` through the real command, as far as it goes without training."""

import importlib.util
import os

import pytest

HAS_TORCH = importlib.util.find_spec("torch") is not None


def test_without_pytorch_it_says_how_to_get_it(hairopt, dataset, tmp_path):
    """Where it is installed, a module of its name that cannot be imported stands before it."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "torch.py").write_text("raise ImportError('not installed')\n")
    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    done = hairopt("distill", dataset / "images", "--out", "run", PYTHONPATH=path)
    assert done.returncode == 2
    assert 'pip install "hairopt[train]"' in done.stderr


@pytest.mark.skipif(not HAS_TORCH, reason="training needs the extra [train]")
class TestRefusals:
    def test_a_length_of_nothing(self, hairopt, dataset, tmp_path):
        done = hairopt("distill", dataset / "images", "--out", "run", "--epochs", "0")
        assert done.returncode == 2
        assert "more than zero" in done.stderr
        assert not (tmp_path / "run").exists()

    def test_a_teacher_that_is_not_here(self, hairopt, dataset):
        done = hairopt("distill", dataset / "images", "--out", "run")
        assert done.returncode == 2
        assert "hairopt models pull mediapipe-hair" in done.stderr

    def test_a_device_that_is_not_here(self, hairopt, dataset):
        done = hairopt("distill", dataset / "images", "--out", "run", "--device", "cuda:7")
        assert done.returncode == 2
        assert "CUDA" in done.stderr
