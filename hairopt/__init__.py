"""hairopt: which version of a hair-colour try-on pipeline is cheapest at the same quality."""

__version__ = "0.1.0"
