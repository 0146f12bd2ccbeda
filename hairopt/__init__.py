"""hairopt: which version of a hair-colour try-on pipeline is cheapest at the same quality.

The public Python interface. Names, defaults and errors are those of the command line; every error
is a ``hairopt.errors.HairoptError``. What a function needs is imported when it is first used.
"""

from typing import TYPE_CHECKING

from hairopt.lazy_names import lazy_names
from hairopt.offline.quiet import keep_libraries_quiet

if TYPE_CHECKING:
    from hairopt import errors, metrics
    from hairopt.api.bench import Run, bench, open_run
    from hairopt.api.compare import Comparison, compare
    from hairopt.api.dataset import load_dataset
    from hairopt.api.pipeline import Answer, Pipeline

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Comparison",
    "Pipeline",
    "Run",
    "bench",
    "compare",
    "errors",
    "load_dataset",
    "metrics",
    "open_run",
]

keep_libraries_quiet()

__getattr__ = lazy_names(
    __name__,
    {
        "Answer": "hairopt.api.pipeline",
        "Comparison": "hairopt.api.compare",
        "Pipeline": "hairopt.api.pipeline",
        "Run": "hairopt.api.bench",
        "bench": "hairopt.api.bench",
        "compare": "hairopt.api.compare",
        "errors": "hairopt.errors",
        "load_dataset": "hairopt.api.dataset",
        "metrics": "hairopt.metrics",
        "open_run": "hairopt.api.bench",
    },
)
