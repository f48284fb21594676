"""Another filter, other colours: what is on the screen while they come, and what stays. Asserted from screenshots."""

import io
import re
import sys
import time

import pytest
from PIL import Image, ImageChops

from conftest import ROOT, intercept, settle, wait_until

LAND = {"x": 400, "y": 120, "width": 900, "height": 620}
"""The map without the panels beside it."""


@pytest.fixture(scope="module")
def url(tmp_path_factory, serve):
    """More rows than one tile holds."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from make_points_map import make_points_map
    finally:
        sys.path.remove(str(ROOT / "tools"))
    path = tmp_path_factory.mktemp("many") / "many.portolan"
    make_points_map(path, n_rows=120_000)
    return serve(path)


@pytest.fixture
def page(open_page, url):
    return open_page(url)


def land(page):
    return page.screenshot(clip=LAND)


def levels_apart(one, other):
    """How far the pixels of two pictures lie apart at most, 0 … 255. A letter's edge may come out a level off."""
    images = [Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other)]
    return max(most for _, most in ImageChops.difference(*images).getextrema())


def color_by(page, column):
    select = page.get_by_test_id("legend").locator("select")
    select.select_option(value=select.locator("option", has_text=re.compile(column, re.I)).get_attribute("value"))


def change(page, hash):
    n_before = page.evaluate("__portolan.changes()")
    page.evaluate(f"location.hash = {hash!r}")
    wait_until(page, f"__portolan.changes() > {n_before}")
    settle(page)
    page.evaluate("__portolan.whenDrawn()")


@pytest.mark.parametrize("hash", ["#color=length", "#f=length%20%3E%20120"])
def test_a_change_leaves_the_picture_that_a_new_page_shows(page, open_page, url, hash):
    change(page, hash)
    page.mouse.move(5, 5)
    other = open_page(url + hash)
    deadline = time.monotonic() + 30
    while (apart := levels_apart(land(page), land(other))) > 1:  # names fade in
        assert time.monotonic() < deadline, f"{apart} levels apart"


def test_colours_stay_until_the_rows_have_their_new_ones(page):
    held, codes = [], re.compile(r"/length[^/]*\.bin")
    intercept(page, codes, lambda route: held.append(route))
    page.mouse.move(5, 5)
    before = land(page)
    color_by(page, "length")
    page.wait_for_timeout(300)
    assert held
    assert land(page) == before
    n_before = page.evaluate("__portolan.changes()")
    for route in held:
        route.continue_()
    page.unroute(codes)
    wait_until(page, f"__portolan.changes() > {n_before}")
    settle(page)
    assert land(page) != before


def test_counts_follow_the_map(page):
    change(page, "#f=length%20%3E%20120")
    n_shown = page.evaluate("__portolan.shown().shown")
    assert 0 < n_shown < 120_000
    page.get_by_text(f"{n_shown:,} of 120,000").first.wait_for()
