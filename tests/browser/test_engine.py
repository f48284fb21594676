"""The map itself: what is drawn, how it moves, what a link says. Asserted from the canvas and from `__portolan`."""

import base64
import json
import math
import re

import pytest

from conftest import intercept, settle, wait_until
from portolan.map import Map

MAP = (900, 470)
"""A place over the land, clear of the panels."""


def handle(page, expression):
    return page.evaluate(f"__portolan.{expression}")


def wheel(page, delta, at=MAP):
    page.mouse.move(*at)
    page.mouse.wheel(0, delta)
    page.wait_for_timeout(200)
    settle(page)


def a_row_on_screen(page):
    """A row that lies in the open, and where it is drawn."""
    for x in range(400, 1300, 25):
        for y in range(150, 800, 25):
            hit = handle(page, f"rowAt({x}, {y}, 6)")
            # A name over a row takes the pointer.
            if hit and page.evaluate(f"document.elementFromPoint({hit['x']}, {hit['y']}).tagName === 'CANVAS'"):
                return hit
    raise AssertionError("No row is drawn.")


def color_by(page, column):
    select = page.get_by_test_id("legend").locator("select")
    select.select_option(value=select.locator("option", has_text=re.compile(column, re.I)).get_attribute("value"))
    settle(page)


@pytest.fixture
def page(open_page, points_url):
    return open_page(points_url)


def test_every_row_of_a_small_map_is_drawn(page):
    assert handle(page, "drawnRows()") == 40_000
    assert handle(page, "inkedShare()") > 0.03


def test_a_row_is_drawn_where_its_position_says(page, points_map):
    hit = a_row_on_screen(page)
    x, y = Map.open(points_map).points_of([hit["row_id"]])[0].tolist()
    at = handle(page, f"toScreen({x}, {y})")
    assert math.hypot(at["x"] - hit["x"], at["y"] - hit["y"]) < 0.5
    ink = handle(page, f"colorAt({hit['x']}, {hit['y']}, 0)")
    assert max(ink) - min(ink) > 10, f"no colour where row {hit['row_id']} should be: {ink}"


def test_the_sea_is_paper(page):
    assert handle(page, "colorAt(1420, 70, 2)") == [250, 248, 244]


def test_the_wheel_zooms_about_the_pointer(page):
    before = handle(page, "camera()")
    place = page.evaluate("([x, y]) => { const c = __portolan.toScreen(0, 0); return [x - c.x, y - c.y] }", list(MAP))
    wheel(page, -300)
    after = handle(page, "camera()")
    assert after["zoom"] > before["zoom"] + 0.5
    scale = 2 ** (after["zoom"] - before["zoom"])
    moved = page.evaluate("([x, y]) => { const c = __portolan.toScreen(0, 0); return [x - c.x, y - c.y] }", list(MAP))
    assert moved == pytest.approx([place[0] * scale, place[1] * scale], abs=1)


def test_a_drag_moves_the_land_with_the_hand(page):
    before = handle(page, "toScreen(0, 0)")
    page.mouse.move(700, 400)
    page.mouse.down()
    page.mouse.move(760, 430, steps=4)
    page.mouse.move(800, 450, steps=4)
    page.wait_for_timeout(120)
    page.mouse.up()
    after = handle(page, "toScreen(0, 0)")
    assert [after["x"] - before["x"], after["y"] - before["y"]] == pytest.approx([100, 50], abs=1)
    assert page.get_by_test_id("reader").count() == 0, "a drag is no click"


def test_keys_move_and_zoom_and_show_the_whole_map(page):
    start = handle(page, "camera()")
    page.locator("canvas").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    moved = handle(page, "camera()")
    assert moved["zoom"] > start["zoom"]
    assert moved["x"] > start["x"]
    page.keyboard.press("0")
    assert handle(page, "camera()") == pytest.approx(start, abs=1e-6)


def test_names_do_not_overlap_at_any_zoom_and_the_coarse_ones_are_there_at_first(page):
    n_coarse = len({name["cluster_id"] for name in handle(page, "names()") if name["layer"] == 2})
    assert n_coarse >= 12, f"only {n_coarse} of 14 coarse names"
    for _ in range(6):
        names = [name for name in handle(page, "names()") if name["opacity"] > 0.1]
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                wide = min(a["right"], b["right"]) - max(a["left"], b["left"])
                high = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
                assert min(wide, high) <= 2, f"'{a['name']}' lies on '{b['name']}'"
        wheel(page, -250)
    layers = {name["layer"] for name in handle(page, "names()")}
    assert 0 in layers, "zoomed in, fine names stand where coarse ones stood"
    assert 2 not in layers


def test_a_name_is_a_button_that_flies_to_its_cluster_and_escape_flies_back(page):
    before = handle(page, "camera()")
    name = page.get_by_role("group", name="Clusters on the map").get_by_role("button").first
    assert name.get_attribute("aria-label").endswith("rows")
    name.focus()
    page.keyboard.press("Enter")
    settle(page)
    assert handle(page, "camera()")["zoom"] > before["zoom"] + 0.5
    page.keyboard.press("Escape")
    settle(page)
    assert handle(page, "camera()") == pytest.approx(before, abs=1e-6)


