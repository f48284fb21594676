"""The audit on the page: run, a finding told, its rows shown, what is said of them, judging, an experiment."""

import pyarrow.compute as pc
import pytest

import portolan
from conftest import serious_findings, settle
from small_data import pair_rows

IDENTICAL = [3, 44, 45]


def rows_with_defects():
    rows = pair_rows(160)
    for number, row in enumerate(rows):
        row["subset"] = "early" if number < 40 else "late"
        for side in ("chosen", "rejected"):
            row[side] = row[side].replace("Human: ", f"Human: Number {number}. ", 1)
    for number in IDENTICAL:
        rows[number]["rejected"] = rows[number]["chosen"]
    return rows


@pytest.fixture(scope="module")
def plain(map_of):
    return map_of(rows_with_defects(), "Pairs").path


@pytest.fixture(scope="module")
def found(map_of):
    """A map that was audited before."""
    made = map_of(rows_with_defects(), "Audited")
    made.findings.run(progress=False)
    made.fit_preference(progress=False)
    return made.path


@pytest.fixture
def written(made):
    """The audited map, opened to write to."""
    return portolan.open_map(made)


def open_audit(open_page, url, **options):
    page = open_page(url, **options)
    page.get_by_role("tab", name="Audit").click()
    return page


@pytest.fixture
def page(open_page, serve, made):
    return open_audit(open_page, serve(made))


def open_finding(page, name="identical"):
    page.locator(f"[data-finding={name}]").click()
    finding = page.get_by_test_id("finding-page")
    finding.get_by_role("heading", name="By subset").wait_for()
    return finding


def test_pairs_that_nobody_audited_are_audited_from_the_page(open_page, serve, plain):
    page = open_audit(open_page, serve(plain))
    page.get_by_role("button", name="Audit these pairs").click()
    page.locator("[data-finding=identical]").wait_for(timeout=120_000)
    assert page.locator("[data-finding=identical] .n").inner_text() == "3"
    page.get_by_role("tab", name="Filters").click()
    page.get_by_role("button", name="findings", exact=True).wait_for()


def test_a_finding_shows_its_rows_and_where_they_come_from(page):
    finding = open_finding(page)
    settle(page)
    assert "3 of 160" in page.locator(".status.panel").inner_text()
    finding.get_by_role("button", name="late").click()
    page.locator(".status.panel").get_by_text("2", exact=True).wait_for()
    assert serious_findings(page) == []


def test_a_part_is_said_to_be_intended_with_a_reason_and_that_is_undone(page):
    finding = open_finding(page)
    finding.get_by_role("listitem").filter(has_text="late").get_by_role("button", name="Intended here").click()
    finding.get_by_role("textbox", name="Why").fill("both were written so")
    page.keyboard.press("Enter")
    finding.get_by_text("both were written so").wait_for()
    page.locator("[data-finding=identical]").get_by_text("1 open, 2 intended").wait_for()
    finding.get_by_role("list", name="What is said of them").get_by_role("button", name="Undo").click()
    finding.get_by_text("both were written so").wait_for(state="detached")


def test_rows_to_be_dropped_become_rules_of_the_recipe(page):
    finding = open_finding(page)
    finding.get_by_role("button", name="To drop", exact=True).click()
    finding.get_by_role("button", name="Say so").click()
    finding.get_by_role("button", name="Put rules that drop them").click()
    page.get_by_test_id("clean").get_by_text("The two replies are the same").wait_for()
    assert page.get_by_role("tab", name="Clean").get_attribute("aria-selected") == "true"


def test_a_sample_is_judged_row_after_row_and_the_finding_tells_how_right_it_is(page):
    finding = open_finding(page)
    finding.get_by_role("button", name="Judge a sample").click()
    flow = page.get_by_test_id("label-flow")
    flow.wait_for()
    for _ in range(6):
        page.keyboard.press("1")
        page.wait_for_timeout(120)
    page.keyboard.press("Escape")
    finding.get_by_text("Right: 100").wait_for(timeout=20_000)


