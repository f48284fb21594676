"""The map in a cell of a real JupyterLab: it draws, and what one does there and in cells follows each other."""

import json
import time
from urllib.parse import urlsplit

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("jupyterlab")
nbformat = pytest.importorskip("nbformat")

from in_jupyterlab import Lab, Notebook  # noqa: E402 - after what it needs

WAIT = "import pathlib, time\nwhile not pathlib.Path('go-on').exists():\n    time.sleep(0.05)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        yield made.wait()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("websocket", lambda socket: page.asked.append(socket.url))
    yield page
    context.close()


@pytest.fixture(scope="module")
def book(lab, page, points_map):
    """A notebook with one map; later cells talk to it."""
    url = lab.write(
        "one.ipynb",
        [
            f"import json, portolan\nm = portolan.open_map({str(points_map)!r})\nw = m.widget(height=600)\nw",
            "print(json.dumps([w.selected_ids.tolist(), w.selection.num_rows, w.opened]))",
            "seen = []\nw.observe(lambda change: seen.append(change['new'].tolist()), 'selected_ids')",
            "print(json.dumps(seen))",
            "w.select([7, 8, 9])",
            "w.fly_to(3, layer=m.n_layers - 1)",
            "w.open_row(11)",
            "w.color_by(m.roles.categories[0])",
            "other = portolan.Widget(m, height=300)\nother",
            "print(json.dumps([w.opened, other.opened]))",
            "w.select(None)\nw.open_row(None)",
            "w.select('length < 200')\nprint(len(w.selected_ids))",
            "print(json.dumps([w.where, len(w.selected_ids)]))",
            f"w.select([7, 8])\n{WAIT}",
        ],
    )
    book = Notebook(page, url, folder=lab.notebooks)
    book.run(0)
    return book


@pytest.fixture
def cell(book):
    book.run(10)
    cell = book.widget()
    cell.locator.locator("[data-testid=reader]").wait_for(state="detached")
    cell.wait_until("map.isSettled()")
    return cell


def said(book, place):
    return json.loads(book.run(place))


def said_at_last(book, place, is_right):
    """What a cell says once it is right: what one did on the page comes to the kernel beside the cells."""
    deadline = time.monotonic() + 30
    while not is_right(now := said(book, place)):
        assert time.monotonic() < deadline, now
    return now


def test_the_map_draws_in_the_cell(cell):
    assert cell.ask("map.shown().total") == 40_000
    assert cell.ask("map.inkedShare()") > 0.01


def test_a_click_on_a_point_is_a_selection_in_the_next_cell(book, cell):
    book.run(2)
    point = cell.free_point()
    book.page.mouse.click(point["x"], point["y"])
    cell.locator.locator("[data-testid=reader]").wait_for()
    said_at_last(book, 1, lambda now: now == [[point["row_id"]], 1, point["row_id"]])
    assert said(book, 3)[-1] == [point["row_id"]]


def test_a_cell_marks_rows_on_the_page(book, cell):
    book.run(4)
    cell.locator.get_by_text("3 texts marked").wait_for()
    assert said(book, 1)[0] == [7, 8, 9]
    cell.locator.get_by_role("button", name="Clear").click()
    cell.locator.get_by_text("3 texts marked").wait_for(state="detached")
    said_at_last(book, 1, lambda now: now[0] == [])


def test_a_filter_of_a_cell_is_the_filter_of_the_page(book, cell):
    n_kept = int(book.run(11))
    assert 0 < n_kept < 40_000
    cell.wait_until(f"map.shown().shown === {n_kept} && map.shown().isExact")


def test_a_filter_of_the_page_is_a_selection_in_the_next_cell(book, cell):
    book.run(7)
    cell.locator.get_by_role("button", name="Only ").first.click()
    cell.wait_until("map.shown().shown < 40000")
    _, n_kept = said_at_last(book, 12, lambda now: "continent" in now[0])
    assert n_kept == cell.ask("map.shown().shown")


def test_a_cell_flies_the_page_to_a_cluster(book, cell):
    before = cell.ask("map.camera()")
    book.run(5)
    cell.wait_until(f"JSON.stringify(map.camera()) !== '{json.dumps(before, separators=(',', ':'))}'")
    there = cell.ask("map.camera()")
    book.run(5)
    book.page.wait_for_timeout(200)
    assert cell.ask("map.camera()") == there
    assert cell.look("root.querySelector('[data-testid=cluster-page]') === null")


