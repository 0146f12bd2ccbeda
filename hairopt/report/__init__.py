"""A run as HTML, Markdown and CSV."""
