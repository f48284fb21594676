"""The report of the sample in a real browser: read without a script or a network, edited, printed, on a phone."""

from pathlib import Path

import pytest

from conftest import serious_findings

REPORT = Path(__file__).parent.parent.parent / "docs" / "report" / "sample.html"
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def opened(browser):
    """Open a report; gives the page and the addresses it asked for."""
    contexts = []

    def open_report(path=REPORT, **how):
        contexts.append(browser.new_context(**how))
        page = contexts[-1].new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(path.as_uri())
        return page, asked

    yield open_report
    for context in contexts:
        context.close()


def test_a_report_is_read_without_a_script_and_asks_for_nothing(opened):
    page, asked = opened(java_script_enabled=False)
    assert page.get_by_role("heading", name="Both replies are harmful", exact=True).is_visible()
    assert page.get_by_role("button").count() == 0
    assert [url for url in asked if not url.startswith("data:")] == [REPORT.as_uri()]


def test_texts_are_edited_and_saved_as_a_new_file_that_can_be_edited_again(opened, tmp_path):
    page, _ = opened()
    text = page.locator("[data-key='provenance']")
    assert text.get_attribute("contenteditable") is None
    page.get_by_role("button", name="Edit texts").click()
    text.fill("We made these pairs ourselves.")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a new file").click()
    saved = tmp_path / "saved.html"
    saving.value.save_as(saved)
    again, _ = opened(saved)
    assert again.get_by_text("We made these pairs ourselves.").is_visible()
    assert again.locator("[contenteditable]").count() == 0
    again.get_by_role("button", name="Edit texts").click()
    assert again.locator("[contenteditable='true']").count() > 10


@pytest.mark.parametrize("width", [360, 900, 1200])
def test_what_edits_texts_stands_on_none(opened, width):
    page, _ = opened(viewport={"width": width, "height": 740})
    button = page.get_by_role("button", name="Edit texts")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    for text in page.locator("main p, main td").all()[-30:]:
        there = text.bounding_box()
        is_beside = there["x"] + there["width"] <= box["x"] or box["x"] + box["width"] <= there["x"]
        assert is_beside or there["y"] + there["height"] <= box["y"] or box["y"] + box["height"] <= there["y"]
    button.click()
    assert page.get_by_role("button", name="Save as a new file").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_but_tables_and_charts_is_wider_than_a_phone(opened, scheme):
    page, _ = opened(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    assert not page.evaluate(WIDER)


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_meets_the_rules_of_accessibility(opened, scheme, width):
    # The report's policy lets no foreign script in, the checker's neither.
    page, _ = opened(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    assert serious_findings(page) == []


def test_print_shows_no_button_and_light_colours(opened):
    page, _ = opened(color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Edit texts").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
