"""Model files in the form a runtime reads: which there are, how each is made and kept."""
