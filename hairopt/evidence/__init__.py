"""What a sample proves: paired changes, their intervals and tests, and what counts as proven."""
