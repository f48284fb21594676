"""Decisions applied to rows: what a flip, an edit and a relabel make of every kind of pair, and what they leave."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.changing import Changer, turn_verdict
from portolan.core.roles import infer_roles
from portolan.core.row_json import changed_line
from portolan.errors import ColumnError, InputError

TRANSCRIPTS = [
    {"chosen": f"\n\nHuman: q{n}\n\nAssistant: good {n}", "rejected": f"\n\nHuman: q{n}\n\nAssistant: bad {n}"}
    for n in range(4)
]
MESSAGES = [
    {
        "prompt": [{"role": "user", "content": f"q{n}"}],
        "chosen": [{"role": "assistant", "content": f"good {n}"}],
        "rejected": [{"role": "assistant", "content": f"bad {n}"}],
        "score_chosen": 0.9,
        "score_rejected": n / 10,
    }
    for n in range(4)
]
WINNERS = [
    {
        "prompt": f"q{n}",
        "response_a": f"one {n}",
        "response_b": f"two {n}",
        "winner": ["model_a", "model_b", "tie"][n % 3],
    }
    for n in range(6)
]
FLAGS = [
    {"prompt": f"q{n}", "response_a": "x", "response_b": "y", "winner_model_a": n % 2, "winner_model_b": 1 - n % 2}
    for n in range(4)
]


def changer_of(rows):
    table = pa.Table.from_pylist(rows)
    roles = infer_roles(table)
    assert roles.kind == "pair"
    return Changer(table.schema, roles), table.to_batches()[0]


def flipped(rows, which):
    changer, batch = changer_of(rows)
    changer.check_flip()
    return changer.flip(batch, np.isin(np.arange(len(rows)), which)).to_pylist()


@pytest.mark.parametrize("rows", [TRANSCRIPTS, MESSAGES], ids=["transcripts", "messages"])
def test_a_flip_exchanges_the_two_columns_and_leaves_other_rows(rows):
    result = flipped(rows, [1])
    assert (result[1]["chosen"], result[1]["rejected"]) == (rows[1]["rejected"], rows[1]["chosen"])
    assert [result[0], *result[2:]] == [rows[0], *rows[2:]]


def test_what_is_told_of_each_side_goes_with_it():
    result = flipped(MESSAGES, [1])
    assert (result[1]["score_chosen"], result[1]["score_rejected"]) == (0.1, 0.9)
    assert result[1]["prompt"] == MESSAGES[1]["prompt"]


def test_where_a_column_names_the_winner_it_names_the_other_and_a_tie_stays():
    result = flipped(WINNERS, [0, 1, 2])
    assert [row["winner"] for row in result] == ["model_b", "model_a", "tie", "model_a", "model_b", "tie"]
    assert [row["response_a"] for row in result] == [row["response_a"] for row in WINNERS]


def test_where_each_side_has_a_flag_the_flags_are_exchanged():
    result = flipped(FLAGS, [0])
    assert (result[0]["winner_model_a"], result[0]["winner_model_b"]) == (1, 0)
    assert result[1:] == FLAGS[1:]


@pytest.mark.parametrize(("value", "turned"), [("A", "B"), ("b", "a"), (1, 2), (2.0, 1.0), ("Model_a", "Model_b")])
def test_a_verdict_is_turned_in_the_way_it_is_written(value, turned):
    words = {"a": "b", "b": "a", "1": "2", "2": "1", "model_a": "model_b"}
    assert turn_verdict(value, words) == turned
    assert type(turn_verdict(value, words)) is type(turned)


@settings(deadline=None)
@given(st.sets(st.integers(0, 5)), st.sampled_from([TRANSCRIPTS, MESSAGES, WINNERS, FLAGS]))
def test_a_row_flipped_twice_is_as_it_was(which, rows):
    which = [row for row in which if row < len(rows)]
    assert flipped(flipped(rows, which), which) == rows


SCORED = [
    {"prompt": f"q{n}", "responses": ["x", "y", "z", "no score"], "scores": [3.0, 1.0, 2.5, None]} for n in range(3)
]
RANKED = [{"prompt": f"q{n}", "responses": ["x", "y", "z"], "ranks": [1, 3, 1], "kind": "k"} for n in range(3)]
STRUCTS = [
    {
        "instruction": f"q{n}",
        "completions": [
            {"response": "x", "overall_score": 9.0, "rank": 1, "model": "one"},
            {"response": "y", "overall_score": 2.0, "rank": 3, "model": "two"},
            {"response": "z", "overall_score": 5.0, "rank": 2, "model": "three"},
        ],
    }
    for n in range(3)
]
RANKINGS = pytest.mark.parametrize("rows", [SCORED, RANKED, STRUCTS], ids=["scores", "ranks", "structs"])


def turned(rows, which):
    table = pa.Table.from_pylist(rows)
    changer = Changer(table.schema, infer_roles(table))
    changer.check_flip()
    return changer.flip(table.to_batches()[0], np.isin(np.arange(len(rows)), which)).to_pylist()


def test_a_ranking_is_flipped_by_turning_the_order_of_its_scores():
    result = turned(SCORED, [1])
    assert result[1] == {**SCORED[1], "scores": [1.0, 3.0, 2.5, None]}
    assert [result[0], result[2]] == [SCORED[0], SCORED[2]]


def test_replies_of_one_rank_share_one_in_the_turned_ranking_too():
    assert turned(RANKED, [0])[0]["ranks"] == [3, 1, 3]


def test_every_field_that_ranks_replies_is_turned_and_no_other():
    replies = turned(STRUCTS, [2])[2]["completions"]
    assert [(one["response"], one["overall_score"], one["rank"], one["model"]) for one in replies] == [
        ("x", 2.0, 3, "one"), ("y", 9.0, 1, "two"), ("z", 5.0, 2, "three"),
    ]  # fmt: skip


@RANKINGS
def test_a_ranking_flipped_twice_is_as_it_was(rows):
    assert turned(turned(rows, [0, 2]), [0, 2]) == rows


@RANKINGS
def test_a_line_with_a_ranking_is_turned_as_its_row_is(rows):
    table = pa.Table.from_pylist(rows)
    changer = Changer(table.schema, infer_roles(table))
    names = {name: name for name in table.column_names}
    line = json.dumps(rows[0]).encode() + b"\n"
    changed = changed_line(line, changer, names=names, is_flipped=True, edit={})
    assert json.loads(changed) == turned(rows, [0])[0]
    assert changed_line(changed, changer, names=names, is_flipped=True, edit={}) == line


def test_rows_without_sides_cannot_be_flipped():
    table = pa.table({"text": ["a long text about cats", "another text about dogs"]})
    with pytest.raises(InputError, match="no pairs and no rankings"):
        Changer(table.schema, infer_roles(table)).check_flip()


def edited(table, places, edit):
    changer = Changer(table.schema, infer_roles(table))
    edit = changer.checked_edit(edit)
    return changer.edit(table.to_batches()[0], np.array(places), edit).to_pylist()


def test_an_edit_sets_columns_and_replaces_in_texts():
    table = pa.table({"text": ["call 555 1234", "call 555 9876"], "stars": [1, 2]})
    assert edited(table, [1], {"set": {"stars": 5}})[1] == {"text": "call 555 9876", "stars": 5}
    replaced = edited(table, [0], {"replace": [{"column": "text", "pattern": r"\d+ (\d+)", "with": r"[\1]"}]})
    assert [row["text"] for row in replaced] == ["call [1234]", "call 555 9876"]


def test_texts_of_messages_are_replaced_and_who_speaks_is_not():
    table = pa.Table.from_pylist(MESSAGES)
    [row, *_] = edited(table, [0], {"replace": [{"column": "chosen", "pattern": "a", "with": "o"}]})
    assert row["chosen"] == [{"role": "assistant", "content": "good 0"}]
    [row, *_] = edited(table, [0], {"replace": [{"column": "chosen", "pattern": "oo", "with": "O"}]})
    assert row["chosen"] == [{"role": "assistant", "content": "gOd 0"}]


def test_a_value_becomes_one_of_the_columns_type_or_is_refused():
    table = pa.table({"text": ["a"], "stars": [1], "day": pa.array([0], pa.date32())})
    changer = Changer(table.schema, infer_roles(table, text="text"))
    assert changer.checked_edit({"set": {"stars": "4", "day": "2026-11-21"}}) == {
        "set": {"stars": 4, "day": "2026-11-21"}
    }
    with pytest.raises(ColumnError, match="cannot hold 'many'"):
        changer.checked_edit({"set": {"stars": "many"}})
    with pytest.raises(ColumnError, match="no column 'moon'"):
        changer.checked_edit({"set": {"moon": 1}})
    with pytest.raises(ColumnError, match="no text to replace"):
        changer.checked_edit({"replace": [{"column": "stars", "pattern": "1", "with": "2"}]})


@pytest.mark.parametrize(
    "line",
    [
        b'{"rejected": "b", "x": 10000000000000000000001, "chosen": "a"}\n',
        b'{"chosen":"a","rejected":"b","name":"\\u00fc"}\n',
        '{"chosen": "ä", "rejected": "b"}\r\n'.encode(),
    ],
)
def test_a_changed_line_keeps_its_order_its_other_values_and_its_way_of_writing(line):
    changer, _ = changer_of(TRANSCRIPTS)
    names = {name: name for name in ("chosen", "rejected")}
    once = changed_line(line, changer, names=names, is_flipped=True, edit={})
    assert json.loads(once)["rejected"] == json.loads(line)["chosen"]
    assert list(json.loads(once)) == list(json.loads(line))
    assert changed_line(once, changer, names=names, is_flipped=True, edit={}) == line


def test_a_line_that_a_decision_does_not_change_stays_byte_for_byte():
    changer, _ = changer_of(TRANSCRIPTS)
    line = b'{ "chosen" : "same",  "rejected":"same" }\n'
    assert (
        changed_line(line, changer, names={"chosen": "chosen", "rejected": "rejected"}, is_flipped=True, edit={})
        == line
    )
