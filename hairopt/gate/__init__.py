"""A verdict on a candidate: paired statistics, rules, baselines, golden sets."""
