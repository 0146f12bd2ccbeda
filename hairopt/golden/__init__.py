"""Stored answers of a variant, and the check that they are still given."""
