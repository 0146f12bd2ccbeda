"""Variants: their schema, their files, and the built-in ones."""
