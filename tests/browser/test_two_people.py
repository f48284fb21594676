"""Two people on one map, each on a page of their own: what one does, the other sees, and each may do what is theirs."""

import pytest

import portolan
from conftest import READY_MS, serious_findings, wait_until
from portolan.team import Team
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(topic_rows(900), "Topics").path


@pytest.fixture
def path(made, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTOLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORTOLAN_AUTHOR", "lea")
    return made


@pytest.fixture
def visit(open_page, serve, path):
    """Open the map as somebody with a token in that role; without one as whoever runs the server."""
    address = serve(path)

    def visit(role=None, name=None, link="", **window):
        token = "secret" if role is None else Team(path).add(name, role)
        page = open_page(address.replace("secret", token) + link, **window)
        page.locator("button.who").wait_for(state="attached", timeout=READY_MS)
        return page

    return visit


def post(page, path, body):
    """Ask the server as this page does."""
    return page.evaluate(
        """async ([path, body]) => {
            const headers = { "content-type": "application/json" };
            const answer = await fetch(`api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
            return answer.status;
        }""",
        [path, body],
    )


def news(page):
    return page.get_by_test_id("news")


def colors(page):
    return page.get_by_test_id("legend").locator("select option").all_inner_texts()


def test_what_one_labels_the_other_sees_without_a_reload_with_who_did_it(visit):
    lea, grace = visit(), visit("labeller", "grace")
    wait_until(lea, "__portolan.isSettled()")
    assert not any("tone" in name for name in colors(lea))
    # The page has asked once where things stand: from then on it tells what is new.
    lea.wait_for_timeout(2500)
    assert post(grace, "labels", {"set": "tone", "value": "rude", "where": "row_id < 12"}) == 200
    news(lea).get_by_text("grace labelled 12 rows “rude” (tone)").wait_for(timeout=READY_MS)
    legend = lea.get_by_test_id("legend").locator("select option", has_text="tone")
    legend.first.wait_for(state="attached", timeout=READY_MS)
    assert news(grace).inner_text() == ""


def test_counts_follow_what_the_other_labels(visit):
    lea, grace = visit(), visit("labeller", "grace")
    post(grace, "labels", {"set": "tone", "value": "rude", "rows": [1, 2]})
    lea.get_by_role("tab", name="Filters").click()
    value = lea.locator("[data-testid=facet-label_tone], section", has_text="tone").get_by_text("rude").first
    value.wait_for(timeout=READY_MS)
    post(grace, "labels", {"set": "tone", "value": "rude", "rows": [3, 4, 5]})
    lea.locator("button, li", has_text="rude").filter(has_text="5").first.wait_for(timeout=READY_MS)


def test_the_page_says_who_one_is_and_a_local_owner_takes_another_name(visit, monkeypatch):
    page = visit()
    page.get_by_role("button", name="You: lea, owner").click()
    sheet = page.get_by_role("dialog")
    assert sheet.get_by_text("portolan token").is_visible()
    assert serious_findings(page) == []
    monkeypatch.delenv("PORTOLAN_AUTHOR")
    sheet.get_by_label("Go by another name").fill("Ada L.")
    sheet.get_by_role("button", name="Change").click()
    sheet.get_by_text("Kept.").wait_for(timeout=READY_MS)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="You: Ada L., owner").wait_for(timeout=READY_MS)


def test_who_comes_with_a_token_has_its_name_and_no_other(visit):
    page = visit("labeller", "grace")
    page.get_by_role("button", name="You: grace, labeller").click()
    sheet = page.get_by_role("dialog")
    assert sheet.get_by_text("undo what you did").is_visible()
    assert sheet.get_by_role("textbox").count() == 0


def test_what_a_viewer_may_not_is_there_and_locked_with_the_reason(visit):
    page = visit("viewer", "vic")
    line = page.locator("[role=treeitem]").first
    line.click()
    line.click()
    about = page.get_by_test_id("cluster-page")
    about.get_by_text("You are here as viewer").wait_for(timeout=READY_MS)
    assert about.get_by_role("button", name="Rename").is_disabled()
    assert about.get_by_role("heading", name="What sets it apart").is_visible()
    page.get_by_role("button", name="Saved views").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("You are here as viewer").wait_for(timeout=READY_MS)
    assert sheet.get_by_label("Name of this view").is_disabled()
    assert serious_findings(page) == []


