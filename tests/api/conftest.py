"""The folder that the examples of the public interface speak of."""

import pytest

import hairopt
from tools.notebook.example_photos import write_example_photos


@pytest.fixture(scope="package")
def examples(tmp_path_factory):
    """``photo.jpg`` and ``my-photos`` with two cases."""
    folder = tmp_path_factory.mktemp("examples")
    write_example_photos(folder)
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
