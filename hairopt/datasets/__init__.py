"""Read, validate, fingerprint and derive labelled images."""
