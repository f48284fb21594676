"""Where people decide one thing and another: what is listed, what is not, and how it ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import portolan
from portolan.acting import Person, acting
from portolan.core.decision_conflicts import conflict_lines, contradicted_rows, decision_conflicts
from portolan.core.decisions import decision_values, fold_decisions
from portolan.core.events import Event
from portolan.errors import NotFoundError, RoleError
from portolan.map import Map
from small_data import topic_rows

N_ROWS = 4


def log(*entries):
    """A log of (author, kind, payload) with ids 1, 2, …"""
    return [
        Event(number, f"t{number:04}", author, kind, payload)
        for number, (author, kind, payload) in enumerate(entries, 1)
    ]


def decided(author, decision, *rows, edit=None, settles=False, recipe=None):
    told = {"decision": decision, "rows": list(rows), "edit": edit, "settles": settles, "recipe": recipe}
    return author, "decided", told


def undo(event):
    return "ada", "undone", {"event": event}


def rows_of(event):
    return np.array(event.payload["rows"], np.int64)


def fold(events, before=None, n_rows=N_ROWS):
    return fold_decisions(events, n_rows=n_rows, rows_of=rows_of, before=before)


def contradicted(*entries):
    return contradicted_rows(fold(log(*entries))).tolist()


def test_what_two_people_decide_otherwise_of_a_row_is_a_contradiction():
    events = log(decided("ada", "drop", 0, 1), decided("bob", "keep", 1, 2))
    [found] = decision_conflicts(fold(events))
    assert found.rows.tolist() == [1]
    assert [(act.author, act.payload["decision"]) for act in found.acts] == [("ada", "drop"), ("bob", "keep")]


@pytest.mark.parametrize(
    "entries",
    [
        (decided("ada", "drop", 1), decided("ada", "keep", 1)),
        (decided("ada", "drop", 1), decided("bob", "drop", 1)),
        (decided("ada", "drop", 1), decided("bob", "keep", 1), decided("ada", "keep", 1)),
        (decided("ada", "drop", 1), decided("bob", "keep", 1), undo(2)),
        (decided("ada", "drop", 1, recipe={"name": "r", "number": 1}), decided("bob", "keep", 1)),
        (decided("ada", "relabel", 1, edit={"a": 1, "b": 2}), decided("bob", "relabel", 1, edit={"b": 2, "a": 1})),
    ],
    ids=["their own mind changed", "the same", "one came round", "undone", "a rule", "the same edit"],
)
def test_these_are_no_contradiction(entries):
    assert contradicted(*entries) == []


@pytest.mark.parametrize(
    "entries",
    [
        (decided("ada", "relabel", 1, edit={"a": 1}), decided("bob", "relabel", 1, edit={"a": 2})),
        (decided("ada", "drop", 1), decided("bob", "review", 1)),
        (decided("ada", "drop", 1), decided("bob", "drop", 1), decided("eve", "keep", 1)),
        (decided("ada", "drop", 1), decided("bob", "drop", 1), decided("bob", "keep", 1)),
        (decided("ada", "drop", 1), decided("bob", "keep", 1), undo(2), undo(3)),
    ],
    ids=["other values", "drop and review", "a third person", "one turned away", "an undo undone"],
)
def test_these_are(entries):
    assert contradicted(*entries) == [1]


def test_who_settles_a_row_ends_it_and_what_they_say_is_what_counts():
    events = log(decided("ada", "drop", 1), decided("bob", "keep", 1), decided("eve", "drop", 1, settles=True))
    assert contradicted_rows(fold(events)).tolist() == []
    assert decision_values(fold(events)).to_pylist()[1] == "drop"


def test_a_settled_row_is_contradicted_again_only_by_who_decides_anew_and_otherwise():
    settled = [decided("ada", "drop", 1), decided("bob", "keep", 1), decided("eve", "drop", 1, settles=True)]
    assert contradicted(*settled, decided("ada", "drop", 1)) == []
    assert contradicted(*settled, decided("eve", "keep", 1)) == []
    [again] = decision_conflicts(fold(log(*settled, decided("bob", "keep", 1))))
    assert [(act.author, act.id) for act in again.acts] == [("eve", 3), ("bob", 4)]


def test_a_settlement_that_is_undone_leaves_what_people_said_before():
    settled = [decided("ada", "drop", 1), decided("bob", "keep", 1), decided("eve", "drop", 1, settles=True)]
    assert contradicted(*settled, undo(3)) == [1]


def test_rows_with_the_same_decisions_stand_together_by_their_first_rows():
    found = decision_conflicts(
        fold(log(decided("ada", "drop", 0, 1, 2, 3), decided("bob", "keep", 0, 3), decided("bob", "review", 1)))
    )
    assert [(one.rows.tolist(), [act.id for act in one.acts]) for one in found] == [([0, 3], [1, 2]), ([1], [1, 3])]


def test_a_million_rows_decided_at_once_are_one_contradiction():
    n_rows = 1_000_000
    rows = np.arange(n_rows)
    events = log(decided("ada", "drop"), decided("bob", "keep"))
    decisions = fold_decisions(events, n_rows=n_rows, rows_of=lambda _: rows)
    [found] = decision_conflicts(decisions)
    assert (len(found.rows), conflict_lines(decisions).num_rows) == (n_rows, 2 * n_rows)
    assert conflict_lines(decisions, np.array([7]))["author"].to_pylist() == ["ada", "bob"]


ACTS = st.builds(
    lambda author, decision, rows, settles: decided(author, decision, *sorted(rows), settles=settles),
    st.sampled_from("abc"),
    st.sampled_from(["keep", "drop", "flip"]),
    st.sets(st.integers(0, N_ROWS - 1), min_size=1),
    st.booleans(),
)
LOGS = st.lists(ACTS | st.integers(1, 8).map(undo), max_size=9).map(lambda steps: log(*steps))


def naive(events):
    """The same, row by row: what each author last decided, since it was last settled."""
    undone = {}
    for event in reversed(events):
        if event.kind == "undone" and event.id not in undone:
            undone.setdefault(event.payload["event"], event.id)
    said = [{} for _ in range(N_ROWS)]
    for event in events:
        if event.kind == "decided" and event.id not in undone:
            for row in event.payload["rows"]:
                if event.payload["settles"]:
                    said[row].clear()
                said[row][event.author] = (event.id, event.payload["decision"])
    differ = [row for row, of in enumerate(said) if len({decision for _, decision in of.values()}) > 1]
    return [(row, event) for row in differ for event, _ in sorted(said[row].values())]


@settings(max_examples=200)
@given(LOGS, st.integers(0, 9))
def test_what_is_listed_is_what_one_finds_step_by_step_wherever_reading_began(events, start):
    lines = conflict_lines(fold(events, before=fold(events[:start]))).to_pylist()
    assert [(one["row_id"], one["event"]) for one in lines] == naive(events)


# Of a real map.


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(60), name="Topics", path=path, progress=False)


@pytest.fixture
def made(found):
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    opened = Map.open(found.path)
    opened.decide("drop", where="row_id < 20", reason="too short", author="ada")
    opened.decide("keep", where="row_id BETWEEN 10 AND 29", reason="short, and right", author="bob")
    return opened


def test_a_map_lists_who_decided_what_when_and_why(made):
    lines = made.decision_conflicts.to_pylist()
    assert [one["row_id"] for one in lines[:4]] == [10, 10, 11, 11]
    assert [(one["author"], one["decision"], one["reason"]) for one in lines[-2:]] == [
        ("ada", "drop", "too short"),
        ("bob", "keep", "short, and right"),
    ]
    assert all(one["time"] for one in lines)


def test_one_row_is_settled_or_all_that_the_same_events_contradict_each_other_on(made):
    made.decide("drop", rows=12, settles=True, reason="read it", author="eve")
    assert 12 not in made.decision_conflicts["row_id"].to_pylist()
    event = made.decide("keep", between=[1, 2], author="eve")
    assert event.payload["size"] == 9
    assert made.decision_conflicts.num_rows == 0
    assert made.filter("decision = 'drop'").tolist() == [*range(10), 12]


def test_what_is_settled_as_it_stood_a_while_ago_is_refused_where_somebody_decided_anew(made):
    made.decide("review", rows=12, author="ada")
    with pytest.raises(NotFoundError, match="Events 1 and 2"):
        made.decide("keep", rows=12, between=[1, 2])
    assert len(made.history) == 3


def test_the_history_of_a_row_tells_both_and_who_settled_it(made):
    made.decide("keep", rows=12, settles=True, reason="read it", author="eve")
    assert [(event.author, event.reason) for event in made.history(12)] == [
        ("ada", "too short"),
        ("bob", "short, and right"),
        ("eve", "read it"),
    ]


def test_only_an_owner_settles(made):
    with acting(Person("grace", "labeller")), pytest.raises(RoleError, match="owner"):
        made.decide("keep", rows=12, settles=True)
    with acting(Person("grace", "labeller")), pytest.raises(RoleError, match="owner"):
        made.decide("keep", between=[1, 2])


def test_decisions_that_are_all_taken_back_contradict_nobody_and_do_again_when_they_are_had_back(made):
    made.restore()
    assert made.decision_conflicts.num_rows == 0
    made.restore(undo=True)
    assert made.decision_conflicts.num_rows == 20


def test_a_dry_run_says_on_how_many_rows_people_contradict_each_other(made):
    told = made.clean("rules: [{drop: row_id = 50}]", dry_run=True)
    assert told.to_json()["n_contradicted"] == 10
    assert "people contradict each other on 10 rows decided by hand" in str(told)
    made.decide("keep", between=[1, 2])
    assert "contradict" not in str(made.clean("rules: [{drop: row_id = 50}]", dry_run=True))
