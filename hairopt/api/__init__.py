"""The public Python interface; the package ``hairopt`` re-exports it."""