def test_a_viewer_cannot_begin_to_label_and_is_told_why(visit, path):
    portolan.open_map(path).define_labels("tone", ["calm", "rude"])
    page = visit("viewer", "vic")
    page.get_by_role("tab", name="Labels").click()
    labels = page.get_by_test_id("labels")
    labels.get_by_text("You are here as viewer: to label takes a labeller").wait_for(timeout=READY_MS)
    locked = ["Start labelling", "New set", "Edit the set tone", "Label all 900 texts: calm", "Drop…"]
    assert all(labels.get_by_role("button", name=name).is_disabled() for name in locked)
    assert "viewer" in labels.get_by_role("button", name="Start labelling").get_attribute("title")
    page.keyboard.press("Shift+L")
    assert page.get_by_test_id("label-start").count() == 0
    assert serious_findings(page) == []


def test_a_labeller_labels_and_finds_the_sets_locked(visit, path):
    portolan.open_map(path).define_labels("tone", ["calm", "rude"])
    page = visit("labeller", "grace")
    page.get_by_role("tab", name="Labels").click()
    labels = page.get_by_test_id("labels")
    labels.get_by_text("to make or change sets of labels takes an owner").wait_for(timeout=READY_MS)
    assert labels.get_by_role("button", name="Edit the set tone").is_disabled()
    labels.get_by_role("button", name="Start labelling").click()
    page.get_by_test_id("label-start").wait_for(timeout=READY_MS)


def test_what_only_owners_do_to_the_dataset_is_grey_for_a_labeller_with_the_reason(visit, path):
    portolan.open_map(path).decide("drop", rows=[3], author="lea")
    page = visit("labeller", "grace")
    page.get_by_role("tab", name="Clean").click()
    clean = page.get_by_test_id("clean")
    clean.get_by_text("You are here as labeller: to try out, apply, export or restore takes an owner").wait_for()
    for name in ("See what it does…", "Export…", "Restore…"):
        button = clean.get_by_role("button", name=name)
        assert (button.is_disabled(), "labeller" in button.get_attribute("title")) == (True, True)
    clean.get_by_role("button", name="Scores…").click()
    scores = page.get_by_test_id("scores")
    scores.get_by_text("to run a scorer takes an owner").wait_for(timeout=READY_MS)
    scores.get_by_role("button", name="length").click()
    assert scores.get_by_role("button", name="Run", exact=True).is_disabled()
    assert serious_findings(page) == []


def test_a_view_that_somebody_else_saved_is_theirs_to_change(visit):
    lea, grace = visit(), visit("labeller", "grace")
    assert post(lea, "views", {"name": "Suns", "link": "#", "where": ""}) == 200
    assert post(grace, "views", {"name": "Moons", "link": "#", "where": ""}) == 200
    grace.get_by_role("button", name="Saved views").click()
    sheet = grace.get_by_role("dialog")
    sheet.get_by_role("button", name="Delete Suns").wait_for(timeout=READY_MS)
    assert sheet.get_by_role("button", name="Delete Suns").is_disabled()
    assert "It is lea" in sheet.get_by_role("button", name="Rename Suns").get_attribute("title")
    assert sheet.get_by_role("button", name="Delete Moons").is_enabled()


def test_on_a_narrow_screen_who_one_is_stands_in_the_menu(visit):
    page = visit("labeller", "grace", width=390, height=844)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="You: grace, labeller").last.click()
    assert page.get_by_role("dialog").get_by_text("labeller").first.is_visible()


