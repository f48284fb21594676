"""Links: rows marked, filters kept, rows found again on another layout, back and forward."""

import re

import pytest

from conftest import intercept, settle, wait_until
from portolan.map import Map


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="", **window: open_page(points_url + link, **window)


def shown(page):
    return page.evaluate("__portolan.shown().shown")


def place_of(page, points_map, row_id):
    x, y = Map.open(points_map).points_of([row_id])[0].tolist()
    return page.evaluate(f"__portolan.toScreen({x}, {y})")


def test_rows_that_a_link_names_are_marked_and_in_sight(visit, points_map):
    page = visit("#sel=5,17,300")
    page.get_by_text("3 texts marked").wait_for()
    settle(page)
    for row_id in (5, 17, 300):
        at = place_of(page, points_map, row_id)
        assert 296 < at["x"] < 1440
        assert 44 < at["y"] < 900
        r, g, b = page.evaluate(f"__portolan.colorAt({at['x']}, {at['y']}, 0)")
        assert b > r + 40, f"row {row_id} has no mark: {(r, g, b)}"
    page.keyboard.press("Escape")
    page.get_by_text("3 texts marked").wait_for(state="detached")


def test_marked_rows_that_are_not_there_are_passed_over(browser, points_url):
    # Not by `visit`: the browser itself complains of the answer "there is no such row".
    page = browser.new_page()
    page.goto(points_url + "#sel=5,99999999")
    page.get_by_text("1 text marked").wait_for()
    page.close()


def test_one_steps_through_the_marked_rows(visit):
    page = visit("#sel=5,17,300")
    page.get_by_text("3 texts marked").wait_for()
    for row_id in (5, 17, 300):
        page.keyboard.press("j")
        page.get_by_test_id("reader").get_by_text(f"Row {row_id} ").first.wait_for()
    page.keyboard.press("k")
    page.get_by_test_id("reader").get_by_text("Row 17 ").first.wait_for()


def test_without_a_search_one_steps_from_a_row_to_those_like_it_and_back(visit):
    page = visit("#row=5")
    reader = page.get_by_test_id("reader")
    reader.locator("section:last-child li button").first.wait_for()
    page.keyboard.press("j")
    reader.get_by_text("2 of ").wait_for()
    wait_until(page, "/row=(?!5(&|$))/.test(location.hash)")
    page.keyboard.press("k")
    reader.get_by_text("1 of ").wait_for()
    wait_until(page, "/row=5(&|$)/.test(location.hash)")


def test_the_legends_filter_is_in_the_link_and_comes_back_with_it(visit):
    page = visit("#color=continent")
    page.get_by_test_id("legend").locator("li").first.get_by_role("button").first.click()
    settle(page)
    n_shown = shown(page)
    assert n_shown < 40_000
    wait_until(page, "/f=.*continent/.test(location.hash)")
    again = visit(re.sub(r".*#", "#", page.url))
    assert shown(again) == n_shown


def test_a_filter_by_cluster_comes_back_with_its_link(visit):
    page = visit("#f=" + "cluster_2%20IN%20(3)")
    assert 0 < shown(page) < 40_000


def test_back_takes_a_filter_away_and_forward_brings_it_again(visit):
    page = visit("#color=continent")
    wait_until(page, "location.hash.includes('map=')")
    page.wait_for_timeout(400)
    page.get_by_test_id("legend").locator("li").first.get_by_role("button").first.click()
    wait_until(page, "/f=.*continent/.test(location.hash)")
    page.go_back()
    wait_until(page, "__portolan.shown().shown === 40000")
    page.go_forward()
    wait_until(page, "__portolan.shown().shown < 40000")


def test_of_two_links_followed_at_once_the_later_one_holds_whichever_rows_come_last(visit):
    page = visit()
    held = []
    intercept(page, re.compile(r"/api/rows\?ids="), lambda route: held.append(route))
    for n, link in enumerate(("#sel=5,17", "#sel=300,301,302"), start=1):
        page.evaluate(f"location.hash = {link!r}")
        while len(held) < n:
            page.wait_for_timeout(30)
    for route in reversed(held):
        route.continue_()
        page.get_by_text("3 texts marked").wait_for()
        page.wait_for_timeout(600)
    assert "sel=300,301,302" in page.evaluate("location.hash")
    assert page.get_by_text("3 texts marked").is_visible()


def test_a_row_of_an_older_layout_is_shown_at_its_new_place(visit, points_map):
    page = visit("#map=9/123/456&v=older&row=17")
    page.get_by_test_id("reader").get_by_text("Row 17 ").first.wait_for()
    settle(page)
    at = place_of(page, points_map, 17)
    assert 0 < at["x"] < page.get_by_test_id("reader").bounding_box()["x"]
    assert 44 < at["y"] < 900


def test_a_link_to_a_cluster_opens_at_it(visit):
    start = visit().evaluate("__portolan.camera().zoom")
    page = visit("#cluster=2/3")
    wait_until(page, f"__portolan.camera().zoom > {start} + 0.5")
    assert page.locator("[role=treeitem][aria-selected=true], [role=treeitem].active").count() <= 1


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_every_coarse_name_is_in_sight_at_the_whole_map_and_none_overlap(visit, width, height):
    page = visit(width=width, height=height)
    names = [name for name in page.evaluate("__portolan.names()") if name["opacity"] > 0.1]
    assert len([name for name in names if name["layer"] == 2]) == 14
    for name in names:
        if name["layer"] == 2:
            assert name["left"] >= 290
            assert name["right"] <= width
            assert name["bottom"] <= height
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            wide = min(a["right"], b["right"]) - max(a["left"], b["left"])
            high = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
            assert min(wide, high) <= 2, f"'{a['name']}' lies on '{b['name']}'"


def test_on_a_narrow_screen_names_that_fit_are_there(visit):
    page = visit(width=390, height=844)
    assert len(page.evaluate("__portolan.names()")) >= 5
