"""Proof of ``hairopt export``: the same bytes in a fresh environment, and the same time."""
