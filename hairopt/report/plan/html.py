"""``plan.html``: one file without any request to anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hairopt.optimize.outcome import Outcome
from hairopt.report.plan.blocks import Section
from hairopt.report.templating import new_environment

if TYPE_CHECKING:
    from markupsafe import Markup

_CODE = re.compile(r"`([^`]*)`")


def plan_html(outcome: Outcome, sentence: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    environment = new_environment()
    environment.filters["inline"] = _inline
    environment.tests |= {"block": lambda block, kind: type(block).__name__ == kind}
    template = environment.get_template("plan.html.j2")
    return template.render(outcome=outcome, sentence=sentence, sections=sections)


def _inline(text: str) -> Markup:
    """Escaped, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )
