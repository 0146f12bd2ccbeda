"""Runs, comparisons, plans and histories as HTML, Markdown, CSV and for the terminal."""
