"""The same variant over many runs."""