def test_a_cell_opens_a_row_and_chooses_the_colours(book, cell):
    book.run(7)
    chosen = "root.querySelector('[data-testid=legend] select').selectedOptions[0].text"
    assert cell.look(chosen) == "continent"
    book.run(6)
    cell.locator.locator("[data-testid=reader]").wait_for()


def test_the_notebook_keeps_its_keys_and_the_map_keeps_its_own(book, cell):
    point = cell.free_point()
    book.page.mouse.click(point["x"], point["y"])
    cell.locator.locator("[data-testid=reader]").wait_for()
    n_cells = book.n_cells()
    before = cell.ask("map.camera().zoom")
    for key in ("x", "d", "d", "b", "+"):
        book.page.keyboard.press(key)
    cell.wait_until(f"map.camera().zoom > {before}")
    assert book.n_cells() == n_cells
    book.page.keyboard.press("Escape")
    cell.locator.locator("[data-testid=reader]").wait_for(state="detached")


def test_the_keyboard_stays_with_the_map_when_a_dialog_closes(book, cell):
    point = cell.free_point()
    book.page.mouse.click(point["x"], point["y"])
    book.page.keyboard.press("?")
    dialog = cell.locator.get_by_role("dialog", name="Keys and help")
    dialog.wait_for()
    book.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    before = cell.ask("map.camera().zoom")
    book.page.keyboard.press("+")
    cell.wait_until(f"map.camera().zoom > {before}")


def test_the_map_answers_while_a_cell_runs_that_has_changed_it(book, cell):
    with book.running(13):
        cell.locator.get_by_text("2 texts marked").wait_for()
        point = cell.free_point()
        book.page.mouse.click(point["x"], point["y"])
        cell.locator.locator("[data-testid=reader] .dataset-text").first.wait_for()
        assert book.is_running(13)


def test_the_wheel_scrolls_the_notebook_until_the_map_was_clicked(book, cell):
    book.page.evaluate("document.activeElement.blur()")
    point = cell.free_point()
    before = cell.ask("map.camera().zoom")
    book.page.mouse.move(point["x"], point["y"])
    book.page.mouse.wheel(0, -60)
    book.page.wait_for_timeout(200)
    assert cell.ask("map.camera().zoom") == before
    point = cell.free_point()
    book.page.mouse.click(point["x"], point["y"])
    book.page.mouse.wheel(0, -60)
    cell.wait_until(f"map.camera().zoom > {before}")


def test_the_map_follows_the_theme_of_the_notebook(book, cell):
    theme = "jupyterapp.commands.execute('apputils:change-theme', {{ theme: 'JupyterLab {}' }})"
    book.page.evaluate(theme.format("Dark"))
    cell.locator.locator(".portolan[data-theme=dark]").wait_for(state="attached")
    book.page.evaluate(theme.format("Light"))
    cell.locator.locator(".portolan[data-theme=light]").wait_for(state="attached")


def test_two_maps_in_one_notebook_leave_each_other_alone(book, cell):
    book.run(8)
    other = book.widget(1)
    other.wait_until("map.isSettled()")
    assert other.locator.bounding_box()["height"] == 300
    before = cell.ask("map.camera()")
    point = other.free_point()
    book.page.mouse.click(point["x"], point["y"])
    other.locator.locator("[data-testid=reader]").wait_for()
    book.page.keyboard.press("+")
    said_at_last(book, 9, lambda now: now == [None, point["row_id"]])
    assert cell.ask("map.camera()") == before
    assert cell.look("root.querySelector('[data-testid=reader]') === null")


def test_no_styles_leak_out_of_the_cell(book, cell):
    assert book.page.evaluate("document.querySelector('.portolan, .stage, .shell') === null")
    assert book.page.evaluate("getComputedStyle(document.body).getPropertyValue('--paper')") == ""
    assert book.page.evaluate("document.title").startswith("one.ipynb")


def test_nothing_but_the_notebook_was_asked(book, cell, lab):
    hosts = {urlsplit(url).netloc for url in book.page.asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert hosts == {f"127.0.0.1:{lab.port}"}