def test_what_one_other_person_labelled_is_labelled_too_without_seeing_what_they_said(visit, path):
    m = portolan.open_map(path)
    m.define_labels("tone", ["calm", "rude"])
    m.label("tone", "calm", rows=[4, 9], author="ada")
    page = visit()
    page.get_by_role("tab", name="Labels").click()
    second = page.get_by_test_id("second-labels")
    second.get_by_text("2 texts have a label of one other person and none of yours").wait_for(timeout=READY_MS)
    assert serious_findings(page) == []
    second.get_by_role("button", name="Label them too").click()
    flow = page.get_by_test_id("label-flow")
    flow.locator(".reading").wait_for(timeout=READY_MS)
    assert flow.locator(".value[aria-pressed=true]").count() == 0
    page.keyboard.press("2")
    flow.get_by_text("2 of 2").wait_for()
    page.keyboard.press("2")
    flow.get_by_text("All of this queue is done").wait_for()
    page.keyboard.press("Escape")
    second.wait_for(state="detached", timeout=READY_MS)
    said = {(one["row_id"], one["author"], one["value"]) for one in portolan.open_map(path).labels.to_pylist()}
    assert said >= {(4, "lea", "rude"), (9, "lea", "rude"), (4, "ada", "calm"), (9, "ada", "calm")}


def test_second_labels_can_be_those_of_the_filter(visit, path):
    m = portolan.open_map(path)
    m.define_labels("tone", ["calm", "rude"])
    m.label("tone", "calm", rows=[4, 9], author="ada")
    page = visit(link="#f=row_id%20%3C%206")
    page.keyboard.press("Shift+L")
    start = page.get_by_test_id("label-start")
    start.get_by_label("Order").locator("option", has_text="second labels").wait_for(state="attached", timeout=READY_MS)
    start.get_by_label("Order").select_option("second")
    start.get_by_role("button", name="Start", exact=True).click()
    page.get_by_test_id("label-progress").get_by_text("1 of 1").wait_for(timeout=READY_MS)


def test_a_contradiction_is_shown_with_who_and_why_and_an_owner_settles_it(visit, path):
    m = portolan.open_map(path)
    m.define_labels("tone", ["calm", "rude"])
    for row in (4, 9):
        m.label("tone", "calm", rows=[row], author="ada", reason="polite words")
        m.label("tone", "rude", rows=[row], author="grace", reason="sarcasm")
    page = visit()
    page.get_by_role("tab", name="Labels").click()
    conflicts = page.get_by_test_id("conflicts")
    conflicts.get_by_text("1 of 2").wait_for(timeout=READY_MS)
    assert conflicts.get_by_text("sarcasm").is_visible()
    assert serious_findings(page) == []
    conflicts.get_by_label("Why it is settled so").fill("a quote")
    conflicts.get_by_role("group", name="Settle it as").get_by_role("button", name="calm").click()
    conflicts.get_by_text("1 of 1").wait_for(timeout=READY_MS)
    page.get_by_test_id("reader").wait_for(timeout=READY_MS)
    m = portolan.open_map(path)
    assert m.filter("label_tone = 'calm'").tolist() == [4]
    assert m.history(4)[-1].reason == "a quote"


