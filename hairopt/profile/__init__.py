"""Where the time of one variant goes, and why."""
