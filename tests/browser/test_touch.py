"""Fingers: pinch, pan, double tap, long press, drawing; controls large enough to be met by one."""

import pytest

from conftest import settle, wait_until

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
LEAST_PX = 40


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="": open_page(points_url + link, **PHONE)


class Fingers:
    """Fingers on a page: down, moved in steps, up."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def send(self, kind, *places):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(self, starts, ends, steps=8):
        self.send("touchStart", *starts)
        for step in range(1, steps + 1):
            share = step / steps
            self.send(
                "touchMove",
                *[(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in zip(starts, ends, strict=True)],
            )
        self.send("touchEnd")

    def trace(self, places):
        self.send("touchStart", places[0])
        for place in places[1:]:
            self.send("touchMove", place)
        self.send("touchEnd")

    def tap(self, place):
        self.send("touchStart", place)
        self.send("touchEnd")


def camera(page):
    return page.evaluate("__portolan.camera()")


def on_screen(page, x, y):
    at = page.evaluate(f"__portolan.toScreen({x}, {y})")
    return at["x"], at["y"]


def a_point(page):
    """A row drawn where nothing lies above the map, CSS px."""
    point = page.evaluate(
        """() => {
            for (let y = 180; y < 600; y += 6) for (let x = 60; x < 330; x += 6) {
                const point = __portolan.rowAt(x, y, 4)
                if (point && document.elementFromPoint(point.x, point.y)?.closest('.stage canvas')) return point
            }
        }"""
    )
    return point["x"], point["y"]


def test_two_fingers_that_part_zoom_in_and_keep_the_middle_in_place(visit):
    page = visit()
    before = camera(page)
    middle = on_screen(page, before["x"], before["y"])
    x, y = middle
    Fingers(page).move([(x - 30, y), (x + 30, y)], [(x - 120, y), (x + 120, y)])
    wait_until(page, f"__portolan.camera().zoom > {before['zoom'] + 1.7}")
    assert camera(page)["zoom"] == pytest.approx(before["zoom"] + 2, abs=0.2)
    assert on_screen(page, before["x"], before["y"]) == pytest.approx(middle, abs=6)


def test_two_fingers_that_close_zoom_out_again(visit):
    page = visit()
    before = camera(page)
    at = on_screen(page, before["x"], before["y"])
    wide, close = [[(at[0] - reach, at[1]), (at[0] + reach, at[1])] for reach in (110, 40)]
    Fingers(page).move(close, wide)
    wait_until(page, f"__portolan.camera().zoom > {before['zoom'] + 1}")
    Fingers(page).move(wide, close)
    wait_until(page, f"Math.abs(__portolan.camera().zoom - {before['zoom']}) < 0.2")


def test_two_fingers_side_by_side_move_the_map(visit):
    page = visit()
    before = camera(page)
    x, y = on_screen(page, before["x"], before["y"])
    Fingers(page).move([(x - 40, y), (x + 40, y)], [(x - 10, y + 60), (x + 70, y + 60)], steps=20)
    wait_until(page, f"Math.abs(__portolan.toScreen({before['x']}, {before['y']}).y - {y + 60}) < 4")
    assert on_screen(page, before["x"], before["y"]) == pytest.approx((x + 30, y + 60), abs=4)
    assert camera(page)["zoom"] == pytest.approx(before["zoom"], abs=0.06)


def test_a_pinch_opens_no_row(visit):
    page = visit()
    x, y = a_point(page)
    Fingers(page).move([(x, y), (x + 60, y + 20)], [(x - 20, y), (x + 90, y + 20)])
    settle(page)
    page.wait_for_timeout(500)
    assert page.get_by_test_id("reader").count() == 0


def test_a_tap_opens_the_row(visit):
    page = visit()
    Fingers(page).tap(a_point(page))
    page.get_by_test_id("reader").wait_for()


def test_two_taps_zoom_in_there_and_open_no_row(visit):
    page = visit()
    before = camera(page)
    fingers, place = Fingers(page), a_point(page)
    fingers.tap(place)
    fingers.tap(place)
    wait_until(page, f"__portolan.camera().zoom > {before['zoom'] + 0.9}")
    page.wait_for_timeout(500)
    assert page.get_by_test_id("reader").count() == 0


def draw_around(page, fingers):
    x, y = on_screen(page, camera(page)["x"], camera(page)["y"])
    fingers.trace([(x - 90, y - 90), (x, y - 110), (x + 90, y - 80), (x + 100, y + 40), (x, y + 70), (x - 95, y + 30)])


def test_a_finger_draws_around_rows(visit):
    page = visit()
    page.get_by_role("tab", name="Filters").tap()
    page.get_by_role("button", name="Lasso").tap()
    page.get_by_test_id("drawing").wait_for()
    draw_around(page, Fingers(page))
    page.get_by_role("list", name="Other filters").get_by_text("area").wait_for()
    wait_until(page, "(({shown, total}) => 0 < shown && shown < total)(__portolan.shown())")


def test_two_fingers_move_the_map_while_drawing_and_the_pencil_stays_in_hand(visit):
    page = visit()
    page.get_by_role("tab", name="Filters").tap()
    page.get_by_role("button", name="Lasso").tap()
    page.get_by_test_id("drawing").wait_for()
    fingers, before = Fingers(page), camera(page)
    x, y = on_screen(page, before["x"], before["y"])
    fingers.move([(x - 30, y), (x + 30, y)], [(x - 70, y), (x + 70, y)])
    wait_until(page, f"__portolan.camera().zoom > {before['zoom'] + 0.9}")
    draw_around(page, fingers)
    page.get_by_role("list", name="Other filters").get_by_text("area").wait_for()


# Room for a finger

CONTROLS = """button, select, input, textarea, a[href], summary, [role=tab], [role=treeitem], [role=option]"""
SMALL = """([controls, least]) => {
  // Names lie on the land as the rows do, as large as they are written; the list of topics has them all.
  const isMet = (node) =>
    !node.closest('.names, .visually-hidden, [inert]') && node.checkVisibility({visibilityProperty: true})
  const target = (node) => (/^(checkbox|radio)$/.test(node.type) && node.closest('label')) || node
  return [...document.querySelectorAll(controls)].filter(isMet).map(target)
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, {width, height}]) => width > 0 && Math.min(width, height) < least - 0.5)
    .map(([node, {width, height}]) => `${node.ariaLabel ?? node.innerText} ${width.toFixed()} x ${height.toFixed()}`)
}"""


def too_small(page):
    return page.evaluate(SMALL, [CONTROLS, LEAST_PX])


def test_the_phone_of_these_tests_has_a_coarse_pointer(visit):
    assert visit().evaluate("matchMedia('(pointer: coarse)').matches")


@pytest.mark.parametrize("panel", ["Topics", "Filters", "Table", "Colours"])
def test_every_control_of_a_panel_has_room_for_a_finger(visit, panel):
    page = visit("#f=continent IN ('Azure') AND text('harbour') AND NOT near(3, 0.5) AND length(text) > 3")
    page.get_by_role("tab", name=panel).tap()
    settle(page)
    assert too_small(page) == []


def test_every_control_of_the_reader_has_room_for_a_finger(visit):
    page = visit("#row=17")
    page.get_by_test_id("reader").locator(".actions").wait_for()
    assert too_small(page) == []


@pytest.mark.parametrize(
    "button", ["Appearance", "Saved views", "All commands", "Share this view", "40,000 synthetic rows"]
)
def test_every_control_of_what_a_button_opens_has_room_for_a_finger(visit, button):
    page = visit()
    if page.get_by_role("button", name=button).count() == 0:  # there was no room for it
        page.get_by_role("button", name="More").tap()
        page.get_by_role("button", name=button).first.tap()
    else:
        page.get_by_role("button", name=button).first.tap()
    page.wait_for_timeout(300)
    assert too_small(page) == []
