"""What a person sees and does on the page: reading, finding, topics, colours, keys, small screens, accessibility."""

import re
from pathlib import Path

import pytest

import portolan
from conftest import serious_findings, wait_until
from small_data import pair_rows

UI = Path(__file__).parents[2] / "ui"

MARKUP = "<img src=x onerror=\"document.title='broken'\"><b>bold</b> &amp; loaves"
ARABIC = "كيف أخبز الخبز في المنزل؟"
LONG = "A line of a long text about bread that goes on.\n" * 110_000

N_PLAIN = 400
MARKUP_ROW, LONG_ROW, ARABIC_ROW = N_PLAIN, N_PLAIN + 1, N_PLAIN + 2


def pair(question: str, chosen: str, rejected: str) -> dict[str, object]:
    asked = f"\n\nHuman: {question}\n\nAssistant: "
    return {"chosen": asked + chosen, "rejected": asked + rejected, "subset": "odd"}


ROWS = [
    *pair_rows(N_PLAIN),
    pair("What does this markup do?", MARKUP, "Nothing at all."),
    pair("Can you go on for ever?", LONG, "No."),
    pair(ARABIC, "امزج الدقيق والماء", "لا أعرف"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve):
    path = tmp_path_factory.mktemp("maps") / "kitchen.portolan"
    portolan.map_text(ROWS, name="Kitchen talk", path=path, progress=False)
    return serve(path)


@pytest.fixture
def visit(open_page, address):
    """Opens the page at a link, in a window of a size."""

    def visit(link="", *, theme="light", **window):
        page = open_page(address + link, color_scheme=theme, **window)
        page.wait_for_selector("[role=tree], [role=tab]", timeout=30_000)
        return page

    return visit


@pytest.fixture
def read(visit):
    """Opens a row in the reader."""

    def read(row_id, **window):
        page = visit(f"#row={row_id}", **window)
        page.wait_for_selector("[data-testid=reader] .actions", timeout=30_000)
        return page

    return read


def found(page, query):
    page.fill("[role=searchbox]", query)
    page.wait_for_selector("[role=option]", timeout=60_000)


def shown(page):
    return page.evaluate("__portolan.shown().shown")


def box(page, selector):
    return page.locator(selector).first.bounding_box()


# Reading


def test_a_pair_is_read_side_by_side_under_its_prompt(read):
    page = read(0)
    chosen, rejected = box(page, "[aria-label='Chosen reply']"), box(page, "[aria-label='Rejected reply']")
    assert chosen["y"] == rejected["y"]
    assert chosen["x"] + chosen["width"] <= rejected["x"]
    assert page.locator("[data-testid=reader] details.prompt").count() == 1
    assert box(page, "[data-testid=reader]")["width"] >= 560


def test_the_prompt_is_folded_into_one_line_and_unfolds(read):
    page = read(0)
    turn = page.locator("details.prompt .whole")
    assert not turn.is_visible()
    assert "Tell me about cooking." in page.locator("details.prompt summary").inner_text()
    page.click("details.prompt summary")
    assert turn.is_visible()


def test_what_differs_between_the_replies_is_marked(read):
    page = read(0)
    assert page.locator("[aria-label='Chosen reply'] mark").count() > 0
    chosen = page.locator("[aria-label='Chosen reply'] .dataset-text").inner_text()
    marked = page.locator("[aria-label='Chosen reply'] mark").all_inner_texts()
    assert "".join(marked).strip() != chosen.strip() or "few words" in page.locator(".note").inner_text()


def test_columns_that_the_reading_shows_are_not_repeated(read):
    page = read(0)
    names = page.locator("[data-testid=reader] .body dl > dt").all_inner_texts()
    assert names == ["subset", "row"]


def test_markup_in_a_text_is_shown_as_text(read):
    page = read(MARKUP_ROW)
    assert MARKUP in page.locator("[aria-label='Chosen reply']").inner_text()
    assert page.locator("[data-testid=reader] img").count() == 0
    assert page.title() != "broken"


def test_a_text_of_five_megabytes_opens_at_once_and_shows_whole_on_demand(read):
    page = read(LONG_ROW)
    reply = page.locator("[aria-label='Chosen reply']")
    assert len(reply.inner_text()) < 10_000
    seconds = page.evaluate(
        """async () => {
            const start = performance.now()
            document.querySelector("[aria-label='Chosen reply'] button.more").click()
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            return (performance.now() - start) / 1000
        }"""
    )
    assert seconds < 5
    assert page.evaluate("document.querySelector(\"[aria-label='Chosen reply']\").textContent.length") > 5_000_000


def test_right_to_left_text_runs_from_the_right(read):
    page = read(ARABIC_ROW)
    text = page.locator("[aria-label='Chosen reply'] .dataset-text")
    assert text.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_the_reader_widens_by_key_but_never_below_two_replies(read):
    page = read(0)
    before = box(page, "[data-testid=reader]")["width"]
    page.focus("[role=separator]")
    page.keyboard.press("ArrowLeft")
    assert box(page, "[data-testid=reader]")["width"] == before + 40
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert box(page, "[data-testid=reader]")["width"] == 560


def test_f_fills_the_screen_and_escape_goes_back_one_step_at_a_time(read):
    page = read(0)
    page.keyboard.press("f")
    wait_until(page, "document.querySelector('[data-testid=reader]').clientWidth >= 1400")
    page.keyboard.press("Escape")
    wait_until(page, "document.querySelector('[data-testid=reader]').clientWidth < 700")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-testid=reader]", state="detached")


