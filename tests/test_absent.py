"""What is not installed is named, with the command that installs it; it is no damaged picture."""

import ctypes
import io
import pickle
import sys

import pytest

from hairopt.absent import absent_part
from hairopt.cli.exit_codes import ExitCode, exit_code, explain
from hairopt.images import decode_image
from hairopt.measure.worker import serve
from tests.pictures import RED_LEFT, saved


def linker_error(name):
    """What the dynamic linker really says."""
    with pytest.raises(OSError, match=name) as caught:
        ctypes.CDLL(name)
    return caught.value


@pytest.mark.parametrize("kind", [OSError, ImportError])
def test_the_package_of_a_known_library_is_the_fix(kind):
    words = str(linker_error("libhairopt_nothing.so.1"))
    found = absent_part(kind(words.replace("libhairopt_nothing.so.1", "libGL.so.1")))
    assert found is not None
    assert (
        str(found) == "the system library libGL.so.1 is not installed (fix: apt-get install libgl1)"
    )


def test_an_unknown_library_is_named_without_a_fix():
    found = absent_part(linker_error("libhairopt_nothing.so.1"))
    assert found is not None
    assert "libhairopt_nothing.so.1" in str(found)
    assert found.fix is None


@pytest.mark.parametrize(
    "error", [OSError(2, "No such file", "libGL.so.1"), ImportError("no module"), ValueError("x")]
)
def test_other_errors_are_what_they_are(error):
    assert absent_part(error) is None


@pytest.mark.parametrize(
    ("module", "package"), [("matplotlib.figure", "matplotlib"), ("cv2", "opencv-contrib-python")]
)
def test_a_package_that_hairopt_asks_for_is_named(module, package):
    error = ModuleNotFoundError(f"No module named {module!r}", name=module)
    assert explain(error) == (
        f"error: the Python package {package} is not installed (fix: pip install {package})"
    )
    assert exit_code(error) == ExitCode.USAGE


def test_a_module_that_nobody_asked_for_is_a_defect():
    error = ModuleNotFoundError("No module named 'hairopt.nothing'", name="hairopt.nothing")
    assert exit_code(error) == ExitCode.INTERNAL


def test_a_command_ends_with_the_sentence_and_exit_code_2():
    error = linker_error("libhairopt_nothing.so.1")
    assert exit_code(error) == ExitCode.USAGE
    assert explain(ImportError(str(error))).startswith("error: the system library libhairopt_not")


def test_a_photo_is_not_called_damaged_where_its_decoder_cannot_be_loaded(monkeypatch):
    data = saved(RED_LEFT, "PNG")
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ImportError):
        decode_image(data, "photo.png")


def test_a_variant_that_needs_it_is_unavailable_and_did_not_fail(tmp_path):
    class Server:
        def load(self):
            raise linker_error("libhairopt_nothing.so.1")

    answers = io.BytesIO()
    serve(Server(), io.BytesIO(pickle.dumps(("load", ()))), answers)
    refused = pickle.loads(answers.getvalue())
    assert refused.unavailable
    assert refused.reason == "the system library libhairopt_nothing.so.1 is not installed"
