"""docs/python.md, rendered from a notebook that was really executed."""
