"""A whole cleaning session on the bundled sample, on the page: find, rule, look, apply, export, load; then undo."""

import json

import pytest

import portolan
from conftest import settle, wait_until
from portolan.sample import sample_path


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(sample_path(), "Sample").path


def shown(page):
    settle(page)
    return page.evaluate("__portolan.shown().shown")


def clean_tab(page):
    page.get_by_role("tab", name="Clean").click()
    return page.get_by_test_id("clean")


def add_filter(page, where):
    page.get_by_role("tab", name="Filters").click()
    page.get_by_role("button", name="Expression", exact=True).click()
    page.get_by_role("combobox", name="Filter expression").fill(where)
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Filter expression").wait_for(state="detached")
    return shown(page)


def decided(tab):
    return tab.get_by_role("list", name="Decided so far").get_by_role("button").all_inner_texts()


def look(page, tab):
    tab.get_by_role("button", name="See what it does…").click()
    diff = page.get_by_test_id("clean-diff")
    diff.wait_for()
    return diff


def test_from_finding_rows_to_a_dataset_that_loads_and_all_of_it_undone(open_page, serve, made, monkeypatch):
    datasets = pytest.importorskip("datasets")
    pandas = pytest.importorskip("pandas")
    monkeypatch.setenv("PORTOLAN_AUTHOR", "ada")
    page = open_page(serve(made))
    n_rows = page.evaluate("__portolan.shown().total")

    # Find.
    n_short = add_filter(page, "length(chosen) < 200")
    assert 0 < n_short < n_rows

    # A rule of what is shown.
    tab = clean_tab(page)
    tab.get_by_role("button", name=f"Drop the {n_short:,} pairs shown…").click()
    tab.get_by_label("Why").fill("too short to say anything")
    tab.get_by_role("button", name="Add", exact=True).click()
    # Another, written: replies that give up are flipped.
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("text('\"I don''t know\"')")
    tab.get_by_label("What becomes of them").select_option("flip")
    tab.get_by_role("status").filter(has_text="of the whole map").wait_for()
    tab.get_by_role("button", name="Add", exact=True).click()

    # Look what it would do: nothing is done by that.
    diff = look(page, tab)
    left = int(diff.locator(".sum b").inner_text().replace(",", ""))
    assert left == n_rows - n_short
    assert diff.get_by_role("columnheader", name="subset").count() == 1
    assert portolan.open_map(made).decisions.num_rows == 0

    # Apply.
    diff.get_by_role("button", name="Apply").click()
    diff.wait_for(state="detached")
    tab.get_by_text("Applied.", exact=True).wait_for()
    told = decided(tab)
    assert told[0] == f"dropped {n_short:,}"
    assert told[1].startswith("flipped ")
    n_flipped = int(told[1].removeprefix("flipped ").replace(",", ""))
    assert n_flipped > 0

    # What is decided is a filter at once.
    tab.get_by_role("button", name=f"flipped {n_flipped}").click()
    wait_until(page, f"__portolan.shown().shown === {n_flipped}")

    # Export, with all that tells of it.
    tab.get_by_role("button", name="Export…").click()
    export = page.get_by_test_id("clean-export")
    export.get_by_role("button", name="Export", exact=True).click()
    export.get_by_text("written in").wait_for(timeout=60_000)
    out = made.with_name("sample-clean.jsonl")
    assert export.get_by_role("listitem").count() == 6, "the sample's provenance card goes with it"
    assert (out.parent / (out.name + ".provenance.yaml")).exists()
    export.get_by_role("button", name="Close").click()

    # Load.
    rows = datasets.load_dataset("json", data_files=str(out), split="train")
    assert len(rows) == left
    assert min(map(len, rows["chosen"])) < 200 <= sorted(map(len, rows["chosen"]))[n_flipped]
    assert len(pandas.read_json(out, lines=True)) == left
    removed = pandas.read_parquet(str(out) + ".removed.parquet")
    assert set(removed["removed_reason"]) == {"too short to say anything"}
    assert set(removed["removed_by"]) == {"ada"}

    # Restore, and undo that.
    tab.get_by_role("button", name="Restore…").click()
    page.get_by_test_id("clean-restore").get_by_role("button", name="Take all back").click()
    tab.get_by_text("Nothing is decided yet.").wait_for()
    assert portolan.open_map(made).decisions.num_rows == 0
    tab.get_by_role("button", name="Undo", exact=True).click()
    tab.get_by_role("list", name="Decided so far").wait_for()
    assert decided(tab) == told

    # The same as a download, in another format.
    tab.get_by_role("button", name="Export…").click()
    export.get_by_label("A download in this browser").check()
    export.get_by_label("Parquet").check()
    with page.expect_download() as download:
        export.get_by_role("button", name="Download", exact=True).click()
    assert len(pandas.read_parquet(download.value.path())) == left
    # The first is the card that the sample came with.
    events = [json.dumps(event.payload) for event in portolan.open_map(made).history if "card" not in event.payload]
    assert len(events) == 6


