"""What axe-core finds on the pages, in both themes, wide and narrow."""

import pytest

GRAVE = ("serious", "critical")


def grave_violations(page):
    """Rule, and the elements that break it, for what keeps people out."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response
    assert found["passes"], "axe looked at nothing"
    return {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in found["violations"]
        if violation["impact"] in GRAVE
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_keeps_nobody_out(open_page, report_file, scheme, width):
    page = open_page(report_file, width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    assert grave_violations(page) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_history_keeps_nobody_out(open_page, history_file, scheme):
    assert grave_violations(open_page(history_file, color_scheme=scheme)) == {}


def test_axe_does_find_what_is_wrong(open_page, report_file):
    page = open_page(report_file)
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<button></button><p style=\"color:#eee;"
        "background:#fff\">hard to read</p>')"
    )

    assert set(grave_violations(page)) == {"button-name", "color-contrast"}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["report_file", "history_file"])
def test_no_page_is_wider_than_its_window(open_page, request, kind, width):
    page = open_page(request.getfixturevalue(kind), width)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_follows_the_theme_of_its_reader(open_page, report_file):
    light, dark = (
        open_page(report_file, color_scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    )

    assert light == "rgb(246, 245, 248)"
    assert dark == "rgb(18, 17, 22)"
