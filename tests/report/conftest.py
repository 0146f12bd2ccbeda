"""The made-up run as fixtures."""

import pytest

from tests.report.made_up_run import absent, make_run, rows, variant


@pytest.fixture
def run():
    """float32 and a faster int8, and a baseline that is not installed."""
    return make_run(
        {
            "baseline": absent(fix="hairopt models pull mediapipe-hair"),
            "float32": variant("float32", 100.0, 0.80),
            "int8": variant("int8", 77.0, 0.79, (0.77, 0.75, 0.79), 0.9875),
        }
    )


@pytest.fixture
def cases():
    return rows()
