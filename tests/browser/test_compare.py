"""Two layouts of the same rows side by side: what one does on one is seen on the other."""

import json

import pytest

import portolan
from conftest import settle, wait_until
from small_data import pair_rows
from static_hosts import hosted


@pytest.fixture(scope="module")
def pairs_map(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    m = portolan.map_text(pair_rows(400), path=path, name="Pairs", progress=False)
    m.add_layout("rejected", progress=False)
    m.add_layout("prompt", progress=False)
    return path


@pytest.fixture(scope="module")
def pairs_url(serve, pairs_map):
    return serve(pairs_map)


@pytest.fixture(scope="module", params=["ranges", "plain"])
def site_url(request, pairs_map, tmp_path_factory):
    """The same map, published, on a host that knows ranges and on one that does not."""
    folder = tmp_path_factory.mktemp("sites") / "site"
    portolan.open_map(pairs_map).publish(folder, progress=False)
    with hosted(folder, request.param) as url:
        yield url


def compared(page):
    """What the comparison shows, when its second pane is ready."""
    wait_until(page, "__portolan.compare()?.phase === 'ready'")
    return page.evaluate("__portolan.compare()")


def open_beside(open_page, url, **options):
    page = open_page(url, **options)
    page.get_by_role("button", name="Compare layouts").click()
    compared(page)
    settle(page)
    return page


def place_of(page, pane, row_id):
    """Where a row is drawn in a pane, CSS px of the window."""
    return page.evaluate(f"__portolan.placeIn({json.dumps(pane)}, {row_id})")


def test_both_panes_draw_their_own_layout_of_all_rows(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    told = compared(page)
    assert told["name"] == "prompt"
    assert told["drawn"] == 400
    assert page.evaluate("__portolan.drawnRows()") == 400
    main, beside = (page.get_by_test_id(f"pane-{name}").bounding_box() for name in ("main", "beside"))
    assert main["x"] + main["width"] <= beside["x"]
    assert page.evaluate("__portolan.inkedShare()") > 0.002
    assert told["inked"] > 0.002


def test_on_a_narrow_screen_one_stands_above_the_other(open_page, pairs_url):
    page = open_beside(open_page, pairs_url, width=390, height=844)
    main, beside = (page.get_by_test_id(f"pane-{name}").bounding_box() for name in ("main", "beside"))
    assert main["y"] + main["height"] <= beside["y"]
    assert beside["width"] == 390


def test_hovering_a_row_marks_it_in_the_other_pane(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    x, y = place_of(page, "beside", 7)
    page.mouse.move(x, y)
    page.get_by_test_id("hover-card").wait_for()
    wait_until(page, "__portolan.compare().linked.length > 0")
    line = page.evaluate("__portolan.compare().linked")[0]
    assert line["kind"] == "hovered"
    here = page.get_by_test_id("pane-main").bounding_box()
    assert here["x"] <= line["from"]["x"] <= here["x"] + here["width"]


def test_a_row_that_is_opened_in_one_pane_is_in_sight_in_both(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    x, y = place_of(page, "beside", 7)
    page.mouse.click(x, y)
    page.get_by_test_id("reader").wait_for()
    wait_until(page, "__portolan.compare().linked.some(line => line.kind === 'pinned')")
    wait_until(page, "/[#&]row=\\d+/.test(location.hash)")
    opened = page.evaluate("location.hash.match(/[#&]row=(\\d+)/)[1]")
    for pane in ("main", "beside"):
        x, y = place_of(page, pane, int(opened))
        box = page.get_by_test_id(f"pane-{pane}").bounding_box()
        assert box["x"] <= x <= box["x"] + box["width"]
        assert box["y"] <= y <= box["y"] + box["height"]
    page.keyboard.press("Escape")
    wait_until(page, "__portolan.compare().linked.length === 0")
    assert compared(page)["pinned"] is None


def test_a_filter_holds_in_both_panes(open_page, pairs_url):
    page = open_page(pairs_url + "#f=subset%20%3D%20'odd'&with=rejected")
    compared(page)
    wait_until(page, "__portolan.shown().shown === 200")
    wait_until(page, "__portolan.compare().shown === 200")


def test_the_link_brings_back_the_comparison(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    page.get_by_label("Layout to compare with").select_option("rejected")
    wait_until(page, "__portolan.compare()?.name === 'rejected' && __portolan.compare().phase === 'ready'")
    page.get_by_role("button", name="Swap the layouts").click()
    wait_until(page, "location.hash.includes('with=rejected') && location.hash.includes('swap=1')")
    again = open_page(pairs_url + page.evaluate("location.hash"))
    told = compared(again)
    assert (told["name"], told["isSwapped"]) == ("rejected", True)
    main, beside = (again.get_by_test_id(f"pane-{name}").bounding_box() for name in ("main", "beside"))
    assert beside["x"] < main["x"]


def test_closing_leaves_the_map_as_it_was(open_page, pairs_url):
    page = open_page(pairs_url)
    before = page.evaluate("__portolan.camera()")
    page.keyboard.press("v")
    compared(page)
    settle(page)
    page.keyboard.press("Escape")
    wait_until(page, "__portolan.compare() === null")
    wait_until(page, f"Math.abs(__portolan.camera().zoom - {before['zoom']}) < 1e-6")
    wait_until(page, "!location.hash.includes('with=')")
    assert page.get_by_test_id("pane-beside").count() == 0


def test_what_rows_keep_colours_both_panes_and_names_clusters_that_fall_apart(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    page.get_by_role("button", name="kept").first.click()
    figures = page.get_by_test_id("compare-figures")
    assert "of its 15 most similar rows" in figures.inner_text()
    figures.get_by_role("button", name="Colour by what each row keeps").click()
    wait_until(page, "location.hash.includes('color=kept_neighbors_prompt')")
    assert page.get_by_test_id("legend").locator("option:checked").inner_text() == "kept neighbors prompt"


def test_a_map_without_further_layouts_offers_no_comparison(open_page, points_url):
    page = open_page(points_url)
    assert page.get_by_role("button", name="Compare layouts").count() == 0


def drag(page, corners):
    """Press at the first corner, go along the others, let go at the last."""
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()


def around(page, pane, row_id, reach=60):
    """Corners of a square of the window around a row, within its pane."""
    x, y = place_of(page, pane, row_id)
    box = page.get_by_test_id(f"pane-{pane}").bounding_box()
    left, right = max(box["x"] + 2, x - reach), min(box["x"] + box["width"] - 2, x + reach)
    top, bottom = max(box["y"] + 46, y - reach), min(box["y"] + box["height"] - 2, y + reach)
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def test_a_lasso_in_the_second_pane_keeps_its_rows_in_both(open_page, pairs_url, pairs_map):
    page = open_beside(open_page, pairs_url)
    corners = around(page, "beside", 7)
    page.keyboard.press("l")
    assert "on either map" in page.get_by_text("Draw around rows").inner_text()
    drag(page, corners)
    wait_until(page, "__portolan.shown().shown < 400 && __portolan.compare().shown === __portolan.shown().shown")
    beside = portolan.open_map(pairs_map).layouts["prompt"]
    wait_until(page, f"decodeURIComponent(location.hash).includes(\"in_area('{beside.layout_id}'\")")
    assert page.get_by_test_id("pane-beside").locator("polygon").count() > 0
    assert page.get_by_test_id("pane-main").locator("polygon").count() == 0
    kept = portolan.open_map(pairs_map).view(page.evaluate("location.hash")).row_ids
    assert 7 in kept
    assert len(kept) == page.evaluate("__portolan.shown().shown")


def test_a_rectangle_is_drawn_with_shift_in_either_pane(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    for pane in ("main", "beside"):
        corners = around(page, pane, 7)
        page.keyboard.down("Shift")
        drag(page, [corners[0], corners[2]])
        page.keyboard.up("Shift")
        wait_until(page, "__portolan.compare().shown === __portolan.shown().shown && __portolan.shown().shown < 400")
        page.keyboard.press("Control+z")
        wait_until(page, "__portolan.shown().shown === 400 && __portolan.compare().shown === 400")


def test_escape_puts_the_lasso_down_in_both_panes(open_page, pairs_url):
    page = open_beside(open_page, pairs_url)
    page.keyboard.press("l")
    wait_until(page, "document.querySelectorAll('.stage.drawing').length === 2")
    page.keyboard.press("Escape")
    wait_until(page, "document.querySelectorAll('.stage.drawing').length === 0")
    assert compared(page)["name"] == "prompt"


def test_the_reader_says_how_many_neighbours_the_open_row_keeps(open_page, pairs_url, pairs_map):
    page = open_page(pairs_url + "#row=7")
    told = page.get_by_test_id("kept-neighbors")
    told.wait_for()
    kept = portolan.open_map(pairs_map).kept_of([7])[0]
    for name in ("prompt", "rejected"):
        line = told.locator("li", has_text=name)
        n = round(15 * kept[name])
        assert line.inner_text().startswith(f"{n or 'None'} of its 15 nearest here")
        assert line.locator("i.kept").count() == n
    told.get_by_role("button", name="rejected").click()
    assert compared(page)["name"] == "rejected"
    wait_until(page, "__portolan.compare().pinned === 7")


def test_a_link_made_in_code_opens_the_comparison(open_page, pairs_url, pairs_map):
    part = portolan.open_map(pairs_map).link_part(rows=[7], beside="rejected")
    page = open_page(pairs_url + part)
    assert compared(page)["name"] == "rejected"
    wait_until(page, "__portolan.compare().pinned === 7")


def test_a_published_map_shows_both_layouts_with_linked_hover(open_page, site_url):
    page = open_beside(open_page, site_url)
    assert compared(page)["drawn"] == 400
    x, y = place_of(page, "beside", 7)
    page.mouse.move(x, y)
    page.get_by_test_id("hover-card").wait_for()
    wait_until(page, "__portolan.compare().linked.some(line => line.kind === 'hovered')")


def test_in_a_published_map_an_area_of_either_pane_keeps_its_rows_in_both(open_page, site_url, pairs_map):
    page = open_beside(open_page, site_url)
    for pane in ("beside", "main"):
        corners = around(page, pane, 7)
        page.keyboard.press("l")
        drag(page, corners)
        wait_until(page, "__portolan.shown().shown < 400 && __portolan.compare().shown === __portolan.shown().shown")
        wait_until(page, "decodeURIComponent(location.hash).includes('in_area')")
        kept = portolan.open_map(pairs_map).view(page.evaluate("location.hash")).row_ids
        assert len(kept) == page.evaluate("__portolan.shown().shown")
        page.keyboard.press("Control+z")
        wait_until(page, "__portolan.compare().shown === 400 && !location.hash.includes('f=')")


def test_a_published_map_says_and_colours_what_rows_keep(open_page, site_url, pairs_map):
    page = open_page(site_url + "#row=7&with=rejected")
    compared(page)
    n = round(15 * portolan.open_map(pairs_map).kept_of([7])[0]["rejected"])
    line = page.get_by_test_id("kept-neighbors").locator("li", has_text="rejected")
    assert line.inner_text().startswith(f"{n or 'None'} of its 15")
    page.get_by_role("button", name="kept").first.click()
    figures = page.get_by_test_id("compare-figures")
    figures.get_by_role("button", name="Colour by what each row keeps").click()
    wait_until(page, "location.hash.includes('color=kept_neighbors_rejected')")
    wait_until(page, "__portolan.compare().linked.some(line => line.kind === 'pinned')")


def test_panes_that_stand_on_each_other_are_used_by_touch(open_page, pairs_url):
    page = open_beside(open_page, pairs_url, width=390, height=844, has_touch=True, is_mobile=True)
    x, y = place_of(page, "beside", 7)
    page.touchscreen.tap(x, y)
    page.get_by_test_id("reader").wait_for()
    wait_until(page, "__portolan.compare().pinned !== null")
    for name in ("Swap the layouts", "Close the comparison"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
