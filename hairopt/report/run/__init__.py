"""One run as text, Markdown, CSV and HTML."""