def test_decisions_that_contradict_each_other_are_shown_with_who_and_why_and_settled_one_or_all_at_once(visit, path):
    m = portolan.open_map(path)
    m.decide("drop", where="row_id < 12", author="ada", reason="too short")
    m.decide("keep", where="row_id BETWEEN 4 AND 30", author="grace", reason="short, and right")
    page = visit()
    page.get_by_role("tab", name="Clean").click()
    clean = page.get_by_test_id("clean")
    clean.get_by_text("People contradict each other on 8 texts").wait_for(timeout=READY_MS)
    clean.get_by_role("button", name="Who, and why…").click()
    differ = page.get_by_test_id("decision-conflicts")
    differ.get_by_text("grace · counts so far").wait_for(timeout=READY_MS)
    assert differ.get_by_text("too short").is_visible()
    assert serious_findings(page) == []
    differ.get_by_role("button", name="Read another").click()
    said = page.get_by_test_id("reader").locator(".row-part", has_text="Labels and decision")
    said.get_by_text("They contradict each other").wait_for(timeout=READY_MS)
    assert said.locator("li").filter(has_text="too short").filter(has_text="ada").first.is_visible()
    differ.get_by_label("Why it is settled so").fill("read it")
    differ.get_by_role("button", name="Drop", exact=True).click()
    differ.get_by_text("So it is with 7 texts").wait_for(timeout=READY_MS)
    differ.get_by_label("Settle all 7 at once").check()
    differ.get_by_role("button", name="Keep", exact=True).click()
    differ.get_by_text("Nobody contradicts anybody").wait_for(timeout=READY_MS)
    differ.get_by_text("You settled to keep 7 rows.").wait_for(timeout=READY_MS)
    wait_until(page, "document.activeElement.textContent === 'Undo'")
    m = portolan.open_map(path)
    assert m.filter("decision = 'drop'").tolist() == [0, 1, 2, 3, 5]
    assert [(event.author, event.reason) for event in m.history(5)][-1] == ("lea", "read it")
    page.keyboard.press("Enter")
    differ.get_by_text("So it is with 7 texts").wait_for(timeout=READY_MS)
    assert differ.get_by_role("button", name="Undo").count() == 0
    wait_until(page, "document.activeElement.textContent.startsWith('text ')")


def test_on_a_narrow_screen_one_is_led_from_what_is_decided_to_who_contradicts_whom(visit, path):
    m = portolan.open_map(path)
    m.decide("drop", rows=[4], author="ada")
    m.decide("keep", rows=[4], author="grace")
    page = visit(width=390, height=844)
    page.get_by_role("tab", name="Clean").click()
    page.get_by_role("button", name="Who, and why…").click()
    page.get_by_test_id("decision-conflicts").get_by_text("grace · counts so far").wait_for(timeout=READY_MS)
    assert serious_findings(page) == []


def test_what_the_other_decides_otherwise_meanwhile_stands_on_the_open_page(visit):
    lea, grace = visit(), visit("labeller", "grace")
    assert post(lea, "decisions", {"decision": "drop", "rows": [4], "reason": "spam"}) == 200
    lea.get_by_role("tab", name="Labels").click()
    lea.get_by_role("button", name="Start labelling").wait_for(timeout=READY_MS)
    assert post(grace, "decisions", {"decision": "keep", "rows": [4], "reason": "a joke"}) == 200
    differ = lea.get_by_test_id("decision-conflicts")
    differ.get_by_text("a joke").wait_for(timeout=READY_MS)
    grace.get_by_role("tab", name="Labels").click()
    theirs = grace.get_by_test_id("decision-conflicts")
    theirs.get_by_text("You are here as labeller: to settle it").wait_for(timeout=READY_MS)
    assert theirs.get_by_role("button", name="Drop").count() == 0
    differ.get_by_role("button", name="Drop", exact=True).click()
    theirs.get_by_text("Nobody contradicts anybody").wait_for(timeout=READY_MS)


def test_a_labeller_sees_contradictions_and_why_they_may_not_settle_them(visit, path):
    m = portolan.open_map(path)
    m.label("tone", "calm", rows=[4], author="ada")
    m.label("tone", "rude", rows=[4], author="bob")
    page = visit("labeller", "grace")
    page.get_by_role("tab", name="Labels").click()
    conflicts = page.get_by_test_id("conflicts")
    conflicts.get_by_text("You are here as labeller").wait_for(timeout=READY_MS)
    assert conflicts.get_by_role("button", name="calm").count() == 0


def test_a_view_that_one_saves_stands_in_the_others_open_list(visit):
    lea, grace = visit(), visit("owner", "grace")
    lea.keyboard.press("Control+k")
    lea.get_by_role("combobox", name="Find a command").fill("saved views")
    lea.keyboard.press("Enter")
    views = lea.get_by_role("dialog", name="Saved views")
    views.wait_for()
    assert post(grace, "views", {"name": "The rude ones", "link": "#q=rude", "where": ""}) == 200
    views.get_by_text("The rude ones").first.wait_for(timeout=READY_MS)
