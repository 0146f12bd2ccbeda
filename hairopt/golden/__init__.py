"""Golden sets: stored answers of a variant, and the check that they have not changed."""
