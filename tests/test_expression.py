"""What filter expressions promise before they are answered."""

import pytest

from portolan.core.expression import Call, Join, Not, parse_expression
from portolan.errors import ExpressionError

COLUMNS = ["row_id", "chosen", "Subset", "meta", "cluster_0"]


def test_columns_that_are_read_are_told_once():
    leaf = parse_expression("chosen LIKE 'a%' || chosen || row_id", COLUMNS)
    assert sorted(leaf.columns) == ["chosen", "row_id"]


def test_and_or_and_not_make_a_tree_of_conditions():
    tree = parse_expression("NOT (row_id = 1 OR row_id <> 2) AND subset = 'x'", COLUMNS)
    assert isinstance(tree, Join)
    assert tree.how == "and"
    negated, last = tree.parts
    assert isinstance(negated, Not)
    assert isinstance(negated.part, Join)
    assert negated.part.how == "or"
    assert isinstance(negated.part.parts[1], Not)  # a <> b is NOT a = b
    assert last.columns == ("Subset",)


def test_case_matters_in_no_column_name():
    assert parse_expression("subset = 'x'", COLUMNS).columns == ("Subset",)


def test_a_field_of_a_struct_reads_the_struct():
    assert parse_expression("meta.source = 'web'", COLUMNS).columns == ("meta",)


def test_calls_become_columns_of_answers():
    leaf = parse_expression("CASE WHEN text('a -b') THEN near('c d', 0.7) ELSE near(17, -0.5) END", COLUMNS)
    # SQL's tree names what stands after ELSE before the rest.
    assert set(leaf.calls) == {Call("text", "a -b"), Call("near", "c d", 0.7), Call("near", 17, -0.5)}
    assert all(f'"__call_{number}"' in leaf.sql for number in range(3))
    assert leaf.columns == ()


def test_an_area_has_a_layout_and_corners():
    (call,) = parse_expression("in_area('ab12', '0 0, 4 0, 4 -3e-2')", COLUMNS).calls
    assert call == Call("in_area", "ab12", polygon=((0, 0), (4, 0), (4, -0.03)))


def test_time_reads_its_column():
    leaf = parse_expression("time(subset) >= '2023-01-01'", COLUMNS)
    assert leaf.calls == (Call("time", "Subset"),)
    assert leaf.columns == ("Subset",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("chosen =", "character 8"),
        ("chosen = 'a", "quote"),
        ("row_id < 3) OR (row_id > 5", "character 11"),
        ("choosen = 'a'", "Did you mean 'chosen'"),
        ('chosen = "hello"', "single quotes"),
        ("in_area('l', '0 0, 1 1')", "2 corners"),
        ("in_area('l', '0 0, 1 1, x')", "polygon"),
        ("in_area('l', '0 0, 1 1, nan 2')", "corners"),
        ("in_area(3)", "in quotes"),
        ("row_id IN (SELECT 1)", "condition on one row"),
        ("row_id = 1; DROP TABLE map", "condition on one row"),
        ("count(*) > 3", "condition on one row"),
        ("row_number() OVER () < 3", "condition on one row"),
        ("DELETE FROM map", "condition on one row"),
        ("text()", "one string"),
        ("text(chosen)", "one string"),
        ("near('a')", "least similarity"),
        ("near('a', 7)", "-1 to 1"),
        ("near('a', 'b')", "-1 to 1"),
        ("near(chosen, 0.5)", "does not understand"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_reason(text, says):
    with pytest.raises(ExpressionError) as refusal:
        parse_expression(text, COLUMNS)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("expression", "command"),
    [
        ("preference < 0.2", "portolan preference"),
        ("influence < 0", "--influence"),
        ("harm_chosen > 0.5", "portolan score"),
    ],
)
def test_a_column_that_nobody_asked_for_yet_is_told_with_what_makes_it(expression, command):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(expression, ["text", "subset"])
    assert command in caught.value.fix


def test_an_unknown_column_is_told_with_what_there_is_and_a_finding_with_when_it_is_one():
    columns = [f"column_{number}" for number in range(40)] + ["finding_recovery"]
    with pytest.raises(ExpressionError, match=r"Did you mean 'column_1'.*column_29 and 11 more"):
        parse_expression("columm_1 = 2", columns)
    with pytest.raises(ExpressionError, match="portolan audit MAP tells which") as error:
        parse_expression("finding_contradictory IS NOT NULL", columns)
    assert "Did you mean" not in str(error.value)
