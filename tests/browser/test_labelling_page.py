"""Labelling rows on the page: in the reader, parts of texts, and row after row by keys."""

import pytest

import portolan
from conftest import intercept, serious_findings, wait_until
from small_data import pair_rows

N_ROWS = 240
UNSAVED = "__portolan.isUnsaved()"


@pytest.fixture(scope="module")
def found(map_of):
    made = map_of(pair_rows(N_ROWS), "Pairs")
    made.define_labels("tone", ["calm", {"value": "rude", "key": "r"}])
    return made.path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(link="", **window):
        return open_page(address + link, **window)

    return visit


@pytest.fixture
def read(visit):
    """The page with a row open in the reader, its labels known."""

    def read(row_id=7, **window):
        page = visit(f"#row={row_id}", **window)
        page.get_by_role("button", name="calm").wait_for(timeout=30_000)
        page.get_by_text("Nobody has said anything of it").wait_for(state="attached")
        return page

    return read


def start(page):
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("button", name="Start labelling").click()
    page.get_by_test_id("label-start").get_by_label("Order").select_option("listed")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_test_id("label-flow").locator(".reading").wait_for(timeout=30_000)


def progress(page, text):
    page.get_by_test_id("label-progress").get_by_text(text).wait_for()


def saved(page):
    """Wait until all that was done is in the journal."""
    wait_until(page, f"!({UNSAVED})")


def labels(made):
    return [
        (line["row_id"], line["value"], line["side"], line["start"], line["end"])
        for line in portolan.open_map(made).labels.to_pylist()
    ]


def shown(page):
    return page.locator("[data-testid=label-bar] .value[aria-pressed=true]").all_inner_texts()


def test_a_key_labels_the_open_row_and_once_more_takes_it_back(read, made):
    page = read(7)
    page.keyboard.press("r")
    page.get_by_test_id("reader").get_by_text("tone · ").wait_for()
    saved(page)
    assert labels(made) == [(7, "rude", None, None, None)]
    page.keyboard.press("r")
    page.get_by_text("Nobody has said anything of it").wait_for()
    saved(page)
    assert labels(made) == []


def test_u_takes_the_last_step_back(read, made):
    page = read(7)
    page.keyboard.press("1")
    page.keyboard.press("d")
    page.get_by_text("dropped").first.wait_for()
    page.keyboard.press("u")
    page.get_by_text("dropped").first.wait_for(state="detached")
    saved(page)
    again = portolan.open_map(made)
    assert (again.decisions.num_rows, labels(made)) == (0, [(7, "calm", None, None, None)])


def test_a_reply_of_a_pair_is_labelled_by_itself_and_the_side_is_remembered(read, made):
    page = read(7)
    page.get_by_role("radio", name="Rejected").click()
    page.keyboard.press("1")
    page.get_by_text("rejected reply").wait_for()
    saved(page)
    assert labels(made) == [(7, "calm", "rejected", None, None)]
    page.reload()
    page.get_by_role("radio", name="Rejected", checked=True).wait_for(timeout=60_000)


def test_why_a_row_is_dropped_is_told_with_who_and_the_reason(read, made):
    page = read(7)
    page.keyboard.press("n")
    page.get_by_label("Note or reason for the next").fill("says nothing")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Drop").click()
    page.get_by_text("Why is it dropped?").click()
    page.get_by_test_id("row-history").get_by_text("says nothing").wait_for()
    [line] = portolan.open_map(made).decisions.to_pylist()
    assert (line["decision"], line["reason"]) == ("drop", "says nothing")


SELECT = """side => {
  const text = [...document.querySelectorAll(`[data-part="${side}"] [data-at]`)].find(one => one.textContent.length > 12).firstChild;
  const range = document.createRange();
  range.setStart(text, 4);
  range.setEnd(text, 9);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  return selection.toString();
}"""  # noqa: E501 - one line of the page's language


def test_words_that_are_selected_are_labelled_marked_and_counted_in_characters(read, made):
    page = read(7)
    words = page.evaluate(SELECT, "rejected")
    page.get_by_test_id("span-labels").get_by_role("button", name="rude").click()
    page.locator("mark.labelled", has_text=words.strip()).wait_for()
    page.get_by_test_id("span-labels").wait_for(state="detached")
    saved(page)
    [(row_id, value, side, first, last)] = labels(made)
    assert (row_id, value, side) == (7, "rude", "rejected")
    found = portolan.open_map(made)
    [reading] = [found.reading(row) for row in found.rows_by_id([7])]
    text = "\n\n".join(turn["text"] for turn in reading["rejected"])
    assert text[first:last] == words.strip()


def test_a_key_labels_the_selected_words_not_the_row(read, made):
    page = read(7)
    page.evaluate(SELECT, "chosen")
    page.get_by_test_id("span-labels").wait_for()
    page.keyboard.press("1")
    page.locator("mark.labelled").first.wait_for()
    saved(page)
    assert [side for _, _, side, start, _ in labels(made) if start is not None] == ["chosen"]
    assert shown(page) == []


