"""Search for cheaper variants of a pipeline that keep the quality."""

from typing import Literal

Goal = Literal["latency", "cpu", "cost", "memory", "quality"]
"""What a search minimises; quality is maximised."""
