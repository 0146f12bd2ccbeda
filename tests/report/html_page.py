"""What an HTML page consists of, for tests that look for what must not be in it."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Its tags in order, its attributes as (tag, name, value), and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.feed(text)

    @property
    def addresses(self) -> list[str | None]:
        """All that the page points to or loads."""
        names = ("src", "href", "xlink:href", "action")
        return [value for _, name, value in self.attributes if name in names]

    @property
    def handlers(self) -> list[str]:
        """Attributes that run a script."""
        return [name for _, name, _ in self.attributes if name.startswith("on")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data