def test_row_after_row_each_key_is_one_label_in_order(visit, made):
    page = visit()
    start(page)
    progress(page, "1 of 200")
    for key in ("1", "r", "1"):
        page.keyboard.press(key)
    progress(page, "4 of 200")
    page.keyboard.press("s")
    progress(page, "5 of 200")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    progress(page, "7 of 200")
    page.keyboard.press("Escape")
    page.get_by_test_id("label-flow").wait_for(state="detached")
    page.get_by_text("4 pairs labelled").wait_for()
    page.locator(".rows", has_text="2").first.wait_for()
    wait_until(page, f"!({UNSAVED})")
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "calm"), (1, "rude"), (2, "calm")]
    assert portolan.open_map(made).decisions.column("row_id").to_pylist() == [5]


def test_u_returns_to_the_row_and_takes_its_label_back(visit, made):
    page = visit()
    start(page)
    page.keyboard.press("1")
    page.keyboard.press("r")
    progress(page, "3 of 200")
    page.keyboard.press("u")
    progress(page, "2 of 200")
    page.keyboard.press("1")
    progress(page, "3 of 200")
    saved(page)
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "calm"), (1, "calm")]


def test_what_was_done_while_nobody_answered_is_sent_when_somebody_does(visit, made, open_page):
    open_page.provokes("net::ERR")
    open_page.provokes("Failed to load resource")
    page = visit()
    start(page)
    is_gone = [True]
    intercept(page, "**/api/labels", lambda route: route.abort() if is_gone[0] else route.continue_())
    for key in ("1", "r", "1"):
        page.keyboard.press(key)
    progress(page, "4 of 200")
    page.get_by_text("3 steps wait").wait_for()
    assert labels(made) == []
    is_gone[0] = False
    page.get_by_text("steps wait").wait_for(state="detached")
    saved(page)
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "calm"), (1, "rude"), (2, "calm")]


def test_what_was_done_is_not_done_twice_where_only_the_answer_was_lost(visit, made, open_page):
    open_page.provokes("net::ERR")
    open_page.provokes("Failed to load resource")
    page = visit()
    start(page)
    n_lost = [2]

    def lose(route):
        answer = route.fetch()
        n_lost[0] -= 1
        route.abort() if n_lost[0] >= 0 else route.fulfill(response=answer)

    intercept(page, "**/api/labels", lose)
    page.keyboard.press("1")
    saved(page)
    assert n_lost == [-1]
    assert [event.kind for event in portolan.open_map(made).history] == ["label-set-defined", "labelled"]


def test_what_the_server_refuses_is_told_and_can_be_sent_again(visit, made, open_page):
    open_page.provokes("status of 403")
    page = visit()
    start(page)
    refusal = {"status": 403, "json": {"problem": "You may only look.", "fix": "Ask its owner."}}
    intercept(page, "**/api/labels", lambda route: route.fulfill(**refusal))
    page.keyboard.press("1")
    page.get_by_role("alert").get_by_text("Not kept: row 0: calm. You may only look.").wait_for()
    page.unroute("**/api/labels")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("alert").wait_for(state="detached")
    saved(page)
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "calm")]


def test_rows_that_have_a_label_are_left_out_of_the_next_queue(visit, made):
    portolan.open_map(made).label("tone", "calm", where="row_id < 100")
    page = visit()
    start(page)
    progress(page, f"1 of {N_ROWS - 100}")


def test_where_a_row_may_have_several_keys_switch_and_the_arrow_goes_on(visit, made):
    portolan.open_map(made).define_labels("tone", ["calm", "rude"], is_multiple=True)
    page = visit()
    start(page)
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.locator("[data-testid=label-flow] .value[aria-pressed=true]").nth(1).wait_for()
    progress(page, "1 of 200")
    page.keyboard.press("ArrowRight")
    progress(page, "2 of 200")
    saved(page)
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "calm"), (0, "rude")]


def test_neither_the_reader_with_its_bar_nor_the_run_has_serious_findings(read):
    page = read(7)
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    start(page)
    assert serious_findings(page) == []


def test_a_narrow_screen_labels_by_touch(visit, made):
    page = visit(width=390, height=844, has_touch=True)
    page.get_by_role("tab", name="Labels").tap()
    page.get_by_role("button", name="Start labelling").tap()
    page.get_by_test_id("label-start").get_by_label("Order").select_option("listed")
    page.get_by_role("button", name="Start", exact=True).tap()
    flow = page.get_by_test_id("label-flow")
    flow.locator(".reading").wait_for(timeout=30_000)
    flow.get_by_role("button", name="rude").tap()
    progress(page, "2 of 200")
    saved(page)
    assert [(row, value) for row, value, *_ in labels(made)] == [(0, "rude")]


def test_the_map_has_the_colours_that_a_set_chose(visit, made):
    found = portolan.open_map(made)
    found.define_labels("tone", [{"value": "calm", "color": "#ff00ff"}, "rude"])
    found.label("tone", "calm", where="row_id >= 0")
    page = visit("#c=label_tone")
    page.get_by_role("combobox", name="Colour by").select_option(label="label tone")
    wait_until(page, "getComputedStyle(document.querySelector('.legend .box')).backgroundColor === 'rgb(255, 0, 255)'")
