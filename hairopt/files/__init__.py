"""Read text, TOML and JSON files with one style of message; write files and folders atomically."""