def label_rows(page, where, value):
    """All rows of an expression get a label, by one press; then every row is shown again."""
    n = add_filter(page, where)
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("button", name=f"Label {n:,} filtered pairs: {value}").click()
    page.get_by_test_id("notice").get_by_text("Labelled").wait_for()
    page.get_by_role("button", name="Show all").click()
    return n


def test_what_a_few_labels_teach_becomes_a_rule_and_is_taken_back(open_page, serve, made):
    datasets = pytest.importorskip("datasets")
    page = open_page(serve(made))
    n_rows = page.evaluate("__portolan.shown().total")

    # Label.
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("button", name="New set").click()
    page.get_by_label("Name of the set").fill("subject")
    for place, value in enumerate(("cooking", "other"), 1):
        page.get_by_label(f"Label {place}", exact=True).fill(value)
    page.get_by_role("button", name="Make the set").click()
    page.get_by_role("region", name="Set subject").wait_for()
    n_labels = label_rows(page, "text('recipe') AND row_id % 5 = 0", "cooking")
    n_labels += label_rows(page, "NOT text('recipe OR cook OR food OR eat') AND row_id % 100 = 1", "other")

    # Teach.
    teach = page.get_by_role("region", name="Teach")
    teach.get_by_label("The label to learn").select_option(label="cooking")
    teach.get_by_role("button", name="Learn from these labels").click()
    teach.get_by_test_id("figures").get_by_text(f"from {n_labels} labels").wait_for()

    # A rule on what was learnt, dry run, apply.
    tab = clean_tab(page)
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("concept_cooking >= 0.8")
    tab.get_by_label("Why").fill("another set has the recipes")
    tab.get_by_role("status").filter(has_text="of the whole map").wait_for()
    tab.get_by_role("button", name="Add", exact=True).click()
    diff = look(page, tab)
    n_left = int(diff.locator(".sum b").inner_text().replace(",", ""))
    assert 0 < n_left < n_rows
    diff.get_by_role("button", name="Apply").click()
    tab.get_by_text("Applied.", exact=True).wait_for()

    # The cleaned data, loaded; then all of it back.
    tab.get_by_role("button", name="Export…").click()
    export = page.get_by_test_id("clean-export")
    export.get_by_role("button", name="Export", exact=True).click()
    export.get_by_text("written in").wait_for(timeout=60_000)
    assert len(datasets.load_dataset("json", data_files=f"{made.parent}/sample-clean.jsonl", split="train")) == n_left
    export.get_by_role("button", name="Close").click()
    tab.get_by_role("button", name="Restore…").click()
    page.get_by_test_id("clean-restore").get_by_role("button", name="Take all back").click()
    tab.get_by_text("Nothing is decided yet.").wait_for()
    assert portolan.open_map(made).decisions.num_rows == 0
