"""Points look the same whether a graphics card draws them or the page paints them itself."""

import pytest

from conftest import settle
from small_data import topic_rows

LEVELS = 1.0
"""How far both may lie apart in the mean, of 255: middles are rounded to an eighth of a pixel, and neighbours that lie
on each other are painted in another order."""


@pytest.fixture(scope="module")
def hollow_url(map_of, serve):
    """A map of which most rows have no grade."""
    rows = [{**row, "grade": place % 60 if place % 9 == 0 else None} for place, row in enumerate(topic_rows(2000))]
    return serve(map_of(rows, "Graded").path)


@pytest.mark.parametrize("link", ["", "#color=length", "#f=length%20%3E%20120", "#cluster=1/3"])
def test_a_card_and_the_page_draw_the_same(points_url, open_page, link):
    page = open_page(points_url + link)
    assert_alike(page)


def test_a_card_and_the_page_draw_the_same_close_up(points_url, open_page):
    page = open_page(points_url)
    come_close(page)
    assert_alike(page)


def test_a_card_and_the_page_draw_rows_without_a_value_alike(hollow_url, open_page):
    page = open_page(hollow_url + "#color=grade")
    assert page.evaluate("__portolan.isPainting()")
    assert page.evaluate("__portolan.drawnRows()") == 2000
    assert page.evaluate("__portolan.pointLook().diameter") > 3
    # Grey rings on few pixels: rings as wide again by a fifth lie .08 apart, these .03.
    assert page.evaluate("__portolan.waysDiffer()")["mean"] < 0.05


def come_close(page):
    page.locator("canvas").first.focus()
    for _ in range(6):
        page.keyboard.press("+")
    settle(page)
    assert page.evaluate("__portolan.pointLook().diameter") > 4


def assert_alike(page):
    assert page.evaluate("__portolan.isPainting()")
    assert page.evaluate("__portolan.inkedShare()") > 0.005
    assert page.evaluate("__portolan.waysDiffer()")["mean"] < LEVELS
