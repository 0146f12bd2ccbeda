"""The report in a real browser: sorting, filtering, the slider, hostile names, print, no script."""

import re

import pytest

from tests.report.browser.conftest import CASES, HOSTILE_NAME, HOSTILE_TAG, HOSTILE_VALUE, PHOTOS

SHOWN_AT_ONCE = 12


def matrix_values(page, column):
    """The printed names, or the numbers of a column, in the order of the rows."""
    cells = page.locator(f"table.matrix tbody tr > :nth-child({column + 1})")
    return [cell.get_attribute("data-value") for cell in cells.all()]


def heading(page, title):
    """A heading of the matrix, and the number of its column."""
    head = page.locator("table.matrix th[data-sort]").filter(has_text=re.compile(rf"^\s*{title}"))
    assert head.count() == 1
    return head, int(head.get_attribute("data-sort"))


def tag_filter(page, tag):
    """The list of a tag's values, found by its label."""
    return page.locator("#gallery label").filter(has_text=tag).get_by_role("combobox")


def shown_cases(page):
    return page.locator("article.case:visible")


@pytest.mark.parametrize("title", ["latency", "memory", "mask"])
def test_a_click_sorts_the_matrix_and_a_second_one_turns_it_round(open_page, report_file, title):
    page = open_page(report_file)
    head, column = heading(page, title)
    first = head.get_attribute("data-first")
    before = [float(value) for value in matrix_values(page, column)]

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == first
    once = [float(value) for value in matrix_values(page, column)]
    assert once == sorted(before, reverse=first == "descending")

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") != first
    assert [float(value) for value in matrix_values(page, column)] == sorted(
        before, reverse=first == "ascending"
    )


def test_the_matrix_sorts_by_keyboard_and_marks_one_column(open_page, report_file):
    page = open_page(report_file)
    names, cpu = heading(page, "Variant")[0], heading(page, "CPU")[0]
    cpu.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert cpu.get_attribute("aria-sort") == "ascending"

    names.get_by_role("button").focus()
    page.keyboard.press("Space")

    assert matrix_values(page, 0) == ["conditional-post", "float32"]
    assert page.locator("th[aria-sort]").count() == 1


def test_the_worst_cases_come_first_and_more_on_demand(open_page, report_file):
    page = open_page(report_file)
    assert shown_cases(page).count() == SHOWN_AT_ONCE
    page.get_by_label("one case per photo").uncheck()
    assert page.get_by_role("status").inner_text() == f"{SHOWN_AT_ONCE} of {CASES} cases"

    page.get_by_role("button", name="Show more").click()

    assert shown_cases(page).count() == CASES
    assert page.get_by_role("button", name="Show more").count() == 0
    assert page.evaluate("document.activeElement.closest('article') !== null")


def test_cases_from_one_photo_are_shown_once_unless_all_are_asked_for(open_page, report_file):
    page = open_page(report_file)
    page.get_by_role("button", name="Show more").click()

    sources = [case.get_attribute("data-source") for case in shown_cases(page).all()]
    assert len(sources) == len(set(sources)) == PHOTOS
    page.get_by_label("one case per photo").uncheck()
    page.get_by_role("button", name="Show more").click()
    assert shown_cases(page).count() == CASES


@pytest.mark.parametrize("key", ["iou", "lock_de00", "outside_de00"])
def test_cases_are_ordered_by_the_score_that_is_chosen(open_page, report_file, key):
    page = open_page(report_file)

    page.get_by_label("Worst by").select_option(key)

    scores = page.locator(f"article.case [data-score={key}]").all()
    badness = [float(score.get_attribute("data-badness")) for score in scores]
    assert len(badness) > 1
    assert badness == sorted(badness, reverse=True)


def test_cases_are_filtered_by_tag_and_all_come_back(open_page, report_file):
    page = open_page(report_file)
    page.get_by_text("Filter by tag").click()

    tag_filter(page, "hair_type").select_option("curly")
    assert shown_cases(page).count() == 7
    assert all("hair_type: curly" in case.inner_text() for case in shown_cases(page).all())
    assert page.get_by_role("status").inner_text() == f"7 of 7 that match, {CASES} in all"

    tag_filter(page, HOSTILE_TAG).select_option("even")
    assert shown_cases(page).count() == 0

    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("document.querySelector('[role=status]').textContent.startsWith('12 ')")
    assert shown_cases(page).count() == SHOWN_AT_ONCE


