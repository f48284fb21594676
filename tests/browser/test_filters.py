"""Filters on the page: facets that count for each other, drawn areas, words, expressions, undo, links."""

import math
import re

import pytest

import portolan
from conftest import intercept, settle, wait_until


@pytest.fixture
def page(open_page, points_url):
    page = open_page(points_url)
    page.get_by_role("tab", name="Filters").click()
    facet(page, "continent").get_by_role("button", name="All 14").click()
    return page


def shown(page):
    settle(page)
    return page.evaluate("__portolan.shown().shown")


def facet(page, name):
    return page.locator(".facet").filter(has=page.get_by_role("button", name=name, exact=True))


def number(locator):
    return int(locator.inner_text().replace(",", ""))


def value_line(page, column, label):
    return facet(page, column).locator("li").filter(has_text=label)


def add_expression(page, where):
    page.get_by_role("button", name="Expression", exact=True).click()
    box = page.get_by_role("combobox", name="Filter expression")
    box.fill(where)
    page.keyboard.press("Enter")
    box.wait_for(state="detached")


def test_only_and_without_keep_a_values_rows_and_all_the_others(page):
    line = value_line(page, "continent", "Azure")
    n = number(line.locator(".count"))
    line.hover()
    line.get_by_role("button", name="Only").click()
    assert shown(page) == n
    line.get_by_role("button", name="Without").click()
    assert shown(page) == 40_000 - n
    page.get_by_role("button", name="Reset continent").click()
    assert shown(page) == 40_000


def test_a_click_on_a_value_shows_it_alone_a_second_all_and_another_that_one_instead(page):
    azure, coral = value_line(page, "continent", "Azure"), value_line(page, "continent", "Coral")
    n_azure, n_coral = (number(line.locator(".count")) for line in (azure, coral))
    azure.get_by_text("Azure").click()
    assert shown(page) == n_azure
    coral.get_by_text("Coral").click()
    assert shown(page) == n_coral
    coral.get_by_text("Coral").click()
    assert shown(page) == 40_000


def test_drawn_areas_have_numbers_and_counts_and_light_up_from_their_chips(page):
    layout = page.evaluate("fetch('/api/map').then(answer => answer.json()).then(map => map.layout)")
    root = page.evaluate(f"fetch('/api/tiles/{layout}/tiles.json').then(answer => answer.json())")
    x, y, half = root["x"], root["y"], root["size"] / 2
    for left in (x, x + half / 2):
        corners = [(left, y), (left + half, y), (left + half, y + 2 * half), (left, y + 2 * half)]
        add_expression(page, f"in_area('{layout}', '{', '.join(f'{a} {b}' for a, b in corners)}')")
    both = shown(page)
    chips = page.get_by_role("list", name="Other filters").get_by_role("listitem")
    counts = [number(chips.nth(place).locator(".n")) for place in (0, 1)]
    assert all(both < n < 40_000 for n in counts)
    assert "Area 2" in chips.nth(1).inner_text()
    chips.nth(1).hover()
    assert page.locator(".drawn text.lit").text_content() == "Area 2"
    page.keyboard.press("t")
    page.get_by_test_id("table").get_by_text("within Area 1 · within Area 2").wait_for()


def test_counts_of_a_column_follow_the_filters_of_the_others_not_its_own(page):
    before = {name: number(value_line(page, "continent", name).locator(".count")) for name in ("Azure", "Coral")}
    facet(page, "length").get_by_label("length at most").fill("100")
    facet(page, "length").get_by_label("length at most").press("Enter")
    n_short = shown(page)
    wait_until(page, "document.querySelectorAll('.facet li .count')[0].textContent !== ''")
    short = {name: number(value_line(page, "continent", name).locator(".count")) for name in ("Azure", "Coral")}
    assert all(0 < short[name] < before[name] for name in short)
    line = value_line(page, "continent", "Azure")
    line.hover()
    line.get_by_role("button", name="Only").click()
    assert shown(page) == short["Azure"] < n_short
    # What one would see of Coral is told still.
    assert number(value_line(page, "continent", "Coral").locator(".count")) == short["Coral"]


def test_a_histogram_is_brushed_with_the_pointer_and_moved_by_keyboard(page):
    bins = facet(page, "length").locator(".bins").bounding_box()
    page.mouse.move(bins["x"] + 0.1 * bins["width"], bins["y"] + 20)
    page.mouse.down()
    page.mouse.move(bins["x"] + 0.3 * bins["width"], bins["y"] + 20, steps=5)
    page.mouse.up()
    brushed = shown(page)
    assert 0 < brushed < 40_000
    wait_until(page, "location.hash.includes('BETWEEN')")
    facet(page, "length").get_by_role("slider", name="length to").focus()
    page.keyboard.press("ArrowRight")
    assert shown(page) > brushed


