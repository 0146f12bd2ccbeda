"""Plan, isolated workers, schedule, environment, run files."""
