"""Points look the same whether a graphics card draws them or the page paints them itself."""

import pytest

from conftest import settle

LEVELS = 1.0
"""How far both may lie apart in the mean, of 255: middles are rounded to an eighth of a pixel, and neighbours that lie
on each other are painted in another order."""


@pytest.mark.parametrize("link", ["", "#color=length", "#f=length%20%3E%20120", "#cluster=1/3"])
def test_a_card_and_the_page_draw_the_same(points_url, open_page, link):
    page = open_page(points_url + link)
    assert_alike(page)


def test_a_card_and_the_page_draw_the_same_close_up(points_url, open_page):
    page = open_page(points_url)
    page.locator("canvas").first.focus()
    for _ in range(6):
        page.keyboard.press("+")
    settle(page)
    assert page.evaluate("__portolan.pointLook().diameter") > 4
    assert_alike(page)


def assert_alike(page):
    assert page.evaluate("__portolan.isPainting()")
    assert page.evaluate("__portolan.inkedShare()") > 0.005
    assert page.evaluate("__portolan.waysDiffer()")["mean"] < LEVELS
