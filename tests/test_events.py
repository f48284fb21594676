"""The fold of the journal: what stands, what was undone, which views there are."""

from portolan.core.events import (
    UNDONE,
    VIEW_DELETED,
    VIEW_RENAMED,
    VIEW_SAVED,
    Event,
    row_set_names,
    saved_views,
    standing,
    with_undone,
)


def log(*entries):
    return [Event(number, f"t{number}", "ada", kind, payload) for number, (kind, payload) in enumerate(entries, 1)]


def undo(event):
    return (UNDONE, {"event": event})


def saved(name, link="map=1"):
    return (VIEW_SAVED, {"name": name, "link": link})


def test_an_undone_event_no_longer_stands_and_says_what_undid_it():
    events = log(("x", {}), ("x", {}), undo(1))
    assert [event.id for event in standing(events, ["x"])] == [2]
    assert [event.undone_by for event in with_undone(events)] == [3, None, None]


def test_undoing_an_undo_brings_the_event_back():
    events = log(("x", {}), undo(1), undo(2))
    assert [event.id for event in standing(events, ["x"])] == [1]


def test_an_event_can_be_undone_again_after_that():
    events = log(("x", {}), undo(1), undo(2), undo(1))
    assert standing(events, ["x"]) == []
    assert with_undone(events)[0].undone_by == 4


def test_a_view_saved_again_has_the_later_link():
    assert [view.link for view in saved_views(log(saved("a", "one"), saved("a", "two")))] == ["two"]


def test_views_are_renamed_and_deleted_by_later_events():
    events = log(saved("a"), saved("b"), (VIEW_RENAMED, {"name": "a", "to": "c"}), (VIEW_DELETED, {"name": "b"}))
    assert [view.name for view in saved_views(events)] == ["c"]


def test_a_deleted_view_comes_back_when_that_is_undone():
    events = log(saved("a"), (VIEW_DELETED, {"name": "a"}), undo(2))
    assert [view.name for view in saved_views(events)] == ["a"]


def test_sets_of_rows_are_found_in_payloads_however_deep_and_a_column_of_that_name_is_none():
    events = [
        Event(1, "", "ada", "clusters-merged", {"clusters": [{"rows": "a"}, {"rows": "b"}], "rows": "c"}),
        Event(2, "", "ada", "decided", {"rows": "a", "edit": {"set": {"rows": "a new value"}}}),
    ]
    assert row_set_names(events) == ["a", "b", "c"]
