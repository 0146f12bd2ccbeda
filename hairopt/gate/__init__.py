"""The gate: rules, limits, stored baselines, and the verdict on a candidate."""
