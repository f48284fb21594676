"""The server stops answering while one looks, and comes back: what is told, and what goes on by itself."""

import pytest

from conftest import settle, wait_until
from small_data import pair_rows

GONE = "server does not answer"


@pytest.fixture(scope="module")
def url(map_of, serve):
    return serve(map_of(pair_rows(600), "Pairs").path)


@pytest.fixture
def page(open_page, url):
    open_page.provokes("ERR_INTERNET_DISCONNECTED")
    return open_page(url)


def leave(page):
    page.context.set_offline(True)


def come_back(page):
    page.context.set_offline(False)
    page.get_by_text(GONE).first.wait_for(state="detached")


def test_who_only_looks_is_told_that_nobody_answers_and_that_somebody_does_again(page):
    leave(page)
    page.get_by_text("this page goes on by itself").wait_for()
    come_back(page)


def test_tiles_that_did_not_come_are_there_once_somebody_answers(open_page, points_url):
    open_page.provokes("ERR_INTERNET_DISCONNECTED")
    page = open_page(points_url)
    leave(page)
    select = page.get_by_test_id("legend").locator("select")
    select.select_option(value=select.locator("option", has_text="length").get_attribute("value"))
    page.get_by_text(GONE).first.wait_for()
    page.get_by_text("this page goes on by itself").wait_for()
    come_back(page)
    settle(page)


def test_a_filter_holds_once_somebody_answers(page):
    leave(page)
    page.evaluate("location.hash = '#f=subset%20IN%20(%27even%27)'")
    page.get_by_text(GONE).first.wait_for()
    come_back(page)
    wait_until(page, "__portolan.shown().shown === 300")


def test_what_was_searched_for_is_found_once_somebody_answers(page):
    leave(page)
    page.get_by_role("searchbox").fill("rocket")
    page.get_by_text(GONE).first.wait_for()
    assert page.get_by_role("searchbox").input_value() == "rocket"
    come_back(page)
    page.get_by_role("option").first.wait_for()


def test_the_row_that_was_opened_is_there_once_somebody_answers(page):
    leave(page)
    page.evaluate("location.hash = '#row=17'")
    page.get_by_test_id("reader").get_by_text(GONE).wait_for()
    come_back(page)
    page.get_by_test_id("reader").get_by_role("heading", name="Chosen").wait_for()
