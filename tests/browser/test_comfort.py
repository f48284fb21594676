"""Comfort: the list of commands, the keys, appearance, touch, bidirectional text, blurred texts, notices."""

import pytest
from conftest import wait_until


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="", **window: open_page(points_url + link, **window)


def palette(page, query=""):
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a command").fill(query)
    return page.get_by_test_id("palette")


# Commands


def test_the_palette_finds_a_command_by_some_letters_and_does_it(visit):
    page = visit()
    box = palette(page, "dark th")
    assert box.get_by_role("option").first.inner_text() == "Dark theme"
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=dark]")
    assert page.get_by_test_id("palette").count() == 0


def test_the_palette_goes_to_a_cluster_by_its_name(visit):
    page = visit()
    before = page.evaluate("__portolan.camera().zoom")
    name = page.locator("[role=treeitem] .name").first.inner_text()
    palette(page, f"go {name}")
    page.keyboard.press("Enter")
    wait_until(page, f"__portolan.camera().zoom > {before}")
    wait_until(page, "/cluster=/.test(location.hash)")


def test_the_palette_colours_by_a_column(visit):
    page = visit()
    palette(page, "colour continent")
    page.keyboard.press("Enter")
    wait_until(page, "/color=continent/.test(location.hash)")


def test_the_palette_opens_a_row_by_its_number(visit):
    page = visit()
    palette(page, "#17")
    page.keyboard.press("Enter")
    page.get_by_test_id("reader").get_by_text("Row 17 ").first.wait_for()


def test_the_palette_moves_by_arrows_and_says_which_command_is_active(visit):
    page = visit()
    box = palette(page, "zoom")
    field = page.get_by_role("combobox", name="Find a command")
    active = lambda: box.locator(f"#{field.get_attribute('aria-activedescendant')}").inner_text()  # noqa: E731
    first = active()
    page.keyboard.press("ArrowDown")
    assert active() != first
    page.keyboard.press("ArrowUp")
    assert active() == first
    page.keyboard.press("Escape")
    box.wait_for(state="detached")


def test_the_palette_has_a_button_and_says_when_nothing_fits(visit):
    page = visit()
    page.get_by_role("button", name="All commands").click()
    page.get_by_role("combobox", name="Find a command").fill("qqqqq")
    page.get_by_text("Nothing here has these letters.").wait_for()


def test_the_sheet_of_keys_names_every_key_that_works(visit):
    page = visit()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys and help")
    keys = set(sheet.locator("kbd").all_inner_texts())
    assert {"/", "j", "k", "f", "c", "g", "[", "]", "?", "Ctrl K", "←", "+", "−", "0", "Esc"} <= keys
