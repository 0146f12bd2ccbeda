"""The command line: one file per command; parses, calls one function, prints."""
