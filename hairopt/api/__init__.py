"""What ``import hairopt`` offers; the package re-exports it."""