def test_the_slider_moves_by_keyboard_and_says_where_it_is(open_page, report_file):
    page = open_page(report_file)
    figure = page.locator(".compare").first
    slider, after = figure.get_by_role("slider"), figure.locator(".after")
    assert slider.get_attribute("aria-label").startswith("From recoloured to photo: ")
    assert "50%" in after.evaluate("image => getComputedStyle(image).clipPath")

    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "49 % recoloured"
    assert "51%" in after.evaluate("image => getComputedStyle(image).clipPath")

    page.keyboard.press("End")
    assert "100%" in after.evaluate("image => getComputedStyle(image).clipPath")
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "100 % recoloured"


def test_dragging_the_slider_uncovers_the_photo(open_page, report_file):
    page = open_page(report_file)
    figure = page.locator(".compare").first
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()

    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])

    cut = float(figure.evaluate("box => box.style.getPropertyValue('--cut')").rstrip("%"))
    assert 75 <= cut <= 85


def test_hostile_names_and_tags_are_shown_as_text(open_page, report_file):
    page = open_page(report_file)
    page.get_by_text("Filter by tag").click()
    tag_filter(page, "hair_type").select_option(HOSTILE_VALUE)

    (case,) = shown_cases(page).all()

    assert HOSTILE_NAME in case.get_by_role("heading").inner_text()
    assert f"hair_type: {HOSTILE_VALUE}" in case.inner_text()
    assert f"{HOSTILE_TAG}: even" in case.inner_text()
    assert page.locator("script").count() == 1
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(one =>"
        " one.getAttributeNames().every(name => !name.startsWith('on')))"
    )


def test_a_script_that_got_into_the_page_would_not_run(browser, report_file):
    page = browser.new_page()
    page.goto(report_file.as_uri())
    page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.ran = true';"
        "document.body.append(one);"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    page.wait_for_timeout(200)

    assert page.evaluate("window.ran === undefined")
    page.close()


def test_links_lead_to_the_pictures_beside_the_page(open_page, report_file):
    page = open_page(report_file)
    links = page.locator("article.case a").all()

    assert len(links) >= 4 * SHOWN_AT_ONCE
    for link in links:
        assert (report_file.parent / link.get_attribute("href")).is_file()


def test_every_picture_is_shown(open_page, report_file):
    page = open_page(report_file)

    # Photo, answer, what was asked for, errors, truth and mask.
    assert page.locator("article.case img").count() == 6 * CASES
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")


def test_without_scripts_every_case_is_there_and_no_dead_control(open_page, report_file):
    page = open_page(report_file, java_script_enabled=False)

    assert shown_cases(page).count() == CASES
    assert page.locator("select:visible, input:visible, button:visible").count() == 0


def test_it_prints_without_controls(open_page, report_file):
    page = open_page(report_file)
    page.emulate_media(media="print")

    assert page.locator("select:visible, button.more:visible").count() == 0
    assert page.pdf().startswith(b"%PDF")


def right_edges(page):
    """Where the figures of the matrix end, in px."""
    return page.evaluate(
        "[...document.querySelectorAll('table.matrix td')].map(one =>"
        " one.getBoundingClientRect().right)"
    )


def test_a_phone_shows_every_figure_of_the_matrix(open_page, report_file):
    edges = right_edges(open_page(report_file, 390))

    assert len(edges) > 12
    assert max(edges) <= 390


def test_paper_shows_every_figure_of_the_matrix(open_page, report_file):
    page = open_page(report_file, 718)  # A4 with its margins
    page.emulate_media(media="print")

    assert max(right_edges(page)) <= 718


def test_charts_of_everything_the_run_has_data_for(open_page, report_file):
    page = open_page(report_file)

    titles = {one.inner_text() for one in page.locator("figcaption strong").all()}
    assert titles == {
        "Cost against quality",
        "Time of each stage",
        "Distribution of latency",
        "From cold to the first answer",
        "Change of the hair",
        "Colour error",
        "Bleed",
        "Latency",
    }
