"""The command line. One file per command: it reads arguments, calls one function and prints."""
