"""Changes that keep the structure of a format, so that they get past its first check."""
