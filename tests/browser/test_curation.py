"""What a person makes of topics on the page: it shows at once, survives a reload and a rebuild, and is undone."""

import pytest

import portolan
from conftest import intercept, settle, wait_until
from portolan.api import rebuild
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(topic_rows(1200), "Topics").path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(link="", **window):
        page = open_page(address + link, **window)
        page.wait_for_selector("[role=tree], [role=tab]", timeout=30_000)
        return page

    return visit


def first_topic(page):
    return page.locator("[role=treeitem]").first


def open_topic(page, name=None):
    line = first_topic(page) if name is None else page.locator("[role=treeitem]", has_text=name).first
    line.click()
    line.click()
    page.wait_for_selector("[data-testid=cluster-page] .actions", timeout=30_000)
    return page.get_by_test_id("cluster-page")


def rename(page, name):
    about = open_topic(page)
    about.get_by_role("button", name="Rename").click()
    about.get_by_label("New name").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-testid=cluster-page] h2:text-is('{name}')", timeout=30_000)


def outline(page):
    return page.locator("[role=treeitem] .name").all_inner_texts()


def test_a_second_click_on_a_topic_opens_all_about_it_and_escape_closes_it(visit):
    page = visit()
    about = open_topic(page)
    assert about.get_by_role("heading", name="What sets it apart").is_visible()
    assert about.get_by_role("heading", name="Typical").is_visible()
    assert about.get_by_role("heading", name="Columns here, beside the whole map").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_test_id("cluster-page").count() == 0


def test_the_key_i_opens_it_from_the_outline(visit):
    page = visit()
    page.keyboard.press("g")
    wait_until(page, "document.activeElement.getAttribute('role') === 'treeitem'")
    page.keyboard.press("i")
    page.wait_for_selector("[data-testid=cluster-page]", timeout=30_000)


def test_a_typical_row_opens_in_the_reader_and_closing_that_leads_back(visit):
    page = visit()
    open_topic(page).locator("button.text").first.click()
    page.wait_for_selector("[data-testid=reader]", timeout=30_000)
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-testid=cluster-page]", timeout=30_000)


def test_a_new_name_stands_in_the_outline_and_on_the_map_after_a_reload_and_after_a_rebuild(visit, made):
    page = visit()
    rename(page, "Stars and suns")
    assert "Stars and suns" in outline(page)
    page.locator(".names button", has_text="Stars and suns").wait_for(state="attached", timeout=30_000)
    page.reload()
    page.wait_for_selector("html[data-state=ready]", state="attached")
    settle(page)
    page.wait_for_selector("[role=treeitem]")
    assert "Stars and suns" in outline(page)
    rebuild(made)
    page.reload()
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    settle(page)
    page.wait_for_selector("[role=treeitem]")
    assert "Stars and suns" in outline(page)
    page.locator(".names button", has_text="Stars and suns").wait_for(state="attached", timeout=30_000)


def test_a_page_left_open_while_the_map_is_laid_out_anew_shows_the_topic_that_the_open_one_became(visit, made):
    page = visit()
    about = open_topic(page)
    title = about.get_by_role("heading", level=2).inner_text()
    wait_until(page, "/topic=/.test(location.hash)")
    before = page.evaluate("window.isTheSamePage = true; new URLSearchParams(location.hash.slice(1)).get('v')")
    kept = set(title.lower().split(", "))
    portolan.map_text(topic_rows(1200), name="Topics", path=made, random_state=5, progress=False)
    wait_until(page, f"!location.hash.includes('v={before}')")
    settle(page)
    page.wait_for_selector("[data-testid=cluster-page] .actions", timeout=30_000)
    assert kept & set(about.get_by_role("heading", level=2).inner_text().lower().split(", "))
    assert len(outline(page)) > 0
    assert page.evaluate("isTheSamePage")


def test_a_topic_that_another_merged_away_is_closed_with_a_word(visit, made):
    page = visit()
    about = open_topic(page)
    wait_until(page, "/topic=/.test(location.hash)")
    map = portolan.open_map(made)
    layer = map.n_layers - 1
    gone = int(page.evaluate("new URLSearchParams(location.hash.slice(1)).get('topic').split('/')[1]"))
    other = next(int(one) for one in set(map.cluster_ids(layer).tolist()) if one not in (gone, -1))
    map.edit.merge([(layer, other), (layer, gone)])
    about.wait_for(state="detached")
    page.get_by_text("no longer on the map").wait_for()