def test_hovering_a_name_keeps_its_cluster_and_fades_the_rest(page):
    hit = a_row_on_screen(page)
    solid = handle(page, f"colorAt({hit['x']}, {hit['y']}, 0)")
    cluster = page.evaluate(f"fetch('api/rows?ids={hit['row_id']}').then(r => r.json()).then(r => r[0].clusters[2])")
    other = next(name for name in handle(page, "names()") if name["layer"] == 2 and name["cluster_id"] != cluster)
    page.mouse.move((other["left"] + other["right"]) / 2, (other["top"] + other["bottom"]) / 2)
    page.wait_for_timeout(300)
    faded = handle(page, f"colorAt({hit['x']}, {hit['y']}, 0)")
    assert max(faded) - min(faded) < 0.6 * (max(solid) - min(solid))


def test_the_hover_card_goes_when_one_goes_on_by_keyboard(page):
    hit = page.evaluate("__portolan.rowAt(800, 450, 200)")
    page.mouse.move(hit["x"], hit["y"])
    card = page.get_by_test_id("hover-card")
    card.wait_for()
    page.keyboard.press("/")
    page.wait_for_timeout(600)
    assert card.count() == 0


def test_hover_shows_the_rows_card_and_a_click_pins_it_in_the_open(page, points_map):
    hit = a_row_on_screen(page)
    page.mouse.move(hit["x"], hit["y"])
    page.get_by_test_id("hover-card").get_by_text(f"Row {hit['row_id']} ").first.wait_for()
    page.mouse.click(hit["x"], hit["y"])
    reader = page.get_by_test_id("reader")
    reader.get_by_text(f"Row {hit['row_id']} ").first.wait_for()
    page.wait_for_timeout(200)
    x, y = Map.open(points_map).points_of([hit["row_id"]])[0].tolist()
    at = handle(page, f"toScreen({x}, {y})")
    assert at["x"] < reader.bounding_box()["x"], "the reader covers its own point"


def test_the_address_says_what_one_sees_and_brings_it_back(page, open_page):
    hit = a_row_on_screen(page)
    wheel(page, -200, at=(hit["x"], hit["y"]))
    page.mouse.click(hit["x"], hit["y"])
    page.get_by_test_id("reader").wait_for()
    wait_until(page, "location.hash.includes('row=')")
    page.wait_for_timeout(400)
    camera = handle(page, "camera()")
    again = open_page(page.url.replace("/#", "/?token=secret#"))
    again.get_by_test_id("reader").wait_for()
    assert handle(again, "camera()") == pytest.approx(camera, rel=1e-2, abs=5e-3)


def test_back_closes_what_was_opened_last(page):
    hit = a_row_on_screen(page)
    wait_until(page, "location.hash.includes('map=')")
    page.mouse.click(hit["x"], hit["y"])
    page.get_by_test_id("reader").wait_for()
    wait_until(page, "location.hash.includes('row=')")
    page.go_back()
    page.get_by_test_id("reader").wait_for(state="detached")


def test_a_link_that_makes_no_sense_opens_the_whole_map(open_page, points_url):
    page = open_page(points_url + "#map=9/nowhere&color=nothing&row=x&cluster=77-1")
    assert handle(page, "drawnRows()") == 40_000


def test_the_legend_filters_and_what_is_hidden_is_neither_drawn_nor_picked(page):
    color_by(page, "continent")
    before = handle(page, "inkedShare()")
    assert handle(page, "shown()") == {"shown": 40_000, "total": 40_000, "isExact": True}
    largest = page.get_by_test_id("legend").locator("li").first
    n_hidden = int(largest.locator(".count").inner_text().replace(",", ""))
    largest.get_by_role("checkbox").click()
    settle(page)
    assert handle(page, "shown()") == {"shown": 40_000 - n_hidden, "total": 40_000, "isExact": True}
    assert handle(page, "inkedShare()") < before


