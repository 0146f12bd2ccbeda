"""Mutation tests of the code that decides: one change at a time, and whether a test notices."""
