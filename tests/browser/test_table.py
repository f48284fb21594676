"""The table beside the map: its lines, its order, what it and the map show of each other, and stepping through it."""

import json

import pytest

from conftest import wait_until

N_ROWS = 40_000
GRID = "[data-testid=table] [role=grid]"
LINES = f"{GRID} [role=row]:not([aria-rowindex='1'])"


@pytest.fixture
def table(open_page, points_url):
    """Opens the page at a link, and the table."""

    def table(link="", **window):
        page = open_page(points_url + link, **window)
        page.keyboard.press("t")
        wait_for_lines(page)
        # The keys are the table's from now on.
        page.wait_for_selector(f"{GRID}:focus")
        return page

    return table


def wait_for_lines(page):
    """Wait until every line that is drawn has its row."""
    settled = f"!!document.querySelector(\"{LINES}\") && !document.querySelector('{GRID} .skeleton')"
    wait_until(page, f"{settled} && document.querySelector('{GRID}').ariaBusy === 'false'")


def line(page, place):
    return page.locator(f"{GRID} [role=row][aria-rowindex='{place + 2}']")


def cells(page, column):
    """What stands in the cells of a column, those in sight and some around, from the top."""
    heads = page.locator(f"{GRID} [role=columnheader]").all_inner_texts()
    at = [head.strip() for head in heads].index(column) + 1
    found = page.locator(f"{LINES} [aria-colindex='{at}']")
    places = page.locator(LINES).evaluate_all("rows => rows.map(row => Number(row.ariaRowIndex))")
    return [text.strip() for _, text in sorted(zip(places, found.all_inner_texts(), strict=True))]


def read_place(page):
    return page.locator("[data-testid=reader] .place").inner_text()


def row_in_reader(page):
    return page.locator("[data-testid=reader] dt:text-is('row') + dd").inner_text()


def test_t_opens_the_table_of_all_rows_and_closes_it(table):
    page = table()
    assert "40,000 texts" in page.locator("[data-testid=table] .count").inner_text()
    assert page.get_attribute(GRID, "aria-rowcount") == str(N_ROWS + 1)
    assert line(page, 0).inner_text().startswith("Row 0 speaks")
    page.keyboard.press("t")
    assert page.locator(GRID).count() == 0


def test_the_keyboard_goes_to_the_last_of_40_000_rows_and_back(table):
    page = table()
    page.keyboard.press("End")
    wait_for_lines(page)
    assert line(page, N_ROWS - 1).inner_text().startswith("Row 39999 speaks")
    assert line(page, N_ROWS - 1).bounding_box()["y"] < 900 - 12
    page.keyboard.press("PageUp")
    page.keyboard.press("Home")
    wait_for_lines(page)
    assert line(page, 0).is_visible()


def test_the_scroll_bar_at_its_end_shows_the_last_row(table):
    page = table()
    page.evaluate(f"(box => (box.scrollTop = box.scrollHeight))(document.querySelector('{GRID}'))")
    page.wait_for_selector(f"{GRID} [aria-rowindex='{N_ROWS + 1}']")
    wait_for_lines(page)
    assert line(page, N_ROWS - 1).inner_text().startswith("Row 39999 speaks")
    # No more lines than the window has room for.
    assert page.locator(LINES).count() < 60


def test_a_click_on_a_column_sorts_by_it_up_and_down_and_not_at_all(table):
    page = table()
    head = page.get_by_role("columnheader", name="length")
    ways = []
    for _ in range(3):
        head.get_by_role("button").click()
        wait_for_lines(page)
        ways.append((head.get_attribute("aria-sort"), [float(text.replace(",", "")) for text in cells(page, "length")]))
    (up, lengths), (down, other_lengths), (none, _) = ways
    assert (up, down, none) == ("ascending", "descending", "none")
    assert lengths == sorted(lengths)
    assert other_lengths == sorted(other_lengths, reverse=True)
    assert other_lengths[0] > lengths[-1]


def test_the_table_has_the_rows_that_the_filter_keeps(table):
    page = table("#f=continent = 'Amber'")
    wait_until(page, "document.querySelector('[data-testid=table] .count b') !== null")
    said = page.locator("[data-testid=table] .count").inner_text()
    assert f"{page.evaluate('__portolan.shown().shown'):,} of 40,000 texts · where continent = 'Amber'" == said
    assert set(cells(page, "continent")) == {"Amber"}


def test_a_filter_that_keeps_nothing_says_so_and_can_be_taken_away(open_page, points_url):
    page = open_page(points_url + "#f=length < 0")
    page.keyboard.press("t")
    page.get_by_role("button", name="Show all 40,000 texts").click()
    wait_for_lines(page)
    assert page.get_attribute(GRID, "aria-rowcount") == str(N_ROWS + 1)


def test_a_line_under_the_pointer_is_marked_on_the_map(table):
    page = table()
    line(page, 3).hover()
    wait_until(page, "__portolan.pointed() !== null")
    at = page.evaluate("__portolan.pointed()")
    place = page.evaluate("({x, y}) => __portolan.toScreen(x, y)", at)
    assert page.evaluate("({x, y}) => __portolan.rowAt(x, y)", place) is not None
    page.mouse.move(700, 20)
    wait_until(page, "__portolan.pointed() === null")


