"""Labels: what people said of rows, as a fold of the journal.

Each author has labels of their own. In a set of single choice an author's later label of a row takes the place of the
earlier one; in a set of multiple choice a row has any number. What a row is taken to be is, in a set of single choice,
what was said of it last by anyone; in one of multiple choice everything that anyone says of it. A label that *settles*
a row, an adjudicator's, goes before what anyone says of it, earlier or later, until it is taken away or another settles
the row anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from portolan.core.acts import Acts, RowsOf
from portolan.core.events import LABEL_KINDS, LABEL_SET_DEFINED, LABELLED, Event
from portolan.types import RowIds

EVERYONE = "*"
"""Instead of an author's name, in what takes labels away."""

Numbers = NDArray[np.int32]
"""(n_rows,) the number of the act that labelled each row; 0 where none stands."""


@dataclass(frozen=True)
class LabelValue:
    """One value of a set: its colour as `#rrggbb` and the key that gives it, both perhaps ""."""

    value: str
    color: str = ""
    key: str = ""


@dataclass(frozen=True)
class LabelSet:
    """A set of labels to choose from. `is_open`: nobody has said which values there are, so any may be given."""

    name: str
    description: str = ""
    values: tuple[LabelValue, ...] = ()
    is_multiple: bool = False
    is_open: bool = True


@dataclass(frozen=True)
class Slot:
    """Where an author's labels are kept. `value` is "" in a set of single choice; `side` is "" for the whole row.

    Labels that settle rows have places of their own: they are no independent opinion.
    """

    set: str
    side: str
    author: str
    value: str
    settles: bool = False


SpanPlace = tuple[int, int, int]
"""Row, and where in its text a label begins and ends, in characters."""


@dataclass(frozen=True)
class Labels:
    """The labels of `n_rows` rows after a log of events. Made by `fold_labels`, never changed.

    Attributes
    ----------
    slots : mapping of Slot to ndarray of int32, shape (n_rows,)
        The number of the act by which each row has its label; 0 where it has none.
    spans : mapping of Slot to mapping of place to number
        The same for parts of texts.
    """

    n_rows: int
    acts: Acts = field(default_factory=lambda: Acts(LABEL_KINDS))
    sets: Mapping[str, LabelSet] = field(default_factory=dict)
    slots: Mapping[Slot, Numbers] = field(default_factory=dict)
    spans: Mapping[Slot, Mapping[SpanPlace, int]] = field(default_factory=dict)
    marks: Mapping[str, int] = field(default_factory=dict)

    def act(self, number: int) -> Event:
        """The act of that number."""
        return self.acts.acts[number - 1]

    def value_of(self, number: int) -> str:
        """The value that the act of that number gave."""
        return str(self.act(number).payload["value"])


def fold_labels(events: Sequence[Event], *, n_rows: int, rows_of: RowsOf, before: Labels | None = None) -> Labels:
    """The labels after a log of events.

    Parameters
    ----------
    events : sequence of Event
        The whole log, or any beginning of it: then the labels are those of that time.
    rows_of : callable
        The rows an act is about. Those that the map does not have are left out.
    before : Labels, optional
        What a beginning of the same log came to: only what is new is read.
    """
    before = before if before is not None and before.n_rows == n_rows else Labels(n_rows)
    acts, changed = before.acts.after(events)
    n_before = len(before.acts.acts)
    new = range(n_before + 1, len(acts.acts) + 1)
    touched = {str(acts.acts[number - 1].payload["set"]) for number in (*changed, *new)}
    if not touched:
        return replace(before, acts=acts)
    sets = _sets(acts.standing(), {}) if changed else _sets(acts.standing(after=n_before), before.sets)
    redone = {str(acts.acts[number - 1].payload["set"]) for number in changed}
    redone |= {name for name in touched if _choice(sets, name) != _choice(before.sets, name)}
    work = _Work(before, acts, sets, rows_of, redone=redone)
    for number, act in acts.standing(after=0 if redone else n_before):
        if number > n_before or str(act.payload["set"]) in redone:
            work.apply(number, act)
    # The log's length when a set last changed tells one state of it from every other.
    marks = {**before.marks, **dict.fromkeys(touched, acts.n_read)}
    return Labels(n_rows, acts, sets, work.slots, work.spans, marks)


def _choice(sets: Mapping[str, LabelSet], name: str) -> bool:
    return name in sets and sets[name].is_multiple


