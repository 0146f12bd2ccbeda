import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra [train]")

from hairopt.errors import ModelError  # noqa: E402
from hairopt.models.store import find_model  # noqa: E402
from hairopt.runtimes.onnx_session import open_session  # noqa: E402
from hairopt.train.initial_weights import start_from  # noqa: E402
from hairopt.train.loop import loss  # noqa: E402
from hairopt.train.network import Design, HairNet, Probability, Stage  # noqa: E402


def noise(number, size=2, side=256):
    return torch.rand(size, 3, side, side, generator=torch.Generator().manual_seed(number))


def bundled():
    return find_model("hairnet")[1]


def test_it_starts_as_the_bundled_network() -> None:
    network = HairNet()
    start_from(network, bundled(), noise, 256)
    picture = noise(99, 1, find_model("hairnet")[0].contract.input.height)
    session = open_session(bundled())
    (wanted,) = session.run(None, {"image": picture.numpy()})
    got = Probability(network.eval())(picture).detach().numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_a_start_of_another_design_is_refused() -> None:
    stages = (Stage(24, 10, (1,)), *Design().stages[1:])
    with pytest.raises(ModelError, match="another design"):
        start_from(HairNet(Design(stages=stages)), bundled(), noise, 256)


def test_a_file_without_weights_is_refused(tmp_path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"no")
    with pytest.raises(ModelError, match=r"no\.onnx"):
        start_from(HairNet(), tmp_path / "no.onnx", noise, 256)


def test_logits_have_the_size_of_the_picture() -> None:
    with torch.no_grad():
        assert HairNet().eval()(torch.zeros(1, 3, 64, 96)).shape == (1, 1, 64, 96)


def test_the_loss_of_the_truth_is_nothing_and_of_its_opposite_a_lot() -> None:
    label = torch.zeros(2, 1, 32, 32)
    label[:, :, 8:24] = 1
    assert loss((label - 0.5) * 60, label) < 1e-3
    assert loss((0.5 - label) * 60, label) > 10


def test_the_loss_of_an_undecided_network_can_be_written_down() -> None:
    label = torch.ones(1, 1, 10, 10)
    # ln 2, and 1 - (2 * 50 + 50) / (50 + 100 + 50)
    assert loss(torch.zeros_like(label), label).item() == pytest.approx(np.log(2) + 0.25)
