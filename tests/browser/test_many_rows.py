"""Deciding many rows at once on the page: how many and why come first, it is one event, and it is undone in place."""

import pytest

import portolan
from conftest import serious_findings
from small_data import pair_rows

N_ROWS = 240


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(pair_rows(N_ROWS), "Pairs").path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(link="", **window):
        page = open_page(address + link, **window)
        page.get_by_role("tab", name="Labels").click()
        page.get_by_test_id("many-rows").wait_for()
        return page

    return visit


def decisions(made):
    return {(line["row_id"], line["decision"]) for line in portolan.open_map(made).decisions.to_pylist()}


def test_filtered_rows_are_decided_in_one_event_with_a_reason_and_undone_in_place(visit, made):
    page = visit("#f=row_id%20%3C%2030")
    many = page.get_by_test_id("many-rows")
    many.get_by_role("button", name="Drop…").click()
    form = page.get_by_test_id("decide-rows")
    form.get_by_text("Drop 30 filtered pairs?").wait_for()
    assert portolan.open_map(made).decisions.num_rows == 0
    form.get_by_label("Why").fill("advertising")
    page.keyboard.press("Enter")
    page.get_by_text("Decided to drop 30 rows").wait_for()
    [event] = [one for one in portolan.open_map(made).history(3) if one.kind == "decided"]
    assert (event.reason, event.payload["where"]) == ("advertising", "row_id < 30")
    assert decisions(made) == {(row, "drop") for row in range(30)}
    page.get_by_role("button", name="Undo", exact=True).last.click()
    page.get_by_text("Undone.").wait_for()
    assert decisions(made) == set()


def test_the_keyboard_comes_back_to_the_decision_that_was_let_go_of(visit, made):
    page = visit()
    flip = page.get_by_test_id("many-rows").get_by_role("button", name="Flip…")
    flip.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("decide-rows").get_by_text("Flip all 240 pairs?").wait_for()
    page.keyboard.press("Escape")
    page.get_by_test_id("decide-rows").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Flip…"
    assert decisions(made) == set()


def test_the_filters_lead_to_it(visit, made):
    page = visit("#f=row_id%20%3C%202")
    page.get_by_role("tab", name="Filters").click()
    page.get_by_role("button", name="Label or decide these 2 pairs…").click()
    page.get_by_test_id("many-rows").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Which rows"


def test_the_question_has_no_serious_findings(visit):
    page = visit()
    page.get_by_test_id("many-rows").get_by_role("button", name="Review…").click()
    page.get_by_test_id("decide-rows").wait_for()
    assert serious_findings(page) == []
