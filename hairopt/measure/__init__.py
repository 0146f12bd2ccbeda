"""Measure variants: plan, isolated workers, schedule, environment, run files."""
