"""The Clean tab: rules written, moved, removed, told as text; what is wrong is said where it is."""

import re

import pytest
from playwright.sync_api import Route

import portolan
from conftest import intercept, serious_findings, settle, wait_until
from small_data import pair_rows


@pytest.fixture(scope="module")
def found(map_of):
    return map_of(pair_rows(240), "Pairs").path


@pytest.fixture
def visit(open_page, serve, made):
    address = serve(made)

    def visit(**window):
        page = open_page(address, **window)
        page.get_by_role("tab", name="Clean").click()
        return page, page.get_by_test_id("clean")

    return visit


def add_rule(tab, where, decision="drop", **fields):
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill(where)
    tab.get_by_label("What becomes of them").select_option(decision)
    for label, value in fields.items():
        tab.get_by_label(label).fill(value)
    tab.get_by_role("button", name="Add", exact=True).click()


def rules(tab):
    return [" ".join(line.split()) for line in tab.locator("li .line").all_inner_texts()]


def apply(page, tab):
    tab.get_by_role("button", name="See what it does…").click()
    page.get_by_test_id("clean-diff").get_by_role("button", name="Apply").click()
    tab.get_by_text("Applied.", exact=True).wait_for()


def test_a_rule_is_counted_as_it_is_written_and_stands_with_its_count(visit):
    _, tab = visit()
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("row_id < 12")
    tab.get_by_text("12 pairs of the whole map").wait_for()
    tab.get_by_label("Why").fill("the first")
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.get_by_role("button", name="Show the 12 pairs of rule 1").wait_for()
    assert rules(tab) == ["drop row_id < 12"]
    assert tab.get_by_text("the first").is_visible()
    assert tab.get_by_text("Not applied yet.").is_visible()


def test_what_is_wrong_with_a_rule_is_said_as_it_is_written_and_at_its_place(visit, open_page):
    open_page.provokes("400")
    _, tab = visit()
    add_rule(tab, "row_id < 12")
    add_rule(tab, "lenght > 3")
    problem = tab.get_by_role("alert")
    problem.wait_for()
    assert "no column 'lenght'" in problem.inner_text()
    assert tab.locator("li.wrong").count() == 1
    assert tab.get_by_role("button", name="See what it does…").is_disabled()
    tab.get_by_role("button", name="Edit rule 2").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("length(chosen) > 3")
    tab.get_by_role("button", name="Done").click()
    problem.wait_for(state="detached")


def test_rules_are_moved_by_the_arrow_keys_and_by_dragging(visit):
    page, tab = visit()
    for number in (1, 2, 3):
        add_rule(tab, f"row_id = {number}")
    tab.get_by_role("button", name="Move rule 3", exact=True).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert rules(tab) == ["drop row_id = 3", "drop row_id = 1", "drop row_id = 2"]
    assert tab.get_by_text("Rule 2 is now rule 1 of 3.").count() == 1
    last = tab.locator("ol li").last.bounding_box()
    grip = tab.get_by_role("button", name="Move rule 1", exact=True).bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, last["y"] + last["height"] - 4, steps=12)
    page.mouse.up()
    assert rules(tab) == ["drop row_id = 1", "drop row_id = 2", "drop row_id = 3"]


def test_an_edit_is_written_without_yaml_and_changes_what_is_exported(visit, made):
    page, tab = visit()
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("row_id < 4")
    tab.get_by_label("What becomes of them").select_option("edit")
    tab.get_by_role("combobox", name=re.compile("^Column")).select_option("chosen")
    tab.get_by_label("What is replaced").fill(r"Tell me (\w+)")
    tab.get_by_label("By", exact=True).fill(r"Say \1")
    tab.get_by_role("button", name="Add", exact=True).click()
    apply(page, tab)
    portolan.open_map(made).export(made.with_name("out.parquet"), progress=False)
    import pyarrow.parquet as pq

    chosen = pq.read_table(made.with_name("out.parquet")).column("chosen").to_pylist()
    assert [text.split("Human: ")[1][:10] for text in chosen[3:5]] == ["Say about ", "Tell me ab"]


def test_what_is_applied_shows_its_rows_and_a_rule_that_goes_takes_its_decisions_along(visit, made):
    page, tab = visit()
    add_rule(tab, "row_id < 10")
    add_rule(tab, "row_id < 15", "review")
    apply(page, tab)
    tab.get_by_role("button", name="Show the 5 pairs of rule 2").wait_for()
    tab.get_by_role("button", name="Remove rule 1").click()
    tab.get_by_text("Changed since it was applied.").wait_for()
    apply(page, tab)
    assert portolan.open_map(made).decisions.column("decision").to_pylist() == ["review"] * 15
    tab.get_by_role("button", name="Undo", exact=True).click()
    tab.get_by_role("button", name="dropped 10").wait_for()


def test_a_recipe_in_the_making_is_there_after_a_reload_and_can_be_discarded(visit):
    page, tab = visit()
    add_rule(tab, "row_id < 10")
    apply(page, tab)
    add_rule(tab, "row_id > 200")
    tab.get_by_text("Changed since it was applied.").wait_for()
    page.reload()
    wait_until(page, "document.documentElement.dataset.state === 'ready'")
    tab.get_by_text("Changed since it was applied.").wait_for()
    assert rules(tab) == ["drop row_id < 10", "drop row_id > 200"]
    tab.get_by_role("button", name="Discard changes").click()
    tab.get_by_text("Applied.", exact=True).wait_for()
    assert rules(tab) == ["drop row_id < 10"]