def test_colour_by_a_number_recolours_without_asking_for_positions_again(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    hit = a_row_on_screen(page)
    before = handle(page, f"colorAt({hit['x']}, {hit['y']}, 0)")
    color_by(page, "length")
    assert handle(page, f"colorAt({hit['x']}, {hit['y']}, 0)") != before
    assert [url for url in asked if url.endswith("xy.bin")] == []
    assert any("length" in url for url in asked)


def test_nothing_is_drawn_while_nothing_changes(page):
    page.mouse.move(1, 1)
    page.wait_for_timeout(500)
    frames = page.evaluate(
        """() => new Promise(done => {
             const draw = WebGL2RenderingContext.prototype.drawArrays; let n = 0
             WebGL2RenderingContext.prototype.drawArrays = function (...a) { n++; return draw.apply(this, a) }
             setTimeout(() => { WebGL2RenderingContext.prototype.drawArrays = draw; done(n) }, 700)
           })"""
    )
    assert frames == 0


def test_a_lost_graphics_context_comes_back(page):
    page.evaluate(
        """() => new Promise(done => {
             const lost = document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context')
             lost.loseContext()
             setTimeout(() => { lost.restoreContext(); setTimeout(done, 500) }, 200)
           })"""
    )
    assert handle(page, "inkedShare()") > 0.03


def test_the_page_asks_nobody_but_its_server_and_for_nothing_large(browser, points_url):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    hosts, sizes = set(), []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("response", lambda response: sizes.append((len(response.body()) if response.ok else 0, response.url)))
    page.goto(points_url)
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    assert hosts == {points_url.split("/")[2]}
    assert max(sizes)[0] < 1_000_000, max(sizes)
    context.close()


def test_a_server_that_is_gone_is_told_with_what_to_do(open_page, points_url, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(points_url)
    intercept(page, "**/api/**", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("html[data-state=error]", state="attached", timeout=60_000)
    assert "portolan open" in page.locator("body").inner_text()
    context.close()


def test_dark_ground_has_its_own_colours(open_page, points_url):
    page = open_page(points_url, color_scheme="dark")
    assert handle(page, "colorAt(1420, 70, 2)") == [18, 22, 26]
    assert handle(page, "inkedShare()") > 0.03


def test_state_tells_loading_then_first_frame_then_ready(browser, points_url):
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    page.add_init_script(
        """new MutationObserver(() => (window.seen = [...(window.seen ?? []), document.documentElement.dataset.state]))
             .observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] })"""
    )
    page.goto(points_url)
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    seen = json.loads(page.evaluate("JSON.stringify(window.seen)"))
    assert list(dict.fromkeys(seen))[-2:] == ["first-frame", "ready"]
    context.close()


def test_at_the_first_frame_points_are_on_the_screen(browser, points_url):
    """With nothing but the root tile: the clusters, the names and the finer tiles never come here."""
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    page.goto(points_url)
    intercept(page, "**/api/clusters", lambda route: None)
    intercept(page, re.compile(r"/api/tiles/[^/]+/[1-9]\d*/"), lambda route: None)
    page.add_init_script(
        """new MutationObserver(() => {
             if (document.documentElement.dataset.state !== 'first-frame' || window.first) return
             const canvas = document.querySelector('.stage canvas')
             window.first = [__portolan.drawnRows(), getComputedStyle(canvas).visibility]
           }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] })"""
    )
    page.reload()
    page.wait_for_selector("html[data-state=first-frame]", state="attached", timeout=60_000)
    rows, visibility = page.evaluate("window.first")
    assert rows == 16_384
    assert visibility == "visible"
    assert share_unlike_the_ground(page) > 0.02
    context.close()


PANELS = re.compile(r"/assets/App-[^/]*\.js$")


def test_the_first_frame_does_not_wait_for_the_panels(browser, points_url):
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    held = []
    page.route(PANELS, lambda route: held.append(route))
    page.goto(points_url)
    page.wait_for_selector("html[data-state=first-frame]", state="attached", timeout=60_000)
    camera = page.evaluate("JSON.stringify(__portolan.camera())")
    wait_until(page, "performance.getEntriesByName('portolan:first-frame').length === 1")
    assert page.get_by_role("button", name="Table").count() == 0
    held[0].continue_()
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    assert page.get_by_role("tab", name="Topics").is_visible()
    assert page.evaluate("JSON.stringify(__portolan.camera())") == camera, "the map stays where it was"
    context.close()


def test_a_page_whose_script_is_long_in_coming_says_that_it_opens(browser, points_url):
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    held = []
    page.route(re.compile(r"/assets/page-[^/]*\.js$"), lambda route: held.append(route))
    page.goto(points_url)
    page.get_by_role("status").get_by_text("Opening the map").wait_for()
    held[0].continue_()
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    assert page.get_by_text("Opening the map").count() == 0
    context.close()


def test_panels_that_do_not_come_are_told(browser, points_url):
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    page.route(PANELS, lambda route: route.abort())
    page.goto(points_url)
    told = page.get_by_role("alert")
    told.wait_for(timeout=60_000)
    assert "Load this page again" in told.inner_text()
    assert handle(page, "inkedShare()") > 0.02, "the map is there all the same"
    context.close()


def share_unlike_the_ground(page):
    """Of the right half of the window, clear of the panels, as a screenshot shows it."""
    half = {"x": 512, "y": 100, "width": 450, "height": 560}
    shot = base64.b64encode(page.screenshot(clip=half)).decode()
    return page.evaluate(
        """async (shot) => {
          const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0))
          const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
          const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
          canvas.drawImage(image, 0, 0)
          const { data } = canvas.getImageData(0, 0, image.width, image.height)
          let unlike = 0
          for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - data[0]) > 60) unlike++
          return (4 * unlike) / data.length
        }""",
        shot,
    )