def test_a_lasso_keeps_the_rows_within_it_and_can_be_turned_around(page):
    page.keyboard.press("l")
    for step in range(41):
        angle = 2 * math.pi * step / 40
        page.mouse.move(760 + 160 * math.cos(angle), 450 + 160 * math.sin(angle))
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    inside = shown(page)
    assert 0 < inside < 40_000
    outside_it = page.evaluate("__portolan.rowAt(760 + 260, 450, 60)")
    assert outside_it is None or math.hypot(outside_it["x"] - 760, outside_it["y"] - 450) <= 170
    page.get_by_role("button", name=re.compile("^within .*: turn around$")).click()
    assert shown(page) == 40_000 - inside


def test_a_rectangle_is_drawn_with_shift(page, points_map):
    page.mouse.move(600, 300)
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(800, 500, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    n = shown(page)
    wait_until(page, "location.hash.includes('f=')")
    where = page.evaluate("decodeURIComponent(/f=([^&]*)/.exec(location.hash)[1])")
    assert where.startswith("in_area(")
    assert len(portolan.open_map(points_map).filter(where)) == n > 0


def test_an_expression_is_completed_and_its_mistakes_are_told(page, open_page):
    open_page.provokes("400 (Bad Request)")
    page.get_by_role("button", name="Expression", exact=True).click()
    box = page.get_by_role("combobox", name="Filter expression")
    box.type("conti")
    page.keyboard.press("Tab")
    box.type(" = 'Az")
    page.keyboard.press("Tab")
    assert box.input_value() == "continent = 'Azure'"
    box.type(" AND lengt < 3")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "no column 'lengt'" in alert.inner_text()
    assert "Did you mean 'length'" in alert.inner_text()
    box.fill("continent = 'Azure' AND length(text) > 0")
    page.keyboard.press("Enter")
    box.wait_for(state="detached")
    assert 0 < shown(page) < 40_000


def test_undo_and_redo_go_through_the_filters(page):
    line = value_line(page, "continent", "Azure")
    line.hover()
    line.get_by_role("button", name="Without").click()
    one = shown(page)
    line = value_line(page, "continent", "Coral")
    line.get_by_role("checkbox").click()
    two = shown(page)
    assert two < one < 40_000
    page.get_by_role("button", name="Undo").click()
    assert shown(page) == one
    page.keyboard.press("Control+z")
    assert shown(page) == 40_000
    page.keyboard.press("Control+Shift+z")
    page.get_by_role("button", name="Redo").click()
    assert shown(page) == two


def test_any_of_the_filters_may_be_enough(page):
    line = value_line(page, "continent", "Azure")
    n_azure = number(line.locator(".count"))
    line.hover()
    line.get_by_role("button", name="Only").click()
    add_expression(page, "row_id < 1000")
    both = shown(page)
    assert both < 1000
    page.get_by_role("radio", name="any").check()
    assert shown(page) == n_azure + 1000 - both


def test_few_rows_are_seen_from_afar(page, open_page, points_url):
    add_expression(page, "row_id IN (7, 31000, 39999)")
    assert shown(page) == 3
    assert page.evaluate("__portolan.drawnRows()") == 3


def test_a_filter_in_a_link_comes_back_whole(page, open_page, points_url):
    line = value_line(page, "continent", "Azure")
    line.hover()
    line.get_by_role("button", name="Without").click()
    page.get_by_role("button", name="Words").click()
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    n = shown(page)
    wait_until(page, "decodeURIComponent(location.hash).includes(\"text('harbour')\")")
    again = open_page(points_url + page.evaluate("location.hash"))
    assert shown(again) == n
    again.get_by_role("tab", name="Filters").click()
    assert again.get_by_text("harbour", exact=True).is_visible()
    assert re.search(r"subset|continent", again.locator(".facet.filtering").inner_text())


def test_a_filter_that_nothing_meets_says_so_and_goes_back(page):
    page.get_by_role("button", name="Words").click()
    page.keyboard.type("nobody-wrote-this-word")
    page.keyboard.press("Enter")
    assert shown(page) == 0
    page.get_by_role("button", name="Undo the last step").click()
    assert shown(page) == 40_000


def test_the_outline_counts_what_the_filter_keeps(page):
    line = value_line(page, "continent", "Azure")
    line.hover()
    line.get_by_role("button", name="Only").click()
    page.get_by_role("tab", name="Topics").click()
    settle(page)
    wait_until(
        page, "[...document.querySelectorAll('[role=treeitem] .size')].filter(e => e.textContent === '0').length > 5"
    )


def test_a_filter_that_gets_no_answer_is_told_where_its_panel_is_not_in_sight(page, open_page):
    open_page.provokes("ERR_FAILED")
    page.get_by_role("tab", name="Topics").click()
    intercept(page, "**/api/filter", lambda route: route.abort())
    page.evaluate("location.hash = '#f=length%20%3E%20120'")
    page.get_by_text("server does not answer").wait_for()
    page.unroute("**/api/filter")
    page.get_by_role("tab", name="Filters").click()
    wait_until(page, "__portolan.shown().shown < 40000")
