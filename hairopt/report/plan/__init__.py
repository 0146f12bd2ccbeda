"""The plan of an optimization, as text, Markdown and HTML."""
