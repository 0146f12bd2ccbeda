"""What a mask's own probabilities tell of its quality, without any truth."""
