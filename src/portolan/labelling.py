"""What a person says of rows: labels, and the sets they are chosen from. Each is an event of the journal, made here.

What the events come to is worked out on reading (`core.labels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from portolan.acting import check_own, check_role
from portolan.choosing import AnyRows, chosen_rows
from portolan.core.events import LABEL_SET_DEFINED, LABELLED, UNLABELLED, Event
from portolan.core.labels import EVERYONE, LabelSet
from portolan.core.row_sets import name_of, pack, row_set
from portolan.errors import InputError, NotFoundError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.store import Entry
from portolan.types import RowIds
from portolan.views import checked_name

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

Span = tuple[int, int]
SIDES = ("chosen", "rejected")
LONGEST_NOTE = 10_000
COLOR_LETTERS = frozenset("0123456789abcdefABCDEF")


class Labeller:
    """Labels rows of one map. Every method writes one event to the journal and returns it."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store

    def define(
        self,
        name: str,
        values: Sequence[str | Mapping[str, str]],
        *,
        description: str = "",
        is_multiple: bool = False,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Say what a set of labels is for and which values there are; a set of that name is defined anew."""
        told = [_value(one) for one in values]
        for part in ("value", "key"):
            given = [one[part] for one in told if one[part]]
            twice = next((one for one in given if given.count(one) > 1), None)
            if twice is not None:
                raise InputError(f"The {part} {twice!r} stands there twice.", fix=f"Give each {part} once.")
        payload = {
            "set": checked_name(name, of="A set of labels"), "description": description.strip(), "values": told,
            "is_multiple": bool(is_multiple),
        }  # fmt: skip
        return self._write(Entry(LABEL_SET_DEFINED, payload, reason.strip()), author)

    def label(
        self,
        name: str,
        value: str,
        *,
        rows: AnyRows | None = None,
        where: str | None = None,
        side: str | None = None,
        span: Span | None = None,
        note: str = "",
        settles: bool = False,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Give rows a label. `settles`: it goes before what others say of them."""
        value = checked_name(value, of="A label")
        name = checked_name(name, of="A set of labels")
        known = self._store.judged.labels().sets.get(name)
        if known is not None and not known.is_open:
            _check_value(known, value)
        if len(note) > LONGEST_NOTE:
            raise InputError(f"The note has {len(note):,} characters.", fix=f"Keep it within {LONGEST_NOTE:,}.")
        if settles:
            check_role("owner", f"To settle labels of '{name}'")
            if span is not None:
                raise InputError("Parts of texts are not settled.", fix="Settle whole rows, or take labels away.")
        found = chosen_rows(self._map, rows=rows, where=where)
        payload = {"set": name, "value": value, **self._about(found, side, span), "note": note.strip()}
        if settles:
            payload["settles"] = True
        return self._write(_entry(LABELLED, payload, found, where=where, reason=reason), author)

    def unlabel(
        self,
        name: str,
        value: str | None = None,
        *,
        rows: AnyRows | None = None,
        where: str | None = None,
        side: str | None = None,
        span: Span | None = None,
        note: str = "",
        of: str | None = None,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Take labels away from rows: one's own, those of the author `of`, or with "*" everyone's."""
        name = checked_name(name, of="A set of labels")
        if name not in self._store.judged.labels().sets:
            raise NotFoundError(f"There is no set of labels '{name}'.", fix="See m.label_sets.")
        if of is not None:
            check_own("everyone" if of == EVERYONE else of, f"What is to be taken away of '{name}'")
        found = chosen_rows(self._map, rows=rows, where=where)
        payload = {"set": name, "value": value, **self._about(found, side, span), "note": note.strip(), "of": of}
        return self._write(_entry(UNLABELLED, payload, found, where=where, reason=reason), author)

    def _about(self, found: RowIds, side: str | None, span: Span | None) -> dict[str, Any]:
        """Side and span of a payload, checked."""
        if side is not None and (side not in SIDES or self._map.roles.kind != "pair"):
            raise _no_side(side, self._map.roles.kind)
        if span is None:
            return {"side": side, "span": None}
        start, end = (int(bound) for bound in span)
        if not 0 <= start < end or len(found) != 1:
            problem = (
                f"The span {start} to {end} is none." if not 0 <= start < end else f"{len(found):,} rows were named."
            )
            raise InputError(problem, fix="A span is (start, end) in characters, of the text of one row.")
        return {"side": side, "span": [start, end]}

    def _write(self, entry: Entry, author: str | None) -> Event:
        [event] = self._store.main.journal.append([entry], author=author or author_name())
        bring_up_to_date(self._store.main)
        return event


def _no_side(side: str, kind: str) -> InputError:
    if side not in SIDES:
        return InputError(f"There is no side '{side}'.", fix="A side is chosen or rejected.")
    if kind == "ranking":
        problem = "The map's rows are rankings: each has several replies, not two sides."
        return InputError(problem, fix="Leave the side out: a label is of the ranking as a whole.")
    return InputError("The map's rows are no pairs.", fix="Leave the side out: only pairs have sides.")


def _entry(kind: str, payload: Mapping[str, Any], rows: RowIds, *, where: str | None, reason: str) -> Entry:
    """An entry about rows: one, whatever their number."""
    packed = pack(row_set(rows, is_whole=True))
    whole = {**payload, "rows": name_of(packed), "size": len(rows), "where": (where or "").strip()}
    return Entry(kind, whole, reason.strip(), {name_of(packed): packed})


def _value(given: str | Mapping[str, str]) -> dict[str, str]:
    told = {"value": given} if isinstance(given, str) else dict(given)
    color, key = told.get("color", ""), told.get("key", "")
    if color and not (len(color) == 7 and color[0] == "#" and COLOR_LETTERS.issuperset(color[1:])):
        raise InputError(f"'{color}' is no colour.", fix="Write it as #rrggbb.")
    if len(key) > 1:
        raise InputError(f"'{key}' is no key.", fix="Give one letter or digit.")
    return {"value": checked_name(told.get("value", ""), of="A label"), "color": color, "key": key}


def _check_value(known: LabelSet, value: str) -> None:
    values = [one.value for one in known.values]
    if value not in values:
        raise InputError(
            f"The set '{known.name}' has no label '{value}'.",
            fix=f"Its labels: {', '.join(values)}. To have another, define the set anew.",
        )


def labels_at(of: Store, time: str) -> pa.Table:
    """The labels that stood at a time; see `Map.labels_at`."""
    from portolan.core.label_tables import labels_table

    return labels_table(of.judged.labels(events_until(of, time)))


def events_until(of: Store, time: str) -> list[Event]:
    """The beginning of the journal up to a time: ISO 8601, in UTC unless it says otherwise; a date means its end.

    Raises
    ------
    InputError
        It is no such time.
    """
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(time.strip())
    except ValueError as error:
        raise InputError(f"'{time}' is no time.", fix="Write 2026-11-21 or 2026-11-21T14:30.") from error
    if len(time.strip()) <= len("2026-11-21"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    last = moment.isoformat("T", "microseconds")
    return [event for event in of.main.journal.events() if event.time <= last]


def history_of_row(of: Store, row_id: int) -> list[Event]:
    """What was said and decided of a row, in order. Raises NotFoundError."""
    if not 0 <= row_id < of.n_rows:
        raise NotFoundError(f"There is no row {row_id}.", fix=f"Rows are 0 to {of.n_rows - 1}.")
    return of.judged.history(row_id)
