"""From knobs to measured options: what makes a slow pipeline cheap without spoiling the picture."""

from typing import Literal

Goal = Literal["latency", "cpu", "cost", "memory", "quality"]
"""What a search makes small; for quality, what it keeps high."""
