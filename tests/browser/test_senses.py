"""The page for those who see, move or write otherwise: forced colours, no motion, words that run from the right."""

import pytest

import portolan
from conftest import serious_findings, settle, wait_until

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="", **window: open_page(points_url + link, **window)


def style(locator, *names):
    return locator.evaluate("(node, names) => names.map((name) => getComputedStyle(node)[name])", list(names))


# Forced colours: Windows' high contrast


@pytest.fixture(params=["light", "dark"])
def forced(visit, request):
    return lambda link="", **window: visit(link, forced_colors="active", color_scheme=request.param, **window)


def test_forced_colours_tell_the_chosen_tab_from_the_others(forced):
    page = forced()
    tabs = page.get_by_role("tablist").first.get_by_role("tab")
    tabs.nth(1).click()
    page.mouse.move(900, 500)
    chosen = tabs.and_(page.locator("[aria-selected=true]"))
    other = tabs.and_(page.locator("[aria-selected=false]")).first
    assert style(chosen, "outlineStyle", "outlineWidth") == ["solid", "2px"]
    assert style(other, "outlineStyle") == ["none"]


def test_forced_colours_show_the_focus_as_more_than_what_is_chosen(forced):
    page = forced()
    page.keyboard.press("Tab")
    wait_until(page, "document.activeElement !== document.body")
    where = page.locator(":focus")
    assert style(where, "outlineStyle", "outlineWidth") == ["solid", "3px"]
    ground = style(page.locator("body"), "backgroundColor")
    assert style(where, "outlineColor") != ground


def test_forced_colours_keep_the_colours_of_the_map_and_its_legend(forced):
    page = forced("#color=continent")
    settle(page)
    dots = page.get_by_test_id("legend").locator(".box")
    colors = [style(dots.nth(i), "backgroundColor")[0] for i in range(3)]
    assert len(set(colors)) == 3
    assert page.evaluate("__portolan.inkedShare()") > 0.01


def test_forced_colours_show_which_values_are_kept(forced):
    page = forced("#f=continent IN ('Azure')")
    page.get_by_role("tab", name="Filters").click()
    kept, hidden = (
        style(page.locator(f"[data-testid=filters] [aria-checked={is_kept}] .box").first, "backgroundColor")
        for is_kept in ("true", "false")
    )
    assert kept != hidden


@pytest.mark.parametrize("window", [WIDE, NARROW])
def test_axe_finds_nothing_serious_in_forced_colours(forced, window):
    page = forced("#row=17&f=continent IN ('Azure')", **window)
    page.get_by_test_id("reader").locator(".actions").wait_for()
    assert serious_findings(page) == []
    page.get_by_role("tab", name="Filters").click()
    assert serious_findings(page) == []


# Motion


@pytest.mark.parametrize("window", [WIDE, NARROW])
def test_nothing_moves_where_less_motion_is_asked_for(visit, window):
    page = visit(**window)
    # Each look is taken while panels come, lists load and names fade.
    for action in (
        lambda: page.evaluate("location.hash = '#row=17'"),
        lambda: page.get_by_test_id("reader").wait_for(),
        lambda: page.keyboard.press("?"),
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="Appearance").click(),
    ):
        action()
        assert page.evaluate("document.getAnimations().length") == 0
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((node) => {
            const style = getComputedStyle(node)
            const times = style.transitionDuration.split(', ').map(parseFloat)
            return style.animationName !== 'none' || Math.max(...times) > 0
        }).map((node) => node.className)"""
    )
    assert moving == []


# Words that run from the right

# A piece of data must stand by itself: nothing of the page's own words in the element that holds its direction.
MIXED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const mixed = []
  const bidi = (node) => getComputedStyle(node).unicodeBidi
  const isInline = (node) => ['inline', 'contents'].includes(getComputedStyle(node).display)
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    if (!/[\u0590-\u05ff]/.test(text.data)) continue
    const parent = text.parentElement
    if (['OPTION', 'SCRIPT', 'STYLE', 'TITLE'].includes(parent.tagName)) continue
    let holder = parent
    while (bidi(holder) === 'normal' && isInline(holder)) holder = holder.parentElement
    const isApart = holder.matches('bdi, [dir=auto]') || bidi(holder) === 'plaintext'
    const words = holder.textContent
    if (!isApart || /[a-z]{2}/i.test(words)) mixed.push(`${holder.tagName}.${holder.className}: ${words.slice(0, 80)}`)
  }
  return mixed
}"""


@pytest.fixture(scope="module")
def hebrew_url(tmp_path_factory, serve):
    """All that a map may name is Hebrew: the map, its topics, a column with its values."""
    path = tmp_path_factory.mktemp("maps") / "hebrew.portolan"
    words = ["לחם וקמח", "מים ומלח", "בנק כסף", "ים אונייה", "עץ יער"]
    rows = [
        {"text": f"{words[i % 5]} {words[(i * 3 + 1) % 5]} {words[i % 5]}", "נושא": words[i % 5], "ציון": i / 300}
        for i in range(300)
    ]
    portolan.map_text(rows, name="מפה", path=path, progress=False)
    return serve(path)


@pytest.fixture
def hebrew(open_page, hebrew_url):
    return lambda link="", **window: open_page(hebrew_url + link, **window)


@pytest.mark.parametrize("window", [WIDE, NARROW])
def test_names_filters_and_their_sentences_hold_the_direction_of_data_apart(hebrew, window):
    page = hebrew("#f=\"נושא\" IN ('לחם וקמח') AND text('קמח')", **window)
    page.get_by_role("tab", name="Topics").click()
    assert page.evaluate(MIXED) == []
    page.get_by_role("textbox", name="Filter topics").fill("שלום")
    page.get_by_text("No topic has").wait_for()
    assert page.evaluate(MIXED) == []
    page.get_by_role("tab", name="Filters").click()
    page.get_by_test_id("filters").get_by_text("לחם וקמח").first.wait_for()
    assert page.evaluate(MIXED) == []


@pytest.mark.parametrize("window", [WIDE, NARROW])
def test_a_row_and_a_topic_hold_the_direction_of_data_apart(hebrew, window):
    page = hebrew("#row=3", **window)
    page.get_by_test_id("reader").locator(".actions").wait_for()
    assert page.evaluate(MIXED) == []
    page = hebrew(**window)
    page.get_by_role("tab", name="Topics").click()
    line = page.get_by_role("treeitem").first
    line.click()
    line.click()
    page.get_by_test_id("cluster-page").get_by_role("heading", level=2).wait_for()
    assert page.evaluate(MIXED) == []


def test_notes_search_and_the_history_hold_the_direction_of_data_apart(hebrew):
    page = hebrew("#color=צבע&q=שלום")
    page.get_by_test_id("notice").wait_for()
    page.locator("section.results").wait_for()
    assert page.evaluate(MIXED) == []
    page.get_by_test_id("notice").get_by_role("button").click()
    page.get_by_role("button", name="Clear search").click()
    line = page.get_by_role("treeitem").first
    line.click()
    line.click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="New name").fill("מאפייה")
    page.keyboard.press("Enter")
    page.get_by_text("renamed").first.wait_for()
    assert page.evaluate(MIXED) == []
