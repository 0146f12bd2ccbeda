"""The folder that the examples of the public interface speak of."""

import cv2
import numpy as np
import pytest

import hairopt


@pytest.fixture(scope="package")
def examples(tmp_path_factory):
    """``photo.jpg`` and ``my-photos`` with two cases, made from a shipped portrait."""
    folder = tmp_path_factory.mktemp("examples")
    case = next(case for case in hairopt.load_dataset().cases if "astronaut" in case.name).read()
    (folder / "photo.jpg").write_bytes(cv2.imencode(".jpg", case.image[..., ::-1])[1].tobytes())
    for part in ("images", "masks"):
        (folder / "my-photos" / part).mkdir(parents=True)
    mask = np.rint(case.truth * 255).astype(np.uint8)
    for name, flip in (("head0", slice(None)), ("head1", slice(None, None, -1))):
        data = folder / "my-photos"
        cv2.imwrite(str(data / "images" / f"{name}.jpg"), case.image[:, flip, ::-1])
        cv2.imwrite(str(data / "masks" / f"{name}.png"), mask[:, flip])
    return folder


@pytest.fixture(scope="package")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def in_the_examples(examples, home, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(home))
    monkeypatch.chdir(examples)


@pytest.fixture(scope="package")
def run(examples, home):
    """float32 and int8 on the two photos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAIROPT_HOME", str(home))
        patch.chdir(examples)
        return hairopt.bench(["float32", "int8"], dataset="my-photos", rounds=3, shade="violet")