def _sets(standing: Iterable[tuple[int, Event]], before: Mapping[str, LabelSet]) -> dict[str, LabelSet]:
    """The sets as they were last defined; one that was only used has the values it was used with."""
    sets = dict(before)
    for _, act in standing:
        payload = act.payload
        name = str(payload["set"])
        if act.kind == LABEL_SET_DEFINED:
            sets[name] = _defined(name, payload)
        elif act.kind == LABELLED:
            known = sets.setdefault(name, LabelSet(name))
            if all(one.value != payload["value"] for one in known.values):
                # Of a set that was defined since with fewer values, what was given stays visible.
                sets[name] = replace(known, values=(*known.values, LabelValue(str(payload["value"]))))
    return sets


def _defined(name: str, payload: Mapping[str, Any]) -> LabelSet:
    values = tuple(
        LabelValue(str(one["value"]), str(one.get("color", "")), str(one.get("key", "")))
        for one in payload.get("values", ())
    )
    return LabelSet(
        name, str(payload.get("description", "")), values, bool(payload.get("is_multiple")), is_open=not values
    )


class _Work:
    """Slots being filled: those of `before` are copied when they are first written to."""

    def __init__(
        self, before: Labels, acts: Acts, sets: Mapping[str, LabelSet], rows_of: RowsOf, *, redone: set[str]
    ) -> None:
        self.slots = {slot: numbers for slot, numbers in before.slots.items() if slot.set not in redone}
        self.spans = {slot: places for slot, places in before.spans.items() if slot.set not in redone}
        self._n_rows = before.n_rows
        self._acts, self._sets, self._rows_of = acts, sets, rows_of
        self._own: set[int] = set()

    def apply(self, number: int, act: Event) -> None:
        """Do what an act did."""
        if act.kind == LABEL_SET_DEFINED:
            return
        rows = self._rows_of(act)
        rows = rows[rows < self._n_rows]
        (self._label if act.kind == LABELLED else self._unlabel)(number, act, rows)

    def _label(self, number: int, act: Event, rows: RowIds) -> None:
        payload = act.payload
        name = str(payload["set"])
        value = str(payload["value"]) if _choice(self._sets, name) else ""
        slot = Slot(name, payload.get("side") or "", act.author, value, settles=bool(payload.get("settles")))
        if payload.get("span") is None:
            self._numbers(slot)[rows] = number
        else:
            start, end = payload["span"]
            self._places(slot).update(dict.fromkeys(((row, start, end) for row in rows.tolist()), number))

    def _unlabel(self, number: int, act: Event, rows: RowIds) -> None:
        payload = act.payload
        of = payload.get("of") or act.author
        for slot in [slot for slot in (*self.slots, *self.spans) if self._is_meant(slot, payload, of)]:
            if payload.get("span") is None and slot in self.slots:
                numbers = self._numbers(slot)
                numbers[rows[self._has_value(numbers[rows], payload.get("value"))]] = 0
            elif payload.get("span") is not None and slot in self.spans:
                places = self._places(slot)
                for row in rows.tolist():
                    place = (row, *payload["span"])
                    if place in places and self._has_value(np.array([places[place]]), payload.get("value"))[0]:
                        del places[place]

    def _is_meant(self, slot: Slot, payload: Mapping[str, Any], of: str) -> bool:
        is_there = (slot.set, slot.side) == (payload["set"], payload.get("side") or "")
        return is_there and of in (EVERYONE, slot.author)

    def _has_value(self, numbers: NDArray[np.integer], value: str | None) -> NDArray[np.bool_]:
        """Whether each label is there and has that value; None: any."""
        is_it = numbers > 0
        if value is not None:
            for number in np.unique(numbers[is_it]).tolist():
                if self._acts.acts[number - 1].payload["value"] != value:
                    is_it &= numbers != number
        return is_it

    def _numbers(self, slot: Slot) -> Numbers:
        """The slot's numbers, to write to."""
        known = self.slots.get(slot)
        if known is None or id(known) not in self._own:
            known = np.zeros(self._n_rows, np.int32) if known is None else known.copy()
            self.slots[slot] = known
            self._own.add(id(known))
        return known

    def _places(self, slot: Slot) -> dict[SpanPlace, int]:
        known = self.spans.get(slot)
        if known is None or id(known) not in self._own:
            known = dict(known or {})
            self.spans[slot] = known
            self._own.add(id(known))
        return cast("dict[SpanPlace, int]", known)
