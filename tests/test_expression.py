"""What filter expressions promise before they are answered."""

import pytest

from portolan.core.expression import Call, parse_expression
from portolan.errors import ExpressionError

COLUMNS = ["row_id", "chosen", "Subset", "meta", "cluster_0"]


def test_columns_that_are_read_are_told_once():
    expression = parse_expression("length(chosen) > 4 AND chosen LIKE 'a%' AND row_id < 9", COLUMNS)
    assert sorted(expression.columns) == ["chosen", "row_id"]


def test_case_matters_in_no_column_name():
    assert parse_expression("subset = 'x'", COLUMNS).columns == ("Subset",)


def test_a_field_of_a_struct_reads_the_struct():
    assert parse_expression("meta.source = 'web'", COLUMNS).columns == ("meta",)


def test_calls_become_columns_of_answers():
    expression = parse_expression("text('a -b') OR NOT near('c d', 0.7) OR near(17, -0.5)", COLUMNS)
    assert expression.calls == (Call("text", "a -b"), Call("near", "c d", 0.7), Call("near", 17, -0.5))
    assert expression.sql == '"__call_0" OR NOT "__call_1" OR "__call_2"'
    assert expression.columns == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("chosen =", "character 8"),
        ("chosen = 'a", "quote"),
        ("row_id < 3) OR (row_id > 5", "character 11"),
        ("choosen = 'a'", "Did you mean 'chosen'"),
        ('chosen = "hello"', "single quotes"),
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
