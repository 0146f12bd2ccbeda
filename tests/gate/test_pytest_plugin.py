"""The pytest fixture, through a real pytest of its own."""

from importlib.metadata import entry_points

import pytest

from hairopt.gate.stored import save_baseline
from tests.gate.snapshots import scores, snapshot

pytest_plugins = ["pytester"]
PLUGIN = "hairopt.gate.pytest_plugin"


@pytest.fixture
def project(pytester):
    folder = pytester.path / "baselines"
    save_baseline(folder, "release", snapshot())
    save_baseline(folder, "good", snapshot("good", scores(drop=0.01)))
    save_baseline(folder, "bad", snapshot("bad", scores(drop=0.08)))
    pytester.makefile(".toml", hairopt='[gate]\nbaseline = "release"\n')
    return pytester


def run(project, *arguments):
    installed = {point.value for point in entry_points(group="pytest11")}
    own = [] if PLUGIN in installed else ["-p", PLUGIN]
    return project.runpytest_subprocess("-p", "no:cacheprovider", *own, *arguments)


def test_a_test_can_ask_for_the_drop(project):
    project.makepyfile("""
        def test_good(hairopt_gate):
            found = hairopt_gate("good")
            assert 0.005 < found.mask_drop < 0.05
            assert found.verdict == "PASS"
            assert found.failures == 0
            assert found.boundary_drop < 0.1
            assert found.slice_drop < 0.1
            assert found.big_losers == 0
            assert found.latency_increase is None
    """)
    run(project).assert_outcomes(passed=1)


def test_a_failed_assertion_shows_the_verdict_and_every_rule(project):
    project.makepyfile("""
        def test_bad(hairopt_gate):
            assert hairopt_gate("bad").mask_drop < 0.05
    """)
    done = run(project)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*<FAIL: bad against float32: mask 0.08 (limit 0.05, n=24): FAIL*"])


def test_a_comparison_is_made_once_per_session(project):
    project.makepyfile("""
        def test_first(hairopt_gate):
            test_first.found = hairopt_gate("bad")

        def test_second(hairopt_gate):
            assert hairopt_gate("bad") is test_first.found
            assert hairopt_gate("bad", max_mask_drop="10%") is not test_first.found
            assert hairopt_gate("bad", max_mask_drop="10%").comparison.limits.max_mask_drop == 0.1
    """)
    run(project).assert_outcomes(passed=2)


def test_what_cannot_be_compared_is_an_error_and_no_pass(project):
    save_baseline(project.path / "baselines", "other", snapshot(dataset_fingerprint="ef" * 32))
    project.makepyfile("""
        def test_other(hairopt_gate):
            assert hairopt_gate("other").mask_drop < 0.05
    """)
    done = run(project)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*NotComparableError*"])


def test_stored_sides_can_be_measured_again(project):
    project.makepyfile("""
        import pytest
        from hairopt.errors import NotComparableError

        def test_again(hairopt_gate):
            with pytest.raises(NotComparableError, match="good cannot be measured again"):
                hairopt_gate("good", remeasure=True)
    """)
    run(project).assert_outcomes(passed=1)


def test_loading_the_plugin_imports_nothing_heavy(project):
    project.makepyfile("""
        import sys

        def test_light():
            heavy = {"numpy", "pandas", "cv2", "onnxruntime", "pydantic"}
            assert not heavy & set(sys.modules)
    """)
    run(project, "-p", "no:hypothesispytest", "-p", "no:benchmark").assert_outcomes(passed=1)
