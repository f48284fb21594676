"""Scores on the page: which scorers there are, how good each is, running one, whose a column is, what it found."""

import pytest

import portolan
from conftest import serious_findings, wait_until
from small_data import pair_rows, topic_rows


@pytest.fixture(scope="module")
def found(map_of):
    rows = topic_rows(240)
    rows[7]["text"] = "😀 Write to ada@example.org or call the baker about flour and sugar."
    return map_of(rows, "Topics").path


@pytest.fixture
def page(open_page, serve, made):
    page = open_page(serve(made))
    page.get_by_role("tab", name="Filters").click()
    return page


def open_scores(page, scorer):
    page.get_by_role("button", name="Add a score…").click()
    dialog = page.get_by_test_id("scores")
    dialog.locator(f"[data-scorer={scorer}] h3 button").click()
    return dialog, dialog.locator(f"[data-scorer={scorer}]")


def test_a_scorer_tells_what_it_measures_how_good_it_is_and_what_it_would_take(page):
    _, scorer = open_scores(page, "refusal")
    assert "Where it fails" in scorer.inner_text()
    assert scorer.get_by_role("table", name="How good it is").is_visible()
    scorer.get_by_role("button", name="What would it take?").click()
    scorer.get_by_text("It would read 240 texts").wait_for()
    assert serious_findings(page) == []


def test_what_a_scorer_leaves_is_on_the_open_page_without_a_reload_and_says_whose_it_is(page):
    dialog, scorer = open_scores(page, "readability")
    scorer.get_by_role("button", name="Run", exact=True).click()
    dialog.get_by_text("Scored with readability").wait_for(timeout=60_000)
    assert scorer.get_by_text("scored", exact=True).is_visible()
    page.keyboard.press("Escape")
    facet = page.locator(".facet").filter(has=page.get_by_role("button", name="readability", exact=True))
    facet.get_by_role("button", name="by readability").click()
    dialog.get_by_text("readability: columns of this map").wait_for()


def test_a_scorer_that_needs_to_know_which_waits_for_it_and_says_what_fails(page):
    _, scorer = open_scores(page, "hf")
    if scorer.get_by_text("pip install").count():
        pytest.skip("needs transformers")
    assert scorer.get_by_role("button", name="Run", exact=True).is_disabled()
    scorer.get_by_role("textbox").fill("/nowhere/model")
    scorer.get_by_role("button", name="Run", exact=True).click()
    page.get_by_test_id("scores").get_by_role("alert").wait_for(timeout=60_000)


def test_the_command_palette_opens_the_scores(page):
    page.keyboard.press("Control+k")
    page.keyboard.type("scores")
    page.keyboard.press("Enter")
    page.get_by_test_id("scores").wait_for()


def test_in_the_reader_a_score_says_whose_it_is_and_personal_data_is_marked_with_its_kind(open_page, serve, made):
    pytest.importorskip("phonenumbers")
    m = portolan.open_map(made)
    m.score("pii", progress=False)
    page = open_page(serve(made) + "#row=7")
    page.get_by_test_id("reader").wait_for()
    mark = page.get_by_test_id("reader").locator("mark.found")
    mark.wait_for()
    assert (mark.inner_text(), mark.get_attribute("title")) == ("ada@example.org", "email")
    scores = page.get_by_test_id("row-scores")
    assert "email" in scores.inner_text()
    scores.get_by_role("button", name="by pii").click()
    page.get_by_test_id("scores").get_by_role("heading", name="pii").wait_for()
    assert serious_findings(page) == []


def test_a_running_scorer_is_shown_with_its_progress_and_can_be_stopped(page, monkeypatch):
    import threading

    from portolan.scorers.refusal import RefusalScorer

    let_go = threading.Event()
    score = RefusalScorer.score

    def waits(self, texts):
        let_go.wait(60)
        return score(self, texts)

    monkeypatch.setattr(RefusalScorer, "score", waits)
    _, scorer = open_scores(page, "refusal")
    scorer.get_by_role("button", name="Run", exact=True).click()
    scorer.get_by_role("progressbar", name="Scoring with refusal").wait_for()
    scorer.get_by_role("button", name="Stop").click()
    let_go.set()
    scorer.get_by_role("button", name="Run", exact=True).wait_for()
    assert scorer.get_by_text("scored", exact=True).count() == 0
    wait_until(page, "!document.querySelector('[data-testid=job]')")


def test_in_the_reader_harm_is_shown_turn_by_turn_where_the_map_was_scored_by_it(open_page, serve, map_of):
    m = map_of(pair_rows(60), "Pairs")
    m.score("harm:fast", progress=False)
    page = open_page(serve(m.path) + "#row=3")
    chart = page.get_by_test_id("trajectory")
    chart.wait_for()
    turns = m.score_page.of_row(3)["trajectory"]
    assert chart.locator("circle").count() == len(turns)
    assert chart.locator("circle title").last.text_content().endswith(f"{turns[-1]['harm']:.2f}")
    assert sorted(label.text_content() for label in chart.locator(".end").all()) == ["chosen", "rejected"]
    assert serious_findings(page) == []
