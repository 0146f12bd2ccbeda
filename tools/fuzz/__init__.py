"""Fuzzing of everything that hairopt reads: see docs/robustness.md."""
