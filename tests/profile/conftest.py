"""A profile looks at the photos that a search does."""

from tests.optimize.conftest import small_dataset

__all__ = ["small_dataset"]