def test_a_similar_text_opens_from_the_list(read):
    page = read(0)
    page.wait_for_selector("[data-testid=reader] section:last-child li button", timeout=30_000)
    page.click("[data-testid=reader] section:last-child li button")
    wait_until(page, "/row=(?!0(&|$))\\d+/.test(location.hash)")


# Finding


def test_results_are_chosen_by_keyboard_and_have_their_words_marked(visit):
    page = visit()
    page.keyboard.press("/")
    found(page, "telescope")
    assert page.locator("[role=option] mark").first.inner_text().lower() == "telescope"
    page.keyboard.press("ArrowDown")
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=reader]")


def test_what_one_searches_becomes_a_filter_from_the_palette(visit):
    page = visit()
    found(page, "telescope")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a command").fill("filter by these words")
    page.keyboard.press("Enter")
    wait_until(page, "decodeURIComponent(location.hash).includes(\"text('telescope')\")")


def test_a_search_without_results_says_what_to_do(visit):
    page = visit()
    page.fill("[role=searchbox]", '"xylophone marmalade" -flour')
    page.wait_for_selector(".advice", timeout=60_000)
    message = page.locator("section.results").inner_text()
    assert "No pair matches" in message
    assert "Remove the quotes" in message
    page.get_by_role("button", name="Clear search").last.click()
    page.wait_for_selector("section.results", state="detached")


# The hover card


def hover_near(page, x, y):
    """Puts the pointer on the point nearest to (x, y) that nothing lies over, and waits for its card."""
    point = page.evaluate(
        """([x, y]) => {
            const points = []
            for (let at = 0; at < 1440; at += 12) for (let down = 50; down < 900; down += 12) {
                const point = __portolan.rowAt(at, down, 9)
                if (point && document.elementFromPoint(point.x, point.y)?.closest('.stage canvas')) points.push(point)
            }
            const distance = (point) => Math.hypot(point.x - x, point.y - y)
            return points.sort((a, b) => distance(a) - distance(b))[0]
        }""",
        [x, y],
    )
    page.mouse.move(point["x"] - 1, point["y"])
    page.mouse.move(point["x"], point["y"])
    page.wait_for_selector("[data-testid=hover-card] .replies", timeout=10_000)
    return point


def test_the_hover_card_stands_beside_its_point_and_on_the_screen(visit):
    page = visit()
    for at in [(400, 300), (1300, 850), (720, 450)]:
        point = hover_near(page, *at)
        card = box(page, "[data-testid=hover-card]")
        is_over_x = card["x"] <= point["x"] <= card["x"] + card["width"]
        is_over_y = card["y"] <= point["y"] <= card["y"] + card["height"]
        assert not (is_over_x and is_over_y)
        assert card["x"] >= 0
        assert card["y"] >= 44
        assert card["x"] + card["width"] <= 1440
        assert card["y"] + card["height"] <= 900


