"""Proofs that hairopt's times can be relied on; ``make timing`` runs them on a quiet machine."""
