"""Forms: files made from a model, in a format and precision that a runtime reads."""
