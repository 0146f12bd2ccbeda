"""Convert a matplotlib figure to an SVG element for an HTML page.

matplotlib writes fixed colours. Each colour used here is a key that is replaced by a CSS variable
of the page, so that one drawing is right for the light theme, the dark theme and print.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from hairopt.report.foreign_text import svg_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERIES = 8
"""Number of colours of variants; further variants use them again."""

STAGES = 5
"""Number of colours of stages, which differ from those of variants."""

INK = "#010101"
MUTED = "#020202"
GRID = "#030303"
SURFACE = "#040404"
ACCENT = "#050505"

WIDTH_PX = 360
"""Width of a chart in CSS pixels: about a phone's, so that its text is not shrunk there."""

_NAME_CHARACTERS = 18

_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--line",
    SURFACE: "--surface",
    ACCENT: "--accent",
    **{f"#1010{index + 16:02x}": f"--series-{index + 1}" for index in range(SERIES)},
    **{f"#2020{index + 16:02x}": f"--stage-{index + 1}" for index in range(STAGES)},
}
_COLOR_KEY = re.compile("|".join(_VARIABLES))
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"


def series_color(index: int) -> str:
    """The key of the colour of the index-th variant."""
    return f"#1010{index % SERIES + 16:02x}"


def stage_color(index: int) -> str:
    """The key of the colour of the index-th stage."""
    return f"#2020{index % STAGES + 16:02x}"


MARKERS = {"o": "\u25cf", "s": "\u25a0", "^": "\u25b2", "D": "\u25c6", "v": "\u25bc", "P": "\u271a",
           "X": "\u2716", "*": "\u2605"}  # fmt: skip
"""Marker of matplotlib -> a similar character, for a legend in HTML."""


def series_marker(index: int) -> str:
    """The marker of the index-th variant; with its colour it is unique up to the 64th."""
    return list(MARKERS)[(index + index // SERIES) % len(MARKERS)]


def folded_name(name: str) -> str:
    """A name in lines that leave room for the drawing."""
    return "\n".join(textwrap.wrap(name, _NAME_CHARACTERS) or [name])


def rows_height_px(names: Iterable[str], row_px: float) -> float:
    """Height of one row for each name, more for folded ones."""
    return sum(max(row_px, 17 * (folded_name(name).count("\n") + 1)) for name in names)


@contextmanager
def figure(height_px: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure of ``WIDTH_PX`` and its one axes, styled; sizes in CSS pixels."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        drawing = Figure(figsize=(WIDTH_PX / 72, height_px / 72), layout="constrained")
        FigureCanvasSVG(drawing)
        axes = drawing.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        yield drawing, axes


def to_svg(
    drawing: Figure,
    *,
    key: str,
    title: str,
    description: str,
    hover: Mapping[str, str] | None = None,
) -> str:
    """The drawing as one ``<svg>`` element with a title and a description for screen readers.

    Args:
        drawing: the matplotlib figure.
        key: prefix of all its ids; unique on the page.
        title: short name of the chart.
        description: text alternative: the content of the chart, in sentences.
        hover: gid of an artist -> the text that a pointer over it shows.
    """
    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(svg_text(buffer.getvalue()))
    _drop(root, {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"})
    for element in list(root.iter()):
        text = (hover or {}).get(element.get("id", ""))
        if text is not None:
            title_element = ElementTree.Element(f"{{{_SVG}}}title")
            title_element.text = svg_text(text)
            element.insert(0, title_element)
        _adopt(element, key)
    _label(root, key, title, description)
    for prefix, uri in (("", _SVG), ("xlink", _XLINK)):
        ElementTree.register_namespace(prefix, uri)
    return ElementTree.tostring(root, encoding="unicode")


def _drop(root: ElementTree.Element, tags: set[str]) -> None:
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in tags]:
            parent.remove(child)


def _adopt(element: ElementTree.Element, key: str) -> None:
    """Make ids unique on the page, and use its colour variables and fonts."""
    for name, value in list(element.attrib.items()):
        text = value
        if name == "id":
            text = f"{key}-{value}"
        elif name.endswith("href") and value.startswith("#"):
            text = f"#{key}-{value[1:]}"
        text = text.replace("url(#", f"url(#{key}-")
        if name == "style":
            text = _COLOR_KEY.sub(lambda match: f"var({_VARIABLES[match.group()]})", text)
        element.set(name, text)
    if element.tag == f"{{{_SVG}}}text":
        style = element.get("style", "")
        element.set("style", re.sub(r"(?<=[\d.]px )[^;]+", "var(--font)", style))


def _label(root: ElementTree.Element, key: str, title: str, description: str) -> None:
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    for index, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": f"{key}-{tag}"})
        element.text = svg_text(text)
        root.insert(index, element)


_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hairopt",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 11.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.linewidth": 1.0,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
}