def test_a_note_that_is_written_while_an_edit_is_kept_stays(visit):
    page = visit()
    about = open_topic(page)
    held = []
    intercept(page, "**/api/clusters/edit", lambda route: held.append(route))
    about.get_by_role("button", name="Pin", exact=True).click()
    about.get_by_role("button", name="Note").click()
    about.get_by_label("Note").fill("Look again")
    wait_until(page, "document.querySelector('[data-testid=cluster-page] [type=submit]').disabled")
    held[0].continue_()
    about.get_by_role("button", name="Unpin").wait_for()
    assert about.get_by_label("Note").input_value() == "Look again"


def test_a_merge_leaves_one_topic_and_undoing_it_brings_the_other_back(visit):
    page = visit()
    before = outline(page)
    about = open_topic(page)
    about.get_by_role("button", name="Merge with…").click()
    about.locator(".form .line").first.click()
    wait_until(page, f"document.querySelectorAll('[role=treeitem]').length === {len(before) - 1}")
    page.get_by_test_id("done").get_by_role("button", name="Undo").click()
    wait_until(page, f"document.querySelectorAll('[role=treeitem]').length === {len(before)}")
    assert outline(page) == before


def test_a_reload_opens_the_topic_again_and_back_closes_it(visit):
    page = visit()
    about = open_topic(page)
    name = about.get_by_role("heading", level=2).inner_text()
    wait_until(page, "/topic=\\d+/.test(location.hash)")
    page.reload()
    page.get_by_test_id("cluster-page").get_by_role("heading", level=2, name=name).wait_for(timeout=60_000)
    page.keyboard.press("Escape")
    wait_until(page, "!/topic=/.test(location.hash)")


def test_a_topic_is_split_by_a_filter_and_the_new_one_has_points_and_a_name(visit):
    page = visit()
    n_before = len(outline(page))
    about = open_topic(page)
    about.get_by_role("button", name="Split…").click()
    about.get_by_label("Rows that meet a filter").check()
    about.get_by_label("Filter", exact=True).fill("row_id < 600")
    about.get_by_label("Name of the new topic").fill("First half")
    about.get_by_role("button", name="Split", exact=True).click()
    wait_until(page, f"document.querySelectorAll('[role=treeitem]').length === {n_before + 1}")
    assert "First half" in outline(page)
    settle(page)
    assert page.evaluate("__portolan.isSettled()")


def test_what_cannot_be_done_is_said_with_the_fix_and_changes_nothing(visit, open_page):
    open_page.provokes("status of 400")
    page = visit()
    before = outline(page)
    about = open_topic(page)
    about.get_by_role("button", name="Split…").click()
    about.get_by_label("Rows that meet a filter").check()
    about.get_by_label("Filter", exact=True).fill("row_id < 0")
    about.get_by_role("button", name="Split", exact=True).click()
    alert = about.get_by_role("alert")
    alert.wait_for()
    assert "Choose some of its rows" in alert.inner_text()
    assert outline(page) == before


def test_a_pinned_topic_stands_first_and_a_note_is_kept(visit):
    page = visit()
    last = outline(page)[-1]
    about = open_topic(page, last)
    about.get_by_role("button", name="Pin", exact=True).click()
    wait_until(page, f"document.querySelector('[role=treeitem] .name').textContent === {last!r}")
    about.get_by_role("button", name="Note").click()
    about.get_by_label("Note").fill("Look again")
    about.get_by_role("button", name="Keep the note").click()
    about.locator("p.note", has_text="Look again").wait_for()


def test_a_saved_view_restores_search_and_filter_and_is_renamed_and_deleted(visit, made):
    page = visit("#f=row_id%20%3C%20300")
    wait_until(page, "__portolan.shown().shown === 300")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name of this view").fill("Early rows")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Rename Early rows").click()
    page.get_by_label("New name").fill("The first ones")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Delete The first ones").wait_for()
    saved = portolan.open_map(made)
    assert [(view.name, view.where) for view in saved.views] == [("The first ones", "row_id < 300")]
    assert len(saved.view("The first ones").rows) == 300

    other = visit()
    assert other.evaluate("__portolan.shown().shown") == 1200
    other.get_by_role("button", name="Saved views").click()
    other.locator("button.open", has_text="The first ones").click()
    wait_until(other, "__portolan.shown().shown === 300")
    other.get_by_role("button", name="Saved views").click()
    other.get_by_role("button", name="Delete The first ones").click()
    other.get_by_text("None is saved yet").wait_for()


def test_a_narrow_screen_shows_the_topic_in_the_sheet(visit):
    page = visit(width=390, height=844, has_touch=True)
    page.get_by_role("tab", name="Topics").click()
    open_topic(page)
    assert page.get_by_role("tab", name="Topic", exact=True).get_attribute("aria-selected") == "true"
