"""A map cleaned by a recipe: what is told before, what is kept, and that it is the same however often it is done."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.decided import standing_decisions
from portolan.errors import NotFoundError, RecipeError
from small_data import pair_rows

N_ROWS = 60


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    rows = [{**row, "score": n} for n, row in enumerate(pair_rows(N_ROWS))]
    return portolan.map_text(rows, name="pairs", path=tmp_path_factory.mktemp("maps") / "pairs", progress=False)


@pytest.fixture
def made(shared):
    yield shared
    shared.restore()


def decisions(made):
    """What is decided of each row, "" where nothing is."""
    standing = standing_decisions(made._store)
    of_event = [str(event.payload["decision"]) for event in standing.events] + [""]
    return [of_event[owner] for owner in standing.owners.tolist()]


def decide(made, decision, rows, edit=None):
    made.decide(decision, rows=rows, edit=edit, reason="seen", author="ada")


RECIPE = """
rules:
  - drop: score < 10
    reason: low
  - review: score < 20
  - flip: subset = 'odd' AND score < 30
  - drop: score > 1000
"""


def test_the_first_rule_that_takes_a_row_has_it_and_what_was_taken_before_is_told(made):
    told = made.clean(RECIPE)
    assert [(rule.n_matched, rule.n_taken) for rule in told.rules] == [(10, 10), (20, 10), (15, 5), (0, 0)]
    assert told.rules[2].taken_before == {"rule 1": 5, "rule 2": 5}
    assert decisions(made)[8:13] == ["drop", "drop", "review", "review", "review"]
    assert told.matching_nothing == [4]


def test_what_is_told_is_readable_where_it_is_printed(made):
    lines = str(made.clean(RECIPE, dry_run=True, by=["subset"])).splitlines()
    assert lines[:3] == ["1. drop 10 of 10 matched: score < 10", "   low", "   by subset: even 5, odd 5"]
    assert lines[-1].split() == ["rows", "left", "60", "50"]


def test_a_dry_run_tells_the_same_and_changes_nothing(made):
    n_events = len(made.history)
    dry, wet = made.clean(RECIPE, dry_run=True), made.clean(RECIPE)
    assert dry.is_dry_run
    assert len(made.history) == n_events + len(wet.written)
    assert dry.rules == wet.rules
    assert dry.balance == wet.balance
    assert dry.n_left == wet.n_left == 50


def test_one_event_is_kept_for_each_rule_and_none_when_it_is_done_again(made):
    first = made.clean(RECIPE)
    again = made.clean(RECIPE)
    assert len(first.written) == 4
    assert (again.written, again.undone) == ([], [])
    assert again.rules[0].n_new == 0


def test_a_rule_that_left_the_recipe_takes_back_what_it_did(made):
    made.clean(RECIPE)
    changed = made.clean("rules: [{drop: score < 5}]")
    assert decisions(made) == ["drop"] * 5 + [""] * 55
    assert len(changed.undone) == 4


def test_another_recipe_leaves_what_the_first_took(made):
    made.clean("{name: one, rules: [{drop: score < 5}]}")
    told = made.clean("{name: two, rules: [{review: score < 8}]}")
    assert told.rules[0].taken_before == {"recipe “one”": 5}
    assert decisions(made)[:9] == ["drop"] * 5 + ["review"] * 3 + [""]


def test_what_a_person_decided_goes_before_every_rule(made):
    decide(made, "keep", [3, 4])
    told = made.clean(RECIPE)
    assert decisions(made)[2:6] == ["drop", "keep", "keep", "drop"]
    assert told.rules[0].taken_before == {"by hand": 2}


def test_counts_stand_by_value_with_the_balance_before_and_after(made):
    told = made.clean("rules: [{drop: subset = 'odd' AND score < 20}]", dry_run=True)
    assert told.rules[0].by == {"subset": {"odd": 10}}
    even, odd = told.balance["subset"]
    assert (even.value, even.before, even.after, odd.before, odd.after) == ("even", 30, 30, 30, 20)
    assert (odd.share_before, odd.share_after) == (0.5, 0.4)


def test_a_relabelled_value_counts_as_the_new_one(made):
    told = made.clean("rules: [{relabel: score < 6, column: subset, to: odd}]", dry_run=True)
    assert {one.value: one.after for one in told.balance["subset"]} == {"even": 27, "odd": 33}


def test_any_column_can_be_counted_by(made):
    told = made.clean(RECIPE, dry_run=True, by=["cluster_0"])
    assert sum(told.rules[0].by["cluster_0"].values()) == 10


def test_examples_are_rows_with_a_line_of_text_and_harmful_ones_are_only_named(made):
    [rule] = made.clean("rules: [{drop: score < 10}]", dry_run=True).rules
    assert len(rule.examples) == 3
    assert all(0 <= one.row_id < 10 and one.text.startswith("Tell me about") for one in rule.examples)
    harm = pa.table({"row_id": np.arange(N_ROWS), "value": np.full(N_ROWS, 0.9, np.float32)})
    made._store.write_table("columns/harm", harm, key="h")
    made._store.finish("score-harm", key="h")
    [rule] = made.clean("rules: [{drop: score < 10}]", dry_run=True).rules
    assert [one.text for one in rule.examples] == [None] * 3


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("rules:\n  - drop: scor < 1\n", "Line 2, column 11 of the recipe: There is no column 'scor'"),
        ("rules:\n  - drop: >-\n      score < 1\n      AND ORDER\n", "Line 4"),
        ("rules:\n  - drop: random() < 0.5\n", "answers otherwise each time"),
        ("rules:\n  - drop: decision = 'keep'\n", "cannot ask for the column decision"),
        ("rules:\n  - edit: score < 1\n    column: moon\n    to: 1\n", "Rule 1 (edit): There is no column 'moon'"),
        ("rules:\n  - edit: score < 1\n    column: score\n    to: many\n", "cannot hold 'many'"),
    ],
)
def test_what_a_map_has_not_is_refused_and_where(made, rules, said):
    with pytest.raises(RecipeError) as refused:
        made.clean(rules)
    assert said in refused.value.problem
    assert decisions(made) == [""] * N_ROWS


def test_the_decisions_of_a_map_are_a_recipe_that_decides_the_same(made):
    decide(made, "keep", [1, 2])
    decide(made, "edit", [50], edit={"subset": "odd"})
    made.clean(RECIPE)
    wanted, text = decisions(made), str(made.recipe)
    made.restore()
    assert decisions(made) == [""] * N_ROWS
    made.clean(text)
    assert decisions(made) == wanted
    assert [rule.where for rule in made.recipe.rules] == ["score < 10", "score < 20", "subset = 'odd' AND score < 30",
                                                          "score > 1000"]  # fmt: skip


def test_decisions_by_hand_find_their_rows_in_other_data(made, tmp_path):
    decide(made, "drop", [3, 7])
    rows = made.rows.drop_columns("row_id").to_pylist()
    fewer = portolan.map_text(rows[5:], path=tmp_path / "fewer", progress=False)
    told = fewer.clean(str(made.recipe))
    assert told.by_hand == {"rows": 2, "taken": 1, "lost": [3]}
    assert [row for row, decision in enumerate(decisions(fewer)) if decision] == [2]


def test_decisions_of_rules_and_by_hand_are_one_table_and_a_column_to_filter_by(made):
    decide(made, "keep", [1])
    made.clean(RECIPE)
    assert made.filter("decision = 'drop'").tolist() == [0, *range(2, 10)]
    by_rule = made.decisions.to_pylist()
    assert [(one["decision"], one["rule"]) for one in by_rule[:3]] == [
        ("drop", "recipe #1"),
        ("keep", ""),
        ("drop", "recipe #1"),
    ]
    made.restore()
    assert made.filter("decision IS NOT NULL").tolist() == []


def test_restoring_takes_all_back_and_can_itself_be_undone(made):
    decide(made, "keep", [1])
    made.clean(RECIPE)
    wanted = decisions(made)
    made.restore(reason="a mistake")
    assert decisions(made) == [""] * N_ROWS
    made.restore(undo=True)
    assert decisions(made) == wanted


def test_there_must_be_a_restore_to_undo(tmp_path):
    made = portolan.map_text(pair_rows(20), path=tmp_path / "m", progress=False)
    assert made.restore() == []
    with pytest.raises(NotFoundError, match="no restore"):
        made.restore(undo=True)


conditions = st.one_of(
    st.builds("score {} {}".format, st.sampled_from(["<", ">", "=", ">="]), st.integers(-1, N_ROWS)),
    st.sampled_from(
        ["subset = 'odd'", "NOT subset = 'even'", "length(chosen) > 120", "text('planet')", "subset IS NULL"]
    ),
)
wheres = st.lists(conditions, min_size=1, max_size=3).map(" OR ".join)
plain = st.fixed_dictionaries({}).flatmap(
    lambda _: st.tuples(st.sampled_from(["drop", "keep", "flip", "review"]), wheres).map(lambda one: {one[0]: one[1]})
)
relabels = wheres.map(lambda where: {"relabel": where, "column": "subset", "to": "none of both"})
edits = wheres.map(lambda where: {"edit": where, "column": "chosen", "replace": "Human", "with": "Person"})
recipes = st.lists(st.one_of(plain, relabels, edits), min_size=1, max_size=4).map(lambda rules: {"rules": rules})
by_hand = st.lists(
    st.tuples(st.sampled_from(["drop", "keep", "flip"]), st.sets(st.integers(0, N_ROWS - 1), min_size=1, max_size=9)),
    max_size=2,
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recipe=recipes, hands=by_hand)
def test_any_recipe_twice_is_that_recipe_once(made, recipe, hands):
    made.restore()
    for decision, rows in hands:
        decide(made, decision, sorted(rows))
    made.clean(recipe)
    once = decisions(made), str(made.recipe)
    again = made.clean(recipe)
    assert (again.written, again.undone) == ([], [])
    assert (decisions(made), str(made.recipe)) == once


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recipe=recipes, hands=by_hand)
def test_what_a_map_has_decided_can_be_replayed_from_its_recipe(made, recipe, hands):
    made.restore()
    for decision, rows in hands:
        decide(made, decision, sorted(rows))
    made.clean(recipe)
    wanted, kept = decisions(made), made.recipe
    made.restore()
    made.clean(kept)
    assert decisions(made) == wanted


# The commands.


def run(*arguments):
    said = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


def test_the_command_shows_a_dry_run_applies_and_restores(made, tmp_path):
    recipe = tmp_path / "clean.yaml"
    recipe.write_text(RECIPE)
    shown = run("clean", made.path, "--recipe", recipe, "--dry-run").output
    assert "1. drop 10 of 10 matched: score < 10" in shown
    assert "5 taken before: rule 1" in shown
    assert "No row meets rule 4." in shown
    told = json.loads(run("clean", made.path, "--recipe", recipe, "--json").stdout)
    assert (told["recipe"], told["n_left"], len(told["written"])) == ("clean", 50, 4)
    assert "nothing to do" in run("clean", made.path, "--recipe", recipe).output
    assert len(json.loads(run("restore", made.path, "--json").stdout)["events"]) == 4
    assert "stand again" in run("restore", made.path, "--undo").output
    assert decisions(made).count("drop") == 10


def test_a_recipe_that_is_not_there_is_said_to_be_so(made, tmp_path):
    with pytest.raises(NotFoundError, match="no recipe"):
        run("clean", made.path, "--recipe", tmp_path / "none.yaml")
