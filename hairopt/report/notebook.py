"""The display of a run or a comparison in a notebook."""

from __future__ import annotations


def html_of_markdown(text: str) -> str:
    """CommonMark with tables as HTML; markup inside the text stays text."""
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
