"""Teaching on the page: a label is chosen, learnt, judged, shown on the map, given to the rows above a cut."""

import json

import pytest

import portolan
from conftest import serious_findings, wait_until
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(map_of):
    made = map_of(topic_rows(400), "Topics")
    made.define_labels("kind", ["food", "other"])
    made.label("kind", "food", rows=list(range(0, 48, 4)))
    made.label("kind", "other", rows=[row for row in range(16) if row % 4])
    return made.path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(link="", **window):
        page = open_page(address + link, **window)
        page.get_by_role("tab", name="Labels").click()
        teach(page).wait_for()
        return page

    return visit


def teach(page):
    return page.get_by_role("region", name="Teach")


def learn(page, value="food"):
    teach(page).get_by_label("The label to learn").select_option(label=value)
    teach(page).get_by_role("button", name="Learn from these labels").click()
    teach(page).get_by_test_id("figures").wait_for()


def test_a_label_is_learnt_and_its_figures_are_told_with_intervals(visit, made):
    page = visit()
    teach(page).get_by_label("The label to learn").select_option(label="food")
    assert "12 texts labelled “food”, 12 labelled otherwise." in teach(page).get_by_test_id("lesson").inner_text()
    learn(page)
    assert teach(page).get_by_test_id("figures").inner_text().endswith("from 24 labels")
    assert "of 400 texts" in teach(page).get_by_test_id("above").inner_text()
    [concept] = portolan.open_map(made).concepts
    assert concept.name == "food"


def test_the_map_takes_its_colours_at_once(visit):
    page = visit()
    learn(page)
    page.get_by_label("Colour by").locator("option:checked", has_text="concept food").wait_for(state="attached")


def test_the_cut_says_how_many_rows_are_above_and_shows_them_alone(visit):
    page = visit()
    learn(page)
    teach(page).get_by_role("slider", name="Cut").fill("16")
    told = teach(page).get_by_test_id("above").inner_text()
    assert "at .80 or above" in told
    teach(page).get_by_role("button", name="Show texts above").click()
    # What was learnt from the last label may come meanwhile, and with it another number.
    said = "parseInt(document.querySelector('[data-testid=above]').innerText)"
    wait_until(page, f"Math.abs(__portolan.shown().shown - {said}) <= 1")
    assert 0 < page.evaluate("__portolan.shown().shown") < page.evaluate("__portolan.shown().total")


def test_rows_above_the_cut_are_labelled_by_one_event_and_what_was_learnt_follows(visit, made):
    page = visit()
    learn(page)
    teach(page).get_by_role("slider", name="Cut").fill("16")
    teach(page).get_by_role("button", name="above the cut as").click()
    page.get_by_test_id("notice").get_by_text("Labelled").wait_for()
    *_, event = portolan.open_map(made).history
    assert event.payload["where"] == "concept_food >= 0.8"
    n_labels = len(portolan.open_map(made).labels)
    teach(page).get_by_test_id("figures").get_by_text(f"from {n_labels} labels").wait_for()


def test_the_next_useful_rows_are_labelled_one_after_the_other(visit):
    page = visit()
    learn(page)
    teach(page).get_by_role("button", name="Label the next 10 useful texts").click()
    page.get_by_text("10 useful texts").first.wait_for()


def test_too_few_labels_say_how_many_more_are_wanted(visit, made):
    portolan.open_map(made).define_labels("tone", ["calm", "rude"])
    portolan.open_map(made).label("tone", "calm", rows=[1, 2])
    page = visit()
    teach(page).get_by_label("The label to learn").select_option(label="calm")
    teach(page).get_by_text("Label at least 5 of each: 3 more “calm”, 5 more that are not.").wait_for()
    assert teach(page).get_by_role("button", name="Learn from these labels").count() == 0


def test_a_concept_is_saved_as_a_file(visit):
    page = visit()
    learn(page)
    with page.expect_download() as saved:
        teach(page).get_by_role("button", name="Save as file").click()
    assert saved.value.suggested_filename == "food.concept.json"
    with open(saved.value.path(), encoding="utf-8") as file:  # noqa: PTH123 - a path of the browser's
        assert json.load(file)["kind"] == "portolan-concept"


@pytest.mark.parametrize("window", [{}, {"width": 390, "height": 844}], ids=["wide", "narrow"])
def test_nothing_serious_is_wrong_for_who_cannot_see_it(visit, window):
    page = visit(**window)
    learn(page)
    assert serious_findings(page) == []