def test_judging_shows_nothing_but_the_text_the_question_and_the_answers(open_page, serve, written):
    made = written
    made.define_labels("tone", ["rude", "kind"])
    made.label("tone", "rude", rows=IDENTICAL)
    made.label("tone", "rude", rows=IDENTICAL[0], side="chosen", span=(0, 4))
    made.decide("drop", rows=IDENTICAL)
    page = open_audit(open_page, serve(made.path))
    open_finding(page).get_by_role("button", name="Judge a sample").click()
    flow = page.get_by_test_id("label-flow")
    flow.get_by_text("“The two replies are the same”: is it so?").wait_for()
    rows = set()
    for _ in range(6):
        shown = [one.inner_text().split()[0] for one in flow.get_by_role("button").all()]
        assert shown == ["Leave", "right", "wrong", "unsure", "Note", "Undo", "Back", "Skip"]
        assert [flow.locator(one).count() for one in ("[role=radio]", "select", ".tag")] == [0, 0, 0]
        rows.add(flow.get_by_role("region", name="Text, row").get_attribute("aria-label"))
        page.keyboard.press("d")
        page.keyboard.press("x")
        page.keyboard.press("ArrowRight")
    assert len(rows) == 6, "neither key decides or goes on"
    assert made.decisions.num_rows == len(IDENTICAL)
    page.keyboard.press("Escape")


def test_what_somebody_else_judged_is_judged_again_and_the_reader_offers_no_judgements(open_page, serve, written):
    made = written
    made.define_labels("tone", ["rude", "kind"])
    finding = made.findings["identical"]
    sample = finding.sample(60)
    for row in sample:
        finding.judge(int(row), True, author="somebody")
    page = open_audit(open_page, serve(made.path))
    shown = open_finding(page)
    shown.get_by_role("button", name="Judge a sample").click()
    flow = page.get_by_test_id("label-flow")
    for number, row in enumerate(sample, start=1):
        flow.get_by_text(f"{number} of {len(sample)}", exact=True).wait_for()
        flow.get_by_role("region", name=f"Text, row {row}").get_by_role("region", name="Chosen reply").wait_for()
        page.keyboard.press("1")
    page.get_by_role("button", name="Back to the finding").click()
    settle(page)
    for _ in range(100):
        labels = made.labels
        own = labels.filter(pc.not_equal(labels["author"], "somebody"))
        if own.num_rows == len(sample):
            break
        page.wait_for_timeout(100)
    assert sorted(own["row_id"].to_pylist()) == sorted(sample.tolist())
    shown.get_by_role("button", name="Judge a sample").click()
    shown.get_by_text("You have judged every row of this sample.").wait_for()
    shown.get_by_role("button", name="Read the surest first").click()
    page.get_by_role("grid").get_by_role("row").nth(1).click()
    bar = page.get_by_test_id("reader").get_by_test_id("label-bar")
    bar.get_by_role("button", name="rude").wait_for()
    assert "right" not in bar.inner_text()


def test_texts_that_are_judged_blind_are_blurred_alike(open_page, serve, map_of):
    rows = [{**row, "harm": 0.9 if number in IDENTICAL else 0.1} for number, row in enumerate(rows_with_defects())]
    made = map_of(rows, "Flagged")
    made.findings.run(progress=False)
    page = open_audit(open_page, serve(made.path))
    open_finding(page).get_by_role("button", name="Judge a sample").click()
    flow = page.get_by_test_id("label-flow")
    for _ in range(6):
        flow.get_by_text("Blurred, as every text here is").wait_for()
        assert "harm" not in flow.inner_text()
        page.keyboard.press("ArrowRight")


def test_the_owner_answers_in_the_thread(page):
    finding = open_finding(page)
    finding.get_by_role("textbox", name="Answer").fill("We know of these.")
    finding.get_by_role("button", name="Add").click()
    finding.get_by_text("We know of these.").wait_for()


def test_an_experiment_says_what_it_found_and_what_it_could_have_found(page):
    open_finding(page).get_by_role("button", name="What does dropping them do?").click()
    dialog = page.get_by_test_id("effect")
    dialog.get_by_role("button", name="Measure").click()
    dialog.get_by_role("alert").wait_for()
    dialog.get_by_role("textbox").fill("subset = 'early'")
    dialog.get_by_role("button", name="Measure").click()
    dialog.get_by_test_id("verdict").wait_for(timeout=120_000)
    assert dialog.get_by_role("table", name="accuracy").is_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_test_id("audit").get_by_text("drop subset = 'early'").wait_for()


def test_the_map_is_coloured_by_what_each_pair_does_for_the_model(page):
    audit = page.get_by_test_id("audit")
    audit.get_by_role("button", name="Measure what each pair does").click()
    audit.get_by_role("button", name="Colour by it").click(timeout=60_000)
    assert page.get_by_label("Colour by").locator("option:checked").inner_text() == "influence"


