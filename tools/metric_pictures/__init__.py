"""Draws the pictures of docs/metrics.md with the metrics themselves."""
