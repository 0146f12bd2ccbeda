"""A verdict on a candidate: rules, limits, stored baselines."""
