"""Recipes as text: what is read, what is refused and where, and what is written reads the same."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portolan.core.recipe import DECISIONS, NOBODY, Recipe, RowDecision, Rule, take
from portolan.core.recipe_text import read_recipe, write_recipe
from portolan.errors import RecipeError

WHOLE = r"""# What is wrong with it
version: 1
name: spring
description: First pass
rules:
  # Nobody learns from these
  - drop: length(text) < 10
    reason: too short
  - edit: text('card')
    column: text
    replace: '\d{16}'
    with: '[card]'
  - relabel: stars > 3
    column: mood
    to: no
decisions:
  - keep: 17:00000000000000ff
    reason: read it
    author: ada
"""


def test_rules_stand_in_order_with_what_they_change_and_why():
    recipe = read_recipe(WHOLE)
    assert [(rule.decision, rule.where, rule.reason) for rule in recipe.rules] == [
        ("drop", "length(text) < 10", "too short"), ("edit", "text('card')", ""), ("relabel", "stars > 3", ""),
    ]  # fmt: skip
    assert recipe.rules[1].edit == {"replace": [{"column": "text", "pattern": r"\d{16}", "with": "[card]"}]}


def test_a_recipe_is_called_as_it_says_and_else_after_its_file():
    assert read_recipe(WHOLE, name="file").name == "spring"
    assert read_recipe("rules: [{drop: a = 1}]", name="file").name == "file"


def test_decisions_by_hand_name_rows_with_a_hash_of_what_they_hold():
    [one] = read_recipe(WHOLE).decisions
    assert (one.decision, one.row_ids.tolist(), one.contents.tolist()) == ("keep", [17], [255])
    assert (one.reason, one.author) == ("read it", "ada")


def test_values_are_yamls_own_and_no_in_quotes_is_a_word():
    assert read_recipe(WHOLE).rules[2].edit == {"set": {"mood": False}}
    quoted = read_recipe(WHOLE.replace("to: no", "to: 'no'"))
    assert quoted.rules[2].edit == {"set": {"mood": "no"}}


def test_comments_above_the_recipe_and_its_rules_survive_when_it_is_written():
    written = str(read_recipe(WHOLE))
    assert written.startswith("# What is wrong with it\n")
    assert "  # Nobody learns from these\n  - drop:" in written


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("rules:\n  - drop: a: b\n", "line 2, column 12", "no YAML"),
        ("rules:\n  - dorp: a = 1\n", "line 2, column 5", "no 'dorp'"),
        ("rules:\n  - drop: a = 1\n    keep: b = 1\n", "line 2, column 5", "both keep and drop"),
        ("rules:\n  - reason: why\n", "line 2, column 5", "no decision"),
        ("rules: 3\n", "line 1, column 8", "no list"),
        ("version: 2\nrules: []\n", "line 1, column 10", "version 2"),
        ("rules: []\n", "line 1, column 1", "no rules"),
        ("rules:\n  - edit: a = 1\n", "line 2, column 5", "not said what edit changes"),
        ("rules:\n  - drop: a = 1\n    column: b\n", "line 3, column 13", "no meaning with drop"),
        ("rules:\n  - edit: a = 1\n    column: b\n    replace: '('\n    with: ''\n", "line 4", "no regular expression"),
        ("rules:\n  - edit: a = 1\n    column: b\n    replace: a\n    with: '\\1'\n", "line 5", "cannot stand in"),
        ("decisions:\n  - drop: 17\n", "line 2, column 11", "'17' is no row"),
        ("rules:\n  - drop: a = 1\n    drop: b = 1\n", "line 3, column 5", "twice"),
        ("rules:\n  - drop: ''\n", "line 2, column 11", "no filter expression"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_column(text, place, said):
    with pytest.raises(RecipeError) as refused:
        read_recipe(text, source="r.yaml")
    assert f"r.yaml, {place}" in refused.value.problem
    assert said in refused.value.problem
    assert refused.value.fix


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("rules:\n  - drop: a = bad\n", 4, (2, 15)),
        ("rules:\n  - drop: 'a = bad'\n", 4, (2, 16)),
        ("rules:\n  - drop: |\n      a = 1\n      OR bad\n", 9, (4, 10)),
        ("rules:\n  - drop: >-\n      a = 1\n      OR bad\n", 9, (4, 10)),
    ],
)
def test_a_character_of_an_expression_has_its_line_and_column_in_the_recipe(text, place, expected):
    [rule] = read_recipe(text).rules
    assert rule.where[place:].startswith("bad")
    assert rule.mark.at(place) == expected


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
edits = st.one_of(
    st.dictionaries(texts, st.one_of(st.integers(), texts, st.booleans(), st.none()), min_size=1, max_size=2).map(
        lambda values: {"set": values}
    ),
    texts.map(lambda column: {"replace": [{"column": column, "pattern": r"\d+", "with": "#"}]}),
)
wheres = texts.filter(lambda text: text.strip())
rules = st.one_of(
    st.builds(Rule, st.sampled_from(["drop", "keep", "flip", "review"]), wheres, texts),
    st.builds(Rule, st.just("edit"), wheres, texts, edits),
)
decisions = st.dictionaries(st.integers(0, 2**40), st.integers(0, 2**64 - 1), min_size=1, max_size=9).map(
    lambda rows: RowDecision(
        "drop", np.array(list(rows), np.int64), np.array(list(rows.values()), np.uint64), reason="why: so", author="a"
    )
)


@example(Recipe("large", (Rule("edit", "a = 1", "", {"set": {"a": 2**53 + 1}}),)))
@given(
    st.builds(
        Recipe,
        texts.filter(bool),
        st.lists(rules, min_size=1, max_size=3).map(tuple),
        st.lists(decisions, max_size=2).map(tuple),
        texts,
    )
)
def test_what_is_written_reads_the_same(recipe):
    read = read_recipe(write_recipe(recipe))
    assert (read.name, read.rules, read.description) == (recipe.name, recipe.rules, recipe.description)
    told = [(one.decision, one.row_ids.tolist(), one.contents.tolist()) for one in read.decisions]
    assert told == [(one.decision, one.row_ids.tolist(), one.contents.tolist()) for one in recipe.decisions]


@given(st.lists(st.lists(st.booleans(), min_size=9, max_size=9), max_size=len(DECISIONS)))
def test_the_first_rule_that_takes_a_row_has_it_and_the_others_are_told(matches):
    owners = np.full(9, NOBODY, np.int32)
    taken = [take(np.array(is_matched), owners, number) for number, is_matched in enumerate(matches)]
    first = [next((number for number, is_matched in enumerate(matches) if is_matched[row]), NOBODY) for row in range(9)]
    assert owners.tolist() == first
    for number, (one, is_matched) in enumerate(zip(taken, matches, strict=True)):
        assert one.rows.tolist() == [row for row in range(9) if first[row] == number]
        assert one.n_matched == sum(is_matched) == len(one.rows) + sum(one.by_others.values())
