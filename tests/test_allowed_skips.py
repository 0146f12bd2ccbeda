"""A skip that nobody allowed fails the run; what is allowed is listed."""

import pytest

from tests.allowed_skips import MOST

pytest_plugins = ["pytester"]

TESTS = """
import pytest
def test_passes(): pass
@pytest.mark.parametrize("which", ["a", "b"])
def test_skipped(which): pytest.skip("no browser")
@pytest.mark.xfail
def test_expected_failure(): assert False
"""


@pytest.fixture
def project(pytester):
    pytester.makepyfile(test_it=TESTS)
    pytester.makepyfile(test_module="import pytest\npytest.importorskip('no_such_module')")

    def run(*allowed):
        (pytester.path / "allowed.txt").write_text("# why\n\n" + "\n".join(allowed))
        return pytester.runpytest_inprocess(
            "-p", "tests.allowed_skips", "-p", "no:hairopt", "--allowed-skips=allowed.txt"
        )

    return run


ALL = ("test_it.py::test_skipped[*] | no browser here", "test_module.py | not installed")


def test_what_the_list_allows_passes_and_is_listed(project):
    done = project(*ALL)
    assert done.ret == pytest.ExitCode.OK
    done.stdout.fnmatch_lines(["*skipped: 3*", "test_it.py::test_skipped[[]a[]]: no browser"])
    done.stdout.no_fnmatch_line("*test_expected_failure:*")


@pytest.mark.parametrize("kept", [0, 1])
def test_a_test_or_a_file_that_it_does_not_allow_fails(project, kept):
    done = project(ALL[kept])
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    name = "test_module.py" if kept == 0 else "test_it.py::test_skipped[[]b[]]"
    done.stdout.fnmatch_lines([f"NOT ALLOWED  {name}: *"])


def test_a_line_may_allow_a_reason(project):
    assert project("reason: no browser | none here", ALL[1]).ret == pytest.ExitCode.OK
    assert project("reason: no brows | none here", ALL[1]).ret == pytest.ExitCode.TESTS_FAILED


def test_a_bracket_is_a_bracket(project):
    done = project("test_it.py::test_skipped[a] | one of them", ALL[1])
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(["NOT ALLOWED  test_it.py::test_skipped[[]b[]]: *"])
    done.stdout.no_fnmatch_line("NOT ALLOWED  test_it.py::test_skipped[[]a[]]: *")


@pytest.mark.parametrize("lines", [["test_it.py"], ["test_it.py |"], ["x | y"] * (MOST + 1)])
def test_a_list_without_reasons_or_too_long_is_refused(project, lines):
    assert project(*lines).ret == pytest.ExitCode.USAGE_ERROR


def test_without_the_option_skips_are_listed_and_pass(pytester, project):
    done = pytester.runpytest_inprocess("-p", "tests.allowed_skips", "-p", "no:hairopt")
    assert done.ret == pytest.ExitCode.OK
    done.stdout.fnmatch_lines(["*skipped: 3*"])
