"""What people say of findings, folded from the journal: definitions, statuses of whole findings or parts, threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from portolan.core.events import FINDING_DEFINED, FINDING_RESPONSE, FINDING_STATUS, Event, standing
from portolan.types import BoolArray

Status = Literal["open", "intended", "to-drop"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""What may be said of a finding's rows; that they are dropped follows from what is decided of them."""
DROPPED = "dropped"
ROW_STATUSES = (*STATUSES, DROPPED)
"""What a row in a finding can be: its place in this is its code."""
MIXED = "mixed"
"""The status of rows that have not all the same one."""

NO_DEFECT = frozenset({"near-tie", "recovery"})
"""Findings that say of a pair what it is, and not that anything is wrong with it: told last."""

Codes = NDArray[np.int8]


@dataclass(frozen=True)
class StatusSaid:
    """What somebody said of a finding's rows: of all where `where` is "", else of those that meet it.

    `event` is None for what a provenance card says.
    """

    status: Status
    where: str = ""
    reason: str = ""
    author: str = ""
    time: str = ""
    event: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self)}


@dataclass(frozen=True)
class Response:
    """One entry of the thread on a finding; `event` is None for what the provenance card tells."""

    text: str
    author: str
    time: str
    event: int | None

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self)}


@dataclass(frozen=True)
class Defined:
    """A finding that somebody defined: the rows that meet an expression.

    `score`, where it is not "", is an expression whose value, cut to 0 to 1, is the confidence; else that is 1.
    """

    name: str
    where: str
    title: str
    what: str
    score: str
    author: str
    event: int

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self)}


def what_of(where: str) -> str:
    """What is told of a row in a finding of which nobody said more than its expression."""
    return f"Rows where {where}."


def defined_findings(events: Sequence[Event]) -> dict[str, Defined]:
    """Findings that people defined, by name; the last definition of each counts."""
    found = {}
    for event in standing(events, (FINDING_DEFINED,)):
        told = event.payload
        found[str(told["name"])] = Defined(
            name=str(told["name"]), where=str(told["where"]), title=str(told["title"]), what=str(told["what"]),
            score=str(told.get("score", "")), author=event.author, event=event.id,
        )  # fmt: skip
    return found


def statuses_said(events: Sequence[Event], finding: str) -> list[StatusSaid]:
    """What is said of a finding's rows, in order; of one part only the last word."""
    said: dict[str, StatusSaid] = {}
    for event in standing(events, (FINDING_STATUS,)):
        if event.payload["finding"] == finding:
            where = str(event.payload["where"])
            said.pop(where, None)
            said[where] = StatusSaid(
                event.payload["status"], where, event.reason, event.author, event.time, event.id
            )  # fmt: skip
    return list(said.values())


def responses_to(events: Sequence[Event], finding: str) -> list[Response]:
    """The thread on a finding, in order."""
    return [
        Response(str(event.payload["text"]), event.author, event.time, event.id)
        for event in standing(events, (FINDING_RESPONSE,))
        if event.payload["finding"] == finding
    ]


def row_statuses(said: Sequence[tuple[StatusSaid, BoolArray | None]], is_dropped: BoolArray, *, n_rows: int) -> Codes:
    """The status of each row, as a place in `ROW_STATUSES`: int8, shape (n_rows,).

    What is said of a part goes before what is said of the whole; of two parts, the later word counts. A row that is
    decided to be dropped is dropped, unless it is intended.

    Parameters
    ----------
    said : sequence of (StatusSaid, ndarray of bool or None)
        With each, the rows it is about; None for all.
    is_dropped : ndarray of bool, shape (n_rows,)
    """
    codes = np.zeros(n_rows, np.int8)
    for one, rows in said:
        if rows is None:
            codes[:] = ROW_STATUSES.index(one.status)
    for one, rows in said:
        if rows is not None:
            codes[rows] = ROW_STATUSES.index(one.status)
    codes[is_dropped & (codes != ROW_STATUSES.index("intended"))] = ROW_STATUSES.index(DROPPED)
    return codes


def status_of(codes: Codes) -> str:
    """The one status that rows have; "mixed" where they have several, "open" where there are none."""
    found = np.unique(codes)
    if not len(found):
        return "open"
    return ROW_STATUSES[found[0]] if len(found) == 1 else MIXED


def counts_of(codes: Codes) -> dict[str, int]:
    """How many rows have each status; those that none has are left out."""
    counts = np.bincount(codes, minlength=len(ROW_STATUSES))
    return {name: int(n) for name, n in zip(ROW_STATUSES, counts, strict=True) if n}
