"""Render pages from templates: all text is escaped, and only this package's script can run."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING

from hairopt.quantities import number_of
from hairopt.report.foreign_text import printable
from hairopt.report.text import (
    cell_interval,
    delta_verdict,
    delta_words,
    direction,
    legend,
    value_text,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_SCRIPT = "report.js"
_TOGETHER = re.compile(r" (%|MB|kB|ms)|(?<=\d) to (?=[-+]?\d)| ± ")


def render_template(name: str, **values: object) -> str:
    """A page from a template of this package.

    The template receives ``script`` and ``script_hash``: the page's Content-Security-Policy has the
    hash, so that no other script can run on the page.
    """
    environment = _environment()
    loader = environment.loader
    assert loader is not None
    script = loader.get_source(environment, _SCRIPT)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return environment.get_template(name).render(
        **values, script=script, script_hash=f"sha256-{digest}"
    )


def new_environment() -> Environment:
    """The template environment of a page, which escapes all text.

    ``drawing`` is only for the drawings and the script of this package, without foreign markup.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("hairopt.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"drawing": Markup, "unbroken": _unbroken}
    return environment


def _finalized(value: object) -> object:
    """A value for a template, with visible control characters; this package's markup unchanged."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _unbroken(text: str) -> str:
    """The text without line breaks between a figure and its unit, or within an interval."""
    return _TOGETHER.sub(lambda found: found.group().replace(" ", "\N{NO-BREAK SPACE}"), text)


@cache
def _environment() -> Environment:
    environment = new_environment()
    environment.filters |= {
        "number_of": number_of,
        "value_text": value_text,
        "cell_interval": cell_interval,
        "delta_words": delta_words,
        "delta_verdict": delta_verdict,
        "direction": direction,
        "legend": legend,
    }
    return environment
