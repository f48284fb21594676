"""Sets of labels in the left panel, and many rows labelled at once: it shows at once and is undone in place."""

import pytest

import portolan
from conftest import serious_findings, settle, wait_until
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(topic_rows(400), "Topics").path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(link="", **window):
        page = open_page(address + link, **window)
        page.get_by_role("tab", name="Labels").click()
        page.get_by_test_id("labels").wait_for()
        return page

    return visit


def make_set(page, name="tone", values=("calm", "rude")):
    page.get_by_role("button", name="New set").click()
    page.get_by_label("Name of the set").fill(name)
    for place, value in enumerate(values):
        page.get_by_label(f"Label {place + 1}", exact=True).fill(value)
    page.get_by_role("button", name="Make the set").click()
    the_set(page, name).wait_for()


def the_set(page, name="tone"):
    return page.get_by_role("region", name=f"Set {name}")


def count_of(page, value):
    return the_set(page).locator("li", has_text=value).locator(".rows").inner_text().split()[-1]


def test_a_set_is_made_with_values_colours_and_keys(visit, made):
    page = visit()
    page.get_by_role("button", name="New set").click()
    page.get_by_label("What the set is for").fill("How it sounds")
    page.get_by_label("Key of label 2").fill("r")
    page.keyboard.press("Escape")
    assert page.get_by_label("Name of the set").count() == 0
    make_set(page)
    the_set(page).locator("kbd", has_text="2").wait_for()
    [known] = portolan.open_map(made).label_sets
    assert (known.name, [one.value for one in known.values]) == ("tone", ["calm", "rude"])


def test_a_set_that_cannot_be_is_refused_with_the_reason(visit):
    page = visit()
    page.get_by_role("button", name="New set").click()
    page.get_by_label("Name of the set").fill("tone")
    page.get_by_label("Label 1", exact=True).fill("calm")
    page.get_by_label("Label 2", exact=True).fill("calm")
    page.get_by_role("button", name="Make the set").click()
    assert "twice" in page.get_by_role("alert").inner_text()


def test_the_rows_of_a_filter_are_one_event_named_by_the_filter_and_undone_in_place(visit, made):
    page = visit("#f=row_id%20%3C%2060")
    wait_until(page, "__portolan.shown().shown === 60")
    make_set(page)
    page.get_by_role("button", name="Label 60 filtered texts: calm").click()
    notice = page.get_by_test_id("notice")
    notice.get_by_text("Labelled 60 rows").wait_for()
    page.locator(".rows", has_text="60").first.wait_for()
    [*_, event] = portolan.open_map(made).journal.events()
    assert (event.payload["where"], event.payload["size"]) == ("row_id < 60", 60)
    notice.get_by_role("button", name="Undo").click()
    notice.get_by_text("Undone").wait_for()
    assert count_of(page, "calm") == "0"


def test_a_new_label_is_a_filter_and_a_colour_without_a_reload_and_a_click_on_it_shows_it_alone(visit):
    page = visit("#f=row_id%20%3C%2060")
    wait_until(page, "__portolan.shown().shown === 60")
    make_set(page)
    page.get_by_role("button", name="Label 60 filtered texts: calm").click()
    page.locator(".rows", has_text="60").first.wait_for()
    page.get_by_role("button", name="Show all").click()
    wait_until(page, "__portolan.shown().shown === 400")
    the_set(page).locator("button.value", has_text="calm").click()
    wait_until(page, "__portolan.shown().shown === 60")
    page.get_by_role("tab", name="Filters").click()
    page.get_by_role("button", name="Reset label tone").wait_for()
    assert "label tone" in page.get_by_test_id("filters").inner_text()
    settle(page)


def test_a_filter_by_a_label_follows_when_rows_get_it(visit, made):
    page = visit("#f=row_id%20%3C%2060")
    wait_until(page, "__portolan.shown().shown === 60")
    make_set(page)
    page.get_by_role("button", name="Label 60 filtered texts: calm").click()
    page.locator(".rows", has_text="60").first.wait_for()
    page.get_by_role("button", name="Show all").click()
    the_set(page).locator("button.value", has_text="calm").click()
    wait_until(page, "__portolan.shown().shown === 60")
    portolan.open_map(made).label("tone", "calm", rows=[100, 101])
    wait_until(page, "__portolan.shown().shown === 62")


def test_a_colour_is_changed_where_it_stands(visit, made):
    page = visit()
    make_set(page)
    the_set(page).get_by_label("Colour of calm").fill("#123456")
    swatch = "document.querySelector('.swatch input')"
    wait_until(page, f"{swatch}.value === '#123456' && !{swatch}.disabled")
    [known] = portolan.open_map(made).label_sets
    assert known.values[0].color == "#123456"


def test_the_panel_has_no_serious_findings(visit):
    page = visit()
    make_set(page)
    assert serious_findings(page) == []
    page.get_by_role("button", name="Edit the set tone").click()
    assert serious_findings(page) == []
