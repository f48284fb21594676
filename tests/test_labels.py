"""Labels and decisions as folds of a log: whatever was done, in whatever order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.decisions import decision_values, decisions_table, fold_decisions
from portolan.core.events import Event
from portolan.core.label_queue import label_queue
from portolan.core.label_tables import (
    LabelColumn,
    column_values,
    conflicts_table,
    label_columns,
    labels_table,
    short_name,
)
from portolan.core.labels import fold_labels
from portolan.core.rated import agreement_of
from portolan.errors import InputError

N_ROWS = 4


def log(*entries):
    """A log of (author, kind, payload) with ids 1, 2, …"""
    return [
        Event(number, f"t{number:04}", author, kind, payload)
        for number, (author, kind, payload) in enumerate(entries, 1)
    ]


def labelled(author, rows, value, *, name="s", side=None, span=None):
    return author, "labelled", {"set": name, "value": value, "rows": rows, "side": side, "span": span}


def unlabelled(author, rows, value=None, *, name="s", side=None, span=None, of=None):
    return author, "unlabelled", {"set": name, "value": value, "rows": rows, "side": side, "span": span, "of": of}


def defined(*values, name="s", is_multiple=False):
    told = [{"value": value} for value in values]
    return "ada", "label-set-defined", {"set": name, "values": told, "is_multiple": is_multiple}


def undo(event):
    return "ada", "undone", {"event": event}


def rows_of(event):
    return np.array(event.payload["rows"], np.int64)


def fold(events, before=None):
    return fold_labels(events, n_rows=N_ROWS, rows_of=rows_of, before=before)


def column(labels, name="s", side="", is_of_spans=False):
    return column_values(labels, LabelColumn("x", name, side, is_of_spans)).to_pylist()


def said(labels):
    return [(one["row_id"], one["author"], one["value"]) for one in labels_table(labels).to_pylist()]


def test_a_row_is_taken_to_be_what_was_said_of_it_last_and_each_authors_label_is_kept():
    labels = fold(log(labelled("ada", [0, 1], "a"), labelled("bob", [1], "b")))
    assert column(labels) == ["a", "b", None, None]
    assert said(labels) == [(0, "ada", "a"), (1, "ada", "a"), (1, "bob", "b")]


def test_an_authors_later_label_takes_the_place_of_the_earlier_one():
    assert said(fold(log(labelled("ada", [0], "a"), labelled("ada", [0], "b")))) == [(0, "ada", "b")]


def test_who_takes_a_label_back_leaves_what_others_said():
    labels = fold(log(labelled("ada", [0], "a"), labelled("bob", [0], "b"), unlabelled("bob", [0])))
    assert column(labels)[0] == "a"


def test_only_who_says_so_takes_away_what_others_said():
    log_ = log(labelled("ada", [0, 1], "a"), unlabelled("bob", [0]), unlabelled("bob", [1], of="ada"))
    assert column(fold(log_))[:2] == ["a", None]


def test_everyones_labels_can_be_taken_away_those_of_one_value_alone():
    log_ = log(labelled("ada", [0], "a"), labelled("bob", [0], "b"), unlabelled("cyd", [0], "b", of="*"))
    assert said(fold(log_)) == [(0, "ada", "a")]


def test_in_a_set_of_multiple_choice_a_row_has_all_that_anyone_says_in_the_order_of_the_set():
    events = log(defined("a", "b", "c", is_multiple=True), labelled("ada", [0], "c"), labelled("bob", [0], "a"))
    labels = fold(events)
    assert column(labels) == [["a", "c"], None, None, None]
    assert column(fold([*events, *log(*[undo(9)] * 3, unlabelled("ada", [0], "c"))[3:]]))[0] == ["a"]


def test_sides_and_spans_are_labelled_apart():
    labels = fold(
        log(
            labelled("ada", [0], "w"),
            labelled("ada", [0], "c", side="chosen"),
            labelled("ada", [1], "x", span=[2, 5]),
            labelled("bob", [1], "y", span=[2, 5]),
        )
    )
    assert [column(labels)[0], column(labels, side="chosen")[0]] == ["w", "c"]
    assert column(labels, is_of_spans=True) == [None, ["x", "y"], None, None]
    names = [one.name for one in label_columns(labels)]
    assert names == ["label_s", "label_s_chosen", "label_s_spans"]


def test_labels_without_a_set_of_that_name_make_one_that_any_label_fits():
    labels = fold(log(labelled("ada", [0], "a"), labelled("ada", [0], "b")))
    assert [one.value for one in labels.sets["s"].values] == ["a", "b"]
    assert labels.sets["s"].is_open


def test_the_short_name_is_that_of_the_only_set():
    assert short_name(label_columns(fold(log(labelled("ada", [0], "a"))))) == "label_s"
    assert short_name(label_columns(fold(log(labelled("ada", [0], "a"), defined(name="t"))))) is None
    assert [one.name for one in label_columns(fold(log(defined(name="label"))))] == ["label"]


def test_labels_of_authors_who_differ_are_told_together():
    labels = fold(log(labelled("ada", [0, 1, 2], "a"), labelled("bob", [1, 2, 3], "a"), labelled("bob", [2], "b")))
    told = [(one["row_id"], one["author"], one["value"]) for one in conflicts_table(labels).to_pylist()]
    assert told == [(2, "ada", "a"), (2, "bob", "b")]


def settled(author, rows, value, **more):
    who, kind, payload = labelled(author, rows, value, **more)
    return who, kind, {**payload, "settles": True}


CONTRADICTED = (labelled("ada", [0, 1], "a"), labelled("bob", [0, 1], "b"))


def test_a_label_that_settles_goes_before_what_anyone_says_earlier_or_later():
    labels = fold(log(*CONTRADICTED, settled("eve", [0], "a"), labelled("bob", [0, 1], "c")))
    assert column(labels)[:2] == ["a", "c"]


def test_a_settled_row_is_no_conflict_and_every_opinion_on_it_is_kept():
    labels = fold(log(*CONTRADICTED, settled("eve", [0], "a")))
    assert {one["row_id"] for one in conflicts_table(labels).to_pylist()} == {1}
    assert said(labels)[:3] == [(0, "ada", "a"), (0, "bob", "b"), (0, "eve", "a")]
    assert [one["settles"] for one in labels_table(labels).to_pylist()[:3]] == [False, False, True]


def test_the_adjudicators_own_opinion_stays_beside_what_they_settle():
    labels = fold(log(labelled("ada", [0], "a"), labelled("bob", [0], "b"), settled("ada", [0], "b")))
    assert said(labels) == [(0, "ada", "a"), (0, "bob", "b"), (0, "ada", "b")]


def test_what_was_settled_last_counts():
    labels = fold(log(*CONTRADICTED, settled("eve", [0], "a"), settled("ada", [0], "b")))
    assert column(labels)[0] == "b"


def test_taking_the_settling_label_away_or_undoing_it_opens_the_row_again():
    begin = [*CONTRADICTED, settled("eve", [0], "a")]
    for opened in (unlabelled("eve", [0]), undo(3)):
        labels = fold(log(*begin, opened))
        assert column(labels)[0] == "b"
        assert {one["row_id"] for one in conflicts_table(labels).to_pylist()} == {0, 1}


def test_in_a_set_of_multiple_choice_a_settled_row_has_what_settles_it_alone():
    begin = [defined("a", "b", "c", is_multiple=True), *CONTRADICTED]
    labels = fold(log(*begin, settled("eve", [0], "c"), settled("eve", [0], "a")))
    assert column(labels)[:2] == [["a", "c"], ["a", "b"]]


def test_what_settles_is_no_opinion_that_agreement_counts():
    labels = fold(log(*CONTRADICTED, settled("eve", [0], "a"), settled("ada", [1], "b")))
    found = agreement_of(labels, "s")
    assert (found["authors"], found["rows"], found["agreed"]) == (["ada", "bob"], 2, 0)


def queue(labels, author, **more):
    return label_queue(labels, "s", author=author, **more).tolist()


def test_a_queue_has_what_too_few_others_labelled_and_not_ones_own():
    labels = fold(log(labelled("ada", [0, 1], "a"), labelled("bob", [1], "a")))
    assert set(queue(labels, "ada")) == {2, 3}
    assert set(queue(labels, "bob")) == {0, 2, 3}
    assert set(queue(labels, "cyd")) == {0, 2, 3}
    assert set(queue(labels, "cyd", n_people=1)) == {2, 3}
    assert set(queue(labels, "cyd", n_people=3)) == {0, 1, 2, 3}


def test_a_queue_begins_with_what_others_have_begun_and_goes_on_alike_for_everyone():
    labels = fold(log(labelled("ada", [2], "a")))
    assert queue(labels, "bob")[0] == 2
    assert queue(labels, "bob") == queue(labels, "cyd")
    assert queue(labels, "ada") == queue(labels, "bob")[1:]


def test_a_queue_leaves_out_what_is_settled_and_looks_at_one_side_at_a_time():
    labels = fold(log(settled("eve", [0], "a"), labelled("ada", [1], "a", side="chosen")))
    assert set(queue(labels, "bob")) == {1, 2, 3}
    assert queue(labels, "bob", side="chosen")[0] == 1


def test_in_a_set_of_multiple_choice_an_author_counts_once():
    labels = fold(log(defined("a", "b", is_multiple=True), labelled("ada", [0], "a"), labelled("ada", [0], "b")))
    assert 0 in queue(labels, "bob", n_people=2)
    assert 0 not in queue(labels, "ada")


def test_a_queue_of_what_others_have_begun_leaves_out_what_nobody_or_enough_people_labelled():
    labels = fold(log(labelled("ada", [0, 1], "a"), labelled("bob", [1, 2], "a")))
    assert set(queue(labels, "cyd", is_begun=True)) == {0, 2}
    assert set(queue(labels, "ada", is_begun=True)) == {2}


def test_a_queue_of_a_set_that_nobody_used_has_every_row():
    assert len(label_queue(fold(log()), "new", author="ada")) == N_ROWS


@pytest.mark.parametrize("n_people", [0, 101])
def test_a_queue_for_no_such_number_of_people_is_refused(n_people):
    with pytest.raises(InputError, match="cannot label"):
        queue(fold(log()), "ada", n_people=n_people)


def test_in_a_set_of_multiple_choice_authors_differ_who_give_other_labels():
    begin = [defined("a", "b", is_multiple=True), labelled("ada", [0, 1], "a"), labelled("ada", [0], "b")]
    labels = fold(log(*begin, labelled("bob", [0, 1], "b"), labelled("bob", [0], "a")))
    assert {one["row_id"] for one in conflicts_table(labels).to_pylist()} == {1}


def test_a_set_made_single_choice_shows_what_was_said_last():
    begin = [defined("a", "b", is_multiple=True), labelled("ada", [0], "b"), labelled("ada", [0], "a")]
    labels = fold(log(*begin, defined("a", "b")))
    assert column(labels)[0] == "a"


AUTHORS = st.sampled_from(["ada", "bob"])
ROWS = st.lists(st.integers(0, N_ROWS + 1), min_size=1, max_size=3, unique=True).map(sorted)
VALUES = st.sampled_from(["a", "b", "c"])
SIDES = st.sampled_from([None, "chosen"])
SPANS = st.sampled_from([None, None, [0, 3]])
NAMES = st.sampled_from(["s", "t"])
STEPS = st.one_of(
    st.builds(labelled, AUTHORS, ROWS, VALUES, name=NAMES, side=SIDES, span=SPANS),
    st.builds(settled, AUTHORS, ROWS, VALUES, name=NAMES, side=SIDES),
    st.builds(
        unlabelled, AUTHORS, ROWS, st.none() | VALUES, name=NAMES, side=SIDES, span=SPANS,
        of=st.sampled_from([None, "ada", "*"]),
    ),
    st.builds(lambda name, several: defined("a", "b", name=name, is_multiple=several), NAMES, st.booleans()),
    st.integers(1, 12).map(undo),
    st.builds(lambda who, rows, what: (who, "decided", {"decision": what, "rows": rows}), AUTHORS, ROWS,
              st.sampled_from(["keep", "drop"])),
)  # fmt: skip
LOGS = st.lists(STEPS, max_size=12).map(lambda steps: log(*steps))


def naive(events):
    """The same, told step by step: {(set, side, span, row): {author: {value: event}}}."""
    undone = {}
    for event in reversed(events):
        if event.kind == "undone" and event.id not in undone:
            undone.setdefault(event.payload["event"], event.id)
    acts = [event for event in events if event.id not in undone]
    several = {e.payload["set"]: e.payload["is_multiple"] for e in acts if e.kind == "label-set-defined"}
    found = {}
    for act in acts:
        if act.kind in ("labelled", "unlabelled"):
            for row in act.payload["rows"]:
                span = tuple(act.payload["span"] or ())
                place = found.setdefault((act.payload["set"], act.payload["side"], span, row), {})
                do_naively(act, place, is_multiple=several.get(act.payload["set"], False))
    return [
        (row, name, value, side, author, event, *(span or (None, None)))
        for (name, side, span, row), authors in found.items()
        if row < N_ROWS
        for (author, _), values in authors.items()
        for value, event in values.items()
    ]


def do_naively(act, place, *, is_multiple):
    value = act.payload["value"]
    if act.kind == "labelled":
        key = (act.author, act.payload.get("settles", False))
        place[key] = {**(place.get(key, {}) if is_multiple else {}), value: act.id}
        return
    of = act.payload["of"] or act.author
    for author, settles in place:
        if of in ("*", author):
            kept = place[author, settles]
            place[author, settles] = {known: event for known, event in kept.items() if value not in (None, known)}


def flat(labels):
    names = ("row_id", "set", "value", "side", "author", "event", "start", "end")
    lines = [tuple(one[name] for name in names) for one in labels_table(labels).to_pylist()]
    return sorted(lines, key=repr)


@settings(max_examples=200)
@given(LOGS)
def test_the_fold_is_what_one_finds_step_by_step(events):
    assert flat(fold(events)) == sorted(naive(events), key=repr)


@settings(max_examples=150)
@given(LOGS, st.data())
def test_reading_on_from_any_point_comes_to_the_same_as_reading_all(events, data):
    labels = None
    decisions = None
    for end in [*sorted(data.draw(st.sets(st.integers(0, len(events)), max_size=4))), len(events)]:
        labels = fold(events[:end], before=labels)
        decisions = fold_decisions(events[:end], n_rows=N_ROWS, rows_of=rows_of, before=decisions)
        whole = fold(events[:end])
        assert flat(labels) == flat(whole)
        assert labels.sets == whole.sets
        assert decisions_table(decisions) == decisions_table(
            fold_decisions(events[:end], n_rows=N_ROWS, rows_of=rows_of)
        )


@settings(max_examples=100)
@given(LOGS.filter(bool), st.data())
def test_undoing_the_undo_of_any_event_brings_back_what_was(events, data):
    number = data.draw(st.integers(1, len(events)))
    n = len(events)
    again = [*events, *log(*[undo(0)] * n, undo(number), undo(n + 1))[n:]]
    assert flat(fold(again)) == flat(fold(events))


@settings(max_examples=100)
@given(LOGS)
def test_marks_differ_whenever_a_column_does(events):
    before = None
    for end in range(len(events) + 1):
        now = fold(events[:end], before=before)
        if before is not None:
            for one in label_columns(now):
                is_known = any(other.name == one.name for other in label_columns(before))
                if is_known and now.marks.get(one.set) == before.marks.get(one.set):
                    assert column_values(now, one).equals(column_values(before, one))
        before = now


def test_the_last_decision_on_a_row_counts_until_it_is_undone():
    events = log(
        ("ada", "decided", {"decision": "drop", "rows": [0, 1]}), ("bob", "decided", {"decision": "keep", "rows": [1]})
    )
    decided = fold_decisions(events, n_rows=N_ROWS, rows_of=rows_of)
    assert decision_values(decided).to_pylist() == ["drop", "keep", None, None]
    assert [one["author"] for one in decisions_table(decided).to_pylist()] == ["ada", "bob"]
    events += log(undo(0), undo(0), undo(2))[2:]
    decided = fold_decisions(events, n_rows=N_ROWS, rows_of=rows_of, before=decided)
    assert decision_values(decided).to_pylist() == ["drop", "drop", None, None]
