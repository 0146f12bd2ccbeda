"""Search for steps and thresholds of cascades: on half of a dataset, confirmed on the other."""
