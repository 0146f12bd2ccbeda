"""Quality as numbers: pure functions of arrays."""