def test_the_hover_card_shows_both_replies_and_no_internal_columns(visit):
    page = visit()
    hover_near(page, 720, 450)
    text = page.locator("[data-testid=hover-card]").inner_text()
    assert "Chosen" in text
    assert "Rejected" in text
    assert not re.search(r"row_id|cluster_\d|batch_id", text)


# Topics and colours


def test_the_outline_opens_and_moves_by_keyboard_and_enter_flies(visit):
    page = visit()
    before = page.evaluate("__portolan.camera()")
    page.keyboard.press("g")
    wait_until(page, "document.activeElement.getAttribute('role') === 'treeitem'")
    n_lines = page.locator("[role=treeitem]").count()
    if page.locator("[role=treeitem][aria-expanded]").count() > 0:
        page.keyboard.press("ArrowRight")
        assert page.locator("[role=treeitem]").count() > n_lines
        assert page.locator("[role=treeitem][aria-expanded=true]").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_until(page, f"__portolan.camera().zoom !== {before['zoom']}")


def test_the_outline_filters_as_one_types(visit):
    page = visit()
    name = page.locator("[role=treeitem] .name").first.inner_text()
    page.fill("[aria-label='Filter topics']", name[:4].lower())
    names = page.locator("[role=treeitem].match .name").all_inner_texts()
    assert names
    assert all(name[:4].lower() in found_name.lower() for found_name in names)
    page.fill("[aria-label='Filter topics']", "zzzz")
    assert "No topic" in page.locator("nav[aria-label=Topics]").inner_text()


def test_a_value_of_the_legend_hides_and_shows_its_rows(visit):
    page = visit("#color=subset")
    total = len(ROWS)
    page.wait_for_selector("[data-testid=legend] li")
    page.get_by_role("button", name="Only even").click()
    wait_until(page, "__portolan.shown().shown === 200")
    assert f"200 of {total}" in page.locator(".status.panel").inner_text().replace("\n", " ")
    page.get_by_role("button", name="Show all").click()
    wait_until(page, f"__portolan.shown().shown === {total}")
    page.get_by_test_id("legend").get_by_role("checkbox", name="Show odd").click()
    wait_until(page, "__portolan.shown().shown === 200")
    page.get_by_role("button", name="Reset").click()
    wait_until(page, f"__portolan.shown().shown === {total}")


# The page


def test_the_theme_goes_round_and_is_remembered(visit):
    page = visit(theme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("button", name="Theme: system").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.reload()
    page.wait_for_selector("html[data-theme=light]")


def test_a_question_mark_lists_the_keys(visit):
    page = visit()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys and help").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_the_name_opens_what_is_known_of_the_map(visit):
    page = visit()
    page.click("button.about")
    text = page.get_by_role("dialog", name="Kitchen talk").inner_text()
    assert f"{len(ROWS)} pairs" in text
    assert "Neighbours that belong" in text


def test_on_a_narrow_screen_the_panels_are_one_sheet_and_the_map_stays_open(visit):
    page = visit(width=390, height=844)
    sheet = box(page, ".sheet")
    assert sheet["height"] < 80
    page.get_by_role("tab", name="Topics").click()
    wait_until(page, "document.querySelector('.sheet').clientHeight > 300")
    assert page.locator("[role=treeitem]").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="Topics").click()
    wait_until(page, "document.querySelector('.sheet').clientHeight < 80")


def test_on_a_narrow_screen_replies_are_stacked(read):
    page = read(0, width=390, height=844)
    chosen, rejected = box(page, "[aria-label='Chosen reply']"), box(page, "[aria-label='Rejected reply']")
    assert rejected["y"] >= chosen["y"] + chosen["height"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, theme):
    page = visit(theme=theme)
    assert serious_findings(page) == []
    page.keyboard.press("?")
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    page.click("button.about")
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    found(page, "telescope")
    assert serious_findings(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=reader] .actions")
    assert serious_findings(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_narrow_screen(read, theme):
    assert serious_findings(read(0, theme=theme, width=390, height=844)) == []
