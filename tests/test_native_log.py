import os
import subprocess
import sys

import pytest

from hairopt.native_log import quiet_stderr


def test_what_is_written_meanwhile_is_kept_for_the_error(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr() as log:
        os.write(2, b"native chatter")
        assert log() == "native chatter"
    os.write(2, b"afterwards")
    assert capfd.readouterr().err == "afterwards"


def test_only_the_end_of_a_long_log_is_kept() -> None:
    with quiet_stderr() as log:
        os.write(2, b"x" * 5000 + b"the reason")
        assert len(log()) == 800
        assert log().endswith("the reason")


def test_an_error_passes_and_stderr_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="passes"), quiet_stderr():
        raise ValueError("passes")
    os.write(2, b"back")
    assert capfd.readouterr().err == "back"


def test_a_process_without_stderr_is_fine() -> None:
    code = (
        "import os; os.close(2); from hairopt.native_log import quiet_stderr\n"
        "with quiet_stderr() as log: print(repr(log()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "''\n"
