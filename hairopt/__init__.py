"""hairopt: which version of a hair-colour try-on pipeline is cheapest at the same quality."""

from hairopt.offline.quiet import keep_libraries_quiet

__version__ = "0.1.0"

keep_libraries_quiet()
