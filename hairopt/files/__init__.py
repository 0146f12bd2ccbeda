"""Text, TOML and JSON files, read with one kind of message; files and folders written whole."""