def test_as_text_it_is_written_by_hand_and_what_is_wrong_is_found_by_line_and_column(visit):
    page, tab = visit()
    add_rule(tab, "row_id < 10", Why="the first")
    tab.get_by_role("button", name="As text").click()
    text = page.get_by_test_id("clean-text")
    box = text.get_by_role("textbox", name="Recipe")
    wait_until(page, "document.querySelector('[data-testid=clean-text] textarea').value.includes('reason: the first')")
    box.fill("name: mine\nrules:\n  - drop: row_id < 3\n  - dorp: row_id < 5\n")
    text.get_by_text("line 4, column 5").wait_for()
    text.get_by_role("button", name="Go to line 4").click()
    assert page.evaluate("document.activeElement.selectionStart") == len(
        "name: mine\nrules:\n  - drop: row_id < 3\n    "
    )
    box.fill("name: mine\nrules:\n  # few\n  - keep: row_id < 5\n")
    text.get_by_text("It can be read.").wait_for()
    text.get_by_role("button", name="Done").click()
    assert rules(tab) == ["keep row_id < 5"]
    assert tab.get_by_text("# few").is_visible()
    assert tab.get_by_role("heading", name="mine").is_visible()


def test_a_recipes_file_is_opened_and_saved(visit, tmp_path):
    page, tab = visit()
    (tmp_path / "clean.yaml").write_text("name: clean\nrules:\n  - review: row_id = 7\n    reason: odd\n")
    tab.get_by_role("button", name="As text").click()
    text = page.get_by_test_id("clean-text")
    text.get_by_label("Open file…").set_input_files(tmp_path / "clean.yaml")
    # The text before it could be read as well.
    wait_until(page, "document.querySelector('[data-testid=clean-text] textarea').value.includes('reason: odd')")
    text.get_by_text("It can be read.").wait_for()
    with page.expect_download() as download:
        text.get_by_role("button", name="Save as file").click()
    assert download.value.suggested_filename == "clean.yaml"
    assert "reason: odd" in download.value.path().read_text()


def test_a_recipes_file_that_is_opened_at_once_stays_when_the_maps_own_text_comes(visit, tmp_path):
    page, tab = visit()
    (tmp_path / "clean.yaml").write_text("name: clean\nrules:\n  - review: row_id = 7\n    reason: odd\n")
    held = []

    def hold_the_maps_own(route):
        (held.append if "recipe" in route.request.post_data_json else Route.continue_)(route)

    intercept(page, "**/api/recipe/check", hold_the_maps_own)
    tab.get_by_role("button", name="As text").click()
    text = page.get_by_test_id("clean-text")
    text.get_by_label("Open file…").set_input_files(tmp_path / "clean.yaml")
    box = "document.querySelector('[data-testid=clean-text] textarea').value"
    wait_until(page, f"{box}.includes('reason: odd')")
    with page.expect_response("**/api/recipe/check"):
        held[0].continue_()
    settle(page)
    assert "reason: odd" in page.evaluate(box)


def test_an_example_of_the_dry_run_opens_in_the_reader(visit):
    page, tab = visit()
    add_rule(tab, "row_id = 7")
    tab.get_by_role("button", name="See what it does…").click()
    diff = page.get_by_test_id("clean-diff")
    diff.get_by_role("list", name="Some of them").get_by_role("button").click()
    diff.wait_for(state="detached")
    page.get_by_test_id("reader").wait_for()


def test_a_rule_that_matches_nothing_is_named(visit):
    page, tab = visit()
    add_rule(tab, "row_id = 7000")
    tab.get_by_role("button", name="See what it does…").click()
    page.get_by_test_id("clean-diff").get_by_text("No pair meets this rule.").wait_for()


def test_an_export_that_is_there_is_replaced_only_when_asked(visit, made):
    page, tab = visit()
    tab.get_by_role("button", name="Export…").click()
    export = page.get_by_test_id("clean-export")
    export.get_by_label("CSV").check()
    go = export.get_by_role("button", name="Export", exact=True)
    go.click()
    export.get_by_text("written in").wait_for()
    go.click()
    export.get_by_text("is there already").wait_for()
    export.get_by_label("Replace the export that lies there").check()
    go.click()
    export.get_by_text("written in").wait_for()
    assert made.with_name("pairs-clean.csv").exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_of_it_is_out_of_reach(visit, theme):
    page, tab = visit(color_scheme=theme)
    add_rule(tab, "row_id < 10", Why="the first")
    tab.get_by_role("button", name="Edit rule 1").click()
    assert serious_findings(page) == []
    tab.get_by_role("button", name="Cancel").click()
    for name, dialog in [("See what it does…", "clean-diff"), ("As text", "clean-text"), ("Export…", "clean-export")]:
        tab.get_by_role("button", name=name).click()
        page.get_by_test_id(dialog).wait_for()
        assert serious_findings(page) == []
        page.keyboard.press("Escape")
    apply(page, tab)
    tab.get_by_role("button", name="Restore…").click()
    page.get_by_test_id("clean-restore").wait_for()
    assert serious_findings(page) == []


def test_on_a_narrow_screen_it_is_a_tab_of_the_sheet(open_page, serve, made):
    page = open_page(serve(made), width=390, height=844)
    page.get_by_role("tab", name="Clean").click()
    tab = page.get_by_test_id("clean")
    add_rule(tab, "row_id < 10")
    assert rules(tab) == ["drop row_id < 10"]
