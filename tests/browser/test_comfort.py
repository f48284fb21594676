"""Comfort: the list of commands, the keys, appearance, touch, bidirectional text, blurred texts, notices."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import portolan
from conftest import serious_findings, settle, wait_until
from small_data import pair_rows


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="", **window: open_page(points_url + link, **window)


def palette(page, query=""):
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a command").fill(query)
    return page.get_by_test_id("palette")


# Commands


def test_the_palette_finds_a_command_by_some_letters_and_does_it(visit):
    page = visit()
    box = palette(page, "dark th")
    assert box.get_by_role("option").first.inner_text() == "Dark theme"
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=dark]")
    assert page.get_by_test_id("palette").count() == 0


def test_the_palette_goes_to_a_cluster_by_its_name(visit):
    page = visit()
    before = page.evaluate("__portolan.camera().zoom")
    name = page.locator("[role=treeitem] .name").first.inner_text()
    palette(page, f"go {name}")
    page.keyboard.press("Enter")
    wait_until(page, f"__portolan.camera().zoom > {before}")
    wait_until(page, "/cluster=/.test(location.hash)")


def test_the_palette_colours_by_a_column(visit):
    page = visit()
    palette(page, "colour continent")
    page.keyboard.press("Enter")
    wait_until(page, "/color=continent/.test(location.hash)")


def test_the_palette_opens_a_row_by_its_number(visit):
    page = visit()
    palette(page, "#17")
    page.keyboard.press("Enter")
    page.get_by_test_id("reader").get_by_text("Row 17 ").first.wait_for()


def test_the_palette_moves_by_arrows_and_says_which_command_is_active(visit):
    page = visit()
    box = palette(page, "zoom")
    field = page.get_by_role("combobox", name="Find a command")
    active = lambda: box.locator(f"#{field.get_attribute('aria-activedescendant')}").inner_text()  # noqa: E731
    first = active()
    page.keyboard.press("ArrowDown")
    assert active() != first
    page.keyboard.press("ArrowUp")
    assert active() == first
    page.keyboard.press("Escape")
    box.wait_for(state="detached")


def test_the_palette_has_a_button_and_says_when_nothing_fits(visit):
    page = visit()
    page.get_by_role("button", name="All commands").click()
    page.get_by_role("combobox", name="Find a command").fill("qqqqq")
    page.get_by_text("Nothing here has these letters.").wait_for()


def test_the_sheet_of_keys_names_every_key_that_works(visit):
    page = visit()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys and help")
    keys = set(sheet.locator("kbd").all_inner_texts())
    assert {"/", "j", "k", "f", "c", "g", "[", "]", "?", "Ctrl K", "←", "+", "0", "Esc"} <= keys


# Appearance


def appearance(page):
    page.get_by_role("button", name="Appearance").click()
    return page.get_by_test_id("appearance")


def slide(page, name, to):
    page.get_by_role("slider", name=name).fill(str(to))


def test_point_size_and_opacity_change_the_look_and_reset_brings_it_back(visit):
    page = visit()
    usual = page.evaluate("__portolan.pointLook()")
    box = appearance(page)
    slide(page, "Point size", 100)
    slide(page, "Opacity", 0)
    wait_until(page, f"__portolan.pointLook().diameter > {2.5 * usual['diameter']}")
    wait_until(page, f"__portolan.pointLook().opacity < {0.3 * usual['opacity']}")
    box.get_by_role("button", name="Reset").click()
    wait_until(page, f"__portolan.pointLook().diameter === {usual['diameter']}")


def test_the_look_is_remembered(visit):
    page = visit()
    appearance(page)
    slide(page, "Names", 0)
    wait_until(page, "__portolan.names().length === 0")
    page.reload()
    page.wait_for_selector("html[data-state=ready]", state="attached")
    assert page.evaluate("__portolan.names().length") == 0


def test_there_are_fewer_or_more_names_as_one_asks(visit):
    page = visit("#cluster=2/3")
    names = "__portolan.names().length"
    page.wait_for_timeout(300)
    usual = page.evaluate(names)
    appearance(page)
    slide(page, "Names", 100)
    wait_until(page, f"{names} > {usual}")
    slide(page, "Names", 15)
    wait_until(page, f"{names} < {usual}")


def greys(page):
    """How many pixels of the map are dark and without hue: ink, neither paper nor point."""
    picture = Image.open(io.BytesIO(page.screenshot(clip={"x": 300, "y": 50, "width": 1100, "height": 700})))
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return int(((pixels.max(2) < 140) & (pixels.max(2) - pixels.min(2) < 24)).sum())


def contoured(page):
    """How many pixels more are grey with contours than without."""
    appearance(page)
    slide(page, "Names", 0)
    page.keyboard.press("Escape")
    settle(page)
    without = greys(page)
    palette(page, "show contours")
    page.keyboard.press("Enter")
    settle(page)
    return greys(page) - without


def test_contours_are_drawn_when_asked_for_and_follow_the_filter(visit):
    whole = contoured(visit())
    one_topic = contoured(visit("#f=cluster_2%20IN%20(3)"))
    assert whole > 2000
    assert 0 < one_topic < 0.6 * whole


def test_a_palette_for_every_eye_changes_clusters_and_categories(visit):
    page = visit()
    dots = "[...document.querySelectorAll('[role=treeitem]')].map((line) => line.style.cssText).join()"
    before = page.evaluate(dots)
    appearance(page).get_by_label("Colours").select_option("Most distinct")
    wait_until(page, f"{dots} !== '{before}'")


def test_escape_closes_the_appearance_and_gives_the_focus_back(visit):
    page = visit()
    appearance(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("appearance").wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Appearance"


# Blurred texts


N_HARMFUL = 3


@pytest.fixture(scope="module")
def scored_url(tmp_path_factory, serve):
    path = tmp_path_factory.mktemp("maps") / "scored.portolan"
    rows = [{**row, "harm": 0.93 if i < N_HARMFUL else 0.04} for i, row in enumerate(pair_rows(200))]
    portolan.map_text(rows, name="Scored talk", path=path, progress=False)
    return serve(path)


@pytest.fixture
def scored(open_page, scored_url):
    return lambda link="", **window: open_page(scored_url + link, **window)


def veiled(page, selector):
    return page.locator(f"{selector} [data-testid=veiled]")


def test_a_text_that_scores_high_is_blurred_until_asked_for(scored):
    page = scored("#row=0")
    veil = veiled(page, "[data-testid=reader]").first
    veil.wait_for()
    assert "Blurred: harm 0.93 is above 0.5" in veil.inner_text().replace("\n", " ")
    assert veil.locator(".text").evaluate("node => node.inert")
    page.get_by_role("button", name="Show this text").click()
    page.locator("[data-testid=reader] [aria-label='Chosen reply']").wait_for()
    assert page.locator("[data-testid=reader] .reading").evaluate("node => !node.closest('[inert]')")


def test_a_text_that_scores_low_is_shown(scored):
    page = scored(f"#row={N_HARMFUL + 5}")
    page.locator("[data-testid=reader] .actions").wait_for()
    assert page.locator("[data-testid=reader] .reading").evaluate("node => !node.closest('[inert]')")


def test_results_are_blurred_until_their_score_is_known_to_be_low(scored):
    page = scored("#q=cooking")
    page.wait_for_selector("[role=option]")
    wait_until(page, "!document.body.innerText.includes('checking its score')")
    blurred = veiled(page, "[role=option]").count()
    assert blurred <= N_HARMFUL
    assert blurred < page.locator("[role=option]").count()


def test_all_texts_are_shown_until_one_leaves_and_blurred_again_on_the_next_visit(scored):
    page = scored("#row=0")
    page.get_by_role("button", name="Show all until I leave").click()
    page.keyboard.press("j")
    page.locator("[data-testid=reader] .actions").wait_for()
    assert veiled(page, "[data-testid=reader]").count() == 0
    page.reload()
    veiled(page, "[data-testid=reader]").first.wait_for()


def test_what_is_blurred_can_be_set_and_is_remembered(scored):
    page = scored("#row=0")
    veiled(page, "[data-testid=reader]").first.wait_for()
    appearance(page).get_by_label("Blur above").fill("0.95")
    page.keyboard.press("Tab")
    veiled(page, "[data-testid=reader]").first.wait_for(state="detached")
    page.reload()
    page.locator("[data-testid=reader] .actions").wait_for()
    # Blurred until its score is known, which comes after the text.
    expect(veiled(page, "[data-testid=reader]")).to_have_count(0)


def test_a_map_without_numbers_has_nothing_to_blur_by(open_page, tmp_path, serve):
    portolan.map_text(pair_rows(60), name="No numbers", path=tmp_path / "plain.portolan", progress=False)
    page = open_page(serve(tmp_path / "plain.portolan"))
    assert "Blur" not in appearance(page).inner_text()


# Links that cannot be followed


def test_a_link_to_a_column_that_is_gone_says_so_and_the_note_can_be_closed(scored):
    page = scored("#color=gone")
    note = page.get_by_test_id("notice")
    assert "This link colours by “gone”" in note.inner_text()
    note.get_by_role("button").click()
    note.wait_for(state="detached")


def test_a_link_to_a_topic_that_is_gone_says_so(visit):
    assert "topic that the map no longer has" in visit("#cluster=2/999").get_by_test_id("notice").inner_text()


def test_a_link_that_can_be_followed_says_nothing(scored):
    assert scored("#color=harm").get_by_test_id("notice").count() == 0


# Touch and small screens


def test_a_finger_that_rests_shows_the_card_and_lifting_it_opens_nothing(visit):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True)
    point = page.evaluate(
        """() => {
            for (let y = 200; y < 600; y += 6) for (let x = 60; x < 330; x += 6) {
                const point = __portolan.rowAt(x, y, 4)
                if (point && document.elementFromPoint(point.x, point.y)?.closest('.stage canvas')) return point
            }
        }"""
    )
    touch = page.context.new_cdp_session(page)
    at = {"x": point["x"], "y": point["y"]}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    page.get_by_test_id("hover-card").wait_for(timeout=10_000)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    assert page.get_by_test_id("hover-card").count() == 1
    assert page.get_by_test_id("reader").count() == 0


def test_what_has_no_room_on_a_narrow_screen_is_in_a_menu(visit):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True)
    assert "40,000" in page.locator(".status.panel").inner_text()
    page.get_by_role("button", name="More").tap()
    page.get_by_role("button", name="Save picture").tap()
    page.get_by_test_id("picture-dialog").wait_for()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640), (844, 390)])
def test_no_screen_is_too_small_to_hold_the_page(visit, width, height):
    page = visit("#row=17", width=width, height=height)
    page.get_by_test_id("reader").locator(".actions").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Appearance").click()
    box = page.get_by_test_id("appearance").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0
    below = page.locator(".sheet").bounding_box()["y"] if width < 720 else height
    assert box["y"] + box["height"] <= below


# Bidirectional text


HEBREW = "איך אופים לחם בבית?"


def test_hebrew_runs_from_the_right_and_does_not_turn_what_stands_beside_it(open_page, tmp_path, serve):
    rows = [{**row, "tags": ["לחם", "bread"], "sort": HEBREW[:8]} for row in pair_rows(60)]
    rows = [{**row, "מקור": "book"} for row in rows]
    rows[0]["chosen"] = f"\n\nHuman: {HEBREW}\n\nAssistant: קמח, water ומלח."
    portolan.map_text(rows, name="מטבח kitchen", path=tmp_path / "rtl.portolan", progress=False)
    page = open_page(serve(tmp_path / "rtl.portolan") + "#row=0")
    page.locator("[data-testid=reader] .actions").wait_for()
    text = page.locator("[aria-label='Chosen reply'] .dataset-text").first
    assert text.evaluate("node => getComputedStyle(node).direction") == "rtl"
    tags = page.locator("[data-testid=reader] .tags li")
    assert tags.all_inner_texts() == ["לחם", "bread"]
    first, second = (tags.nth(i).bounding_box()["x"] for i in (0, 1))
    assert first < second
    assert page.locator("h1").evaluate("node => getComputedStyle(node).direction") == "rtl"
    # Names of columns begin at one line, whichever way they run.
    columns = page.locator("[data-testid=reader] dt")
    assert "מקור" in columns.all_inner_texts()
    left = "node => { const r = new Range(); r.selectNodeContents(node); return r.getBoundingClientRect().left }"
    starts = [columns.nth(i).evaluate(left) for i in range(columns.count())]
    assert max(starts) - min(starts) < 2


@pytest.mark.parametrize("key", ["?", "Control+k"])
def test_the_keyboard_is_back_where_it_was_when_a_dialog_closes(open_page, points_url, key):
    page = open_page(points_url)
    button = page.get_by_role("button", name="Hide this panel")
    button.focus()
    page.keyboard.press(key)
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert button.evaluate("node => node === document.activeElement")


# What others read and hear


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_axe_finds_nothing_serious_in_commands_appearance_notes_and_blurred_texts(scored, theme, width, height):
    page = scored("#row=0&color=gone", color_scheme=theme, width=width, height=height)
    veiled(page, "[data-testid=reader]").first.wait_for()
    assert serious_findings(page) == []
    appearance(page)
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    palette(page, "colour")
    assert serious_findings(page) == []