def test_escape_closes_the_finding_and_the_model_tells_how_good_it_is(page):
    open_finding(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("finding-page").wait_for(state="detached")
    accuracies = page.get_by_role("list", name="Accuracy on pairs it had not seen")
    assert "length alone" in accuracies.inner_text()


def test_the_audit_on_a_narrow_screen(open_page, serve, found):
    page = open_audit(open_page, serve(found), width=390, height=844)
    page.locator("[data-finding=identical]").click()
    page.get_by_role("tab", name="Finding", exact=True).wait_for()
    page.get_by_test_id("finding-page").get_by_text("The two replies are the same").wait_for()
    assert serious_findings(page) == []


def test_rankings_are_audited_by_their_best_and_worst_reply(open_page, serve, map_of):
    pairs = pair_rows(80)
    rows = [
        {
            "prompt": f"Question {number}?",
            "responses": [row[side].split("Assistant: ")[1] for side in ("rejected", "chosen")] + ["In between."],
            "scores": [1, 3, 2],
            "subset": "early" if number < 40 else "late",
        }
        for number, row in enumerate(pairs)
    ]
    rows[5]["responses"][0] = rows[5]["responses"][1]
    made = map_of(rows, "Rankings")
    assert made.roles.kind == "ranking"
    page = open_audit(open_page, serve(made.path))
    page.get_by_role("button", name="Audit these rankings").click()
    page.locator("[data-finding=identical]").wait_for(timeout=120_000)
    page.get_by_text("the best reply stands as the chosen one").wait_for()
    assert "1 of 80 rankings" in open_finding(page).inner_text()


def test_texts_that_the_audit_calls_harmful_are_blurred(open_page, serve, map_of):
    rows = rows_with_defects()
    rows[7]["chosen"] = (
        rows[7]["chosen"].split("Assistant: ")[0] + "Assistant: I will kill you and burn your house, you idiot."
    )
    made = map_of(rows, "Harmful")
    made.findings.run(progress=False)
    harm = made.measured("harm").to_pylist()
    assert harm[7] > 0.5 > harm[8]
    url = serve(made.path)
    veil = open_page(url + "#row=7").get_by_test_id("reader").get_by_test_id("veiled").first
    assert f"harm {harm[7]:.3g} is above 0.5" in veil.inner_text().replace("\n", " ")
    reader = open_page(url + "#row=8").get_by_test_id("reader")
    reader.get_by_role("heading", name="Chosen").wait_for()
    assert reader.get_by_test_id("veiled").count() == 0


def test_what_one_writes_stays_while_the_finding_is_told_anew(page):
    finding = open_finding(page)
    finding.get_by_role("button", name="To drop", exact=True).click()
    finding.get_by_role("textbox", name="Why").fill("half a reason")
    finding.get_by_role("textbox", name="Answer").fill("first")
    finding.get_by_role("button", name="Add").click()
    finding.get_by_role("list", name="Thread").get_by_text("first").wait_for()
    assert finding.get_by_role("textbox", name="Why").input_value() == "half a reason"


def test_an_error_of_an_experiment_does_not_stay_on_the_finding(page):
    finding = open_finding(page)
    finding.get_by_role("button", name="What does dropping them do?").click()
    dialog = page.get_by_test_id("effect")
    dialog.get_by_role("textbox").fill("nosuch = 1")
    dialog.get_by_role("button", name="Measure").click()
    dialog.get_by_role("alert").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert finding.get_by_role("alert").count() == 0


def test_those_that_do_most_harm_are_shown_and_listed_first(page):
    audit = page.get_by_test_id("audit")
    audit.get_by_role("button", name="Measure what each pair does").click()
    audit.get_by_role("button", name="Read the 8 that do most harm").click(timeout=60_000)
    page.locator(".status.panel").get_by_text("8", exact=True).wait_for()
    page.get_by_role("grid").get_by_role("row").nth(8).wait_for()
    assert page.get_by_label("Colour by").locator("option:checked").inner_text() == "influence"


def test_a_finding_that_does_not_come_keeps_its_title_and_is_asked_for_again(open_page, page):
    open_page.provokes("Failed to load resource")
    page.route("**/api/findings/identical", lambda route: route.abort())
    page.locator("[data-finding=identical]").click()
    finding = page.get_by_test_id("finding-page")
    finding.get_by_text("does not answer").wait_for()
    assert finding.get_by_role("heading", name="The two replies are the same").is_visible()
    page.unroute("**/api/findings/identical")
    finding.get_by_role("button", name="Try again").click()
    finding.get_by_role("heading", name="By subset").wait_for()
    assert finding.get_by_role("alert").count() == 0
