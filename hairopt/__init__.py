"""hairopt: which version of a hair-colour try-on pipeline is cheapest while the picture stays as good."""

__version__ = "0.1.0"