def test_a_point_under_the_pointer_lights_its_line(table):
    page = table()
    in_the_open = """row => {
        const {x, y} = __portolan.toScreen(__portolan.pointed().x, __portolan.pointed().y)
        const isFree = document.elementFromPoint(x, y)?.tagName === "CANVAS"
        return isFree && __portolan.rowAt(x, y)?.row_id === row ? {x, y} : null
    }"""
    for row in range(7):
        line(page, row).hover()
        wait_until(page, "__portolan.pointed() !== null")
        if place := page.evaluate(in_the_open, row):
            break
    page.mouse.move(place["x"] + 30, place["y"])
    page.mouse.move(place["x"], place["y"], steps=3)
    page.wait_for_selector(f"{LINES}[aria-rowindex='{row + 2}'].lit")


def test_a_click_opens_the_reader_and_j_and_k_go_through_the_tables_order(table):
    page = table()
    page.get_by_role("columnheader", name="length").get_by_role("button").click()
    wait_for_lines(page)
    line(page, 4).click()
    page.wait_for_selector("[data-testid=reader] .actions")
    first = row_in_reader(page)
    assert read_place(page) == "5 of 40,000"
    page.keyboard.press("j")
    wait_until(page, "document.querySelector('[data-testid=reader] .place')?.innerText === '6 of 40,000'")
    assert line(page, 5).get_attribute("aria-selected") == "true"
    page.keyboard.press("k")
    wait_until(page, "document.querySelector('[data-testid=reader] .place')?.innerText === '5 of 40,000'")
    page.wait_for_selector("[data-testid=reader] .actions")
    assert row_in_reader(page) == first


def test_arrows_choose_a_line_and_enter_reads_it(table):
    page = table()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    told = page.get_attribute(GRID, "aria-activedescendant")
    assert page.evaluate("id => document.getElementById(id).closest('[role=row]').ariaRowIndex", told) == "4"
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=reader] .actions")
    assert row_in_reader(page) == "2"


def test_a_row_opened_elsewhere_brings_its_line_into_sight(table):
    page = table("#row=31234")
    page.wait_for_selector(f"{GRID} [aria-rowindex='31236'][aria-selected=true]")
    assert read_place(page) == "31,235 of 40,000"


def test_without_the_table_j_goes_through_the_rows_that_the_filter_keeps(open_page, points_url):
    page = open_page(points_url + "#f=row_id IN (70, 7, 700)")
    seen = []
    for place in ("1 of 3", "2 of 3", "3 of 3"):
        page.keyboard.press("j")
        wait_until(page, f"document.querySelector('[data-testid=reader] .place')?.innerText === '{place}'")
        page.wait_for_selector("[data-testid=reader] .actions")
        seen.append(row_in_reader(page))
    assert seen == ["7", "70", "700"]
    page.keyboard.press("j")
    wait_until(page, "document.querySelector('[data-testid=reader] .place')?.innerText === 'the last of 3'")
    assert row_in_reader(page) == "700"


def test_columns_and_height_are_remembered(table, points_url):
    page = table()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="row").check()
    page.keyboard.press("Escape")
    edge = page.get_by_role("separator", name="Height of the table")
    before = page.locator("[data-testid=table]").bounding_box()["height"]
    edge.press("ArrowUp")
    page.reload()
    page.wait_for_selector(LINES)
    assert page.get_by_role("columnheader", name="row", exact=True).count() == 1
    assert page.locator("[data-testid=table]").bounding_box()["height"] == before + 32


def test_a_column_is_made_wider_by_its_edge_and_by_keys(table):
    page = table()
    head = page.get_by_role("columnheader", name="length")
    width = head.bounding_box()["width"]
    head.get_by_role("button").press("Alt+ArrowRight")
    assert head.bounding_box()["width"] == width + 24
    at = head.bounding_box()
    page.mouse.move(at["x"] + at["width"] - 2, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] - 52, at["y"] + 10, steps=4)
    page.mouse.up()
    assert abs(head.bounding_box()["width"] - (width - 26)) <= 1


def test_the_rows_are_copied_as_text_for_other_programs(table):
    page = table("#f=row_id < 250", permissions=["clipboard-read", "clipboard-write"])
    wait_until(page, "document.querySelector('[data-testid=table] .count b')?.innerText === '250'")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Copy as JSON").click()
    wait_until(page, "document.querySelector('[data-testid=table] .count').innerText.startsWith('Copied 250')")
    rows = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert [row["row_id"] for row in rows] == list(range(250))
    assert set(rows[0]) == {"row_id", "text", "cluster_0", "continent", "length"}


def test_on_a_narrow_screen_the_table_is_a_tab_of_the_sheet(open_page, points_url):
    page = open_page(points_url, width=390, height=844)
    page.get_by_role("tab", name="Table").click()
    wait_for_lines(page)
    line(page, 1).click()
    page.wait_for_selector("[data-testid=reader] .actions")
    assert page.get_by_role("tab", name="Reader").get_attribute("aria-selected") == "true"
    page.get_by_role("button", name="Next").click()
    wait_until(page, "document.querySelector('[data-testid=reader] .place')?.innerText === '3 of 40,000'")
