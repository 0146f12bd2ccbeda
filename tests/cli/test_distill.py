"""``hairopt distill`` through the real command, as far as it goes without training."""

import importlib.util

import pytest

HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed here")
def test_without_pytorch_it_says_how_to_get_it(hairopt, dataset):
    done = hairopt("distill", dataset / "images", "--out", "run")
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
