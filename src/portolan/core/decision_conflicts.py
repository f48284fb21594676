"""Where people contradict each other in what is to become of rows: what each last decided by hand, compared.

A person who changes their mind contradicts nobody, and neither does a rule. A decision that settles a row stands in the
place of all that were made of it by hand; who decides anew and otherwise afterwards contradicts that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.decisions import SCHEMA, Decisions, decision_lines, edit_text
from portolan.core.events import Event
from portolan.types import BoolArray, RowIds

NOTHING = 0
"""In the place of a code: an author who has decided nothing of a row."""


@dataclass(frozen=True, eq=False)
class DecisionConflict:
    """Rows on which the same acts contradict each other.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        Ascending.
    acts : tuple of Event
        What each author last decided of them, in the order in which they did; the last is what counts so far.
    """

    rows: RowIds
    acts: tuple[Event, ...]


def decision_conflicts(decisions: Decisions) -> list[DecisionConflict]:
    """Rows whose authors contradict each other, those with the same acts together, by their first rows."""
    rows = contradicted_rows(decisions)
    if not len(rows):
        return []
    acts = _acts_of(decisions, rows)
    # Equal lines come to stand side by side, and each one's rows ascend: the sort is stable.
    order = np.lexsort(acts.T)
    acts = acts[order]
    is_first = np.concatenate([[True], (acts[1:] != acts[:-1]).any(axis=1)])
    starts = np.flatnonzero(is_first)
    parts = np.split(rows[order], starts[1:])
    numbers = (np.sort(line[line > 0]).tolist() for line in acts[starts])
    found = [
        DecisionConflict(part, tuple(decisions.acts.acts[number - 1] for number in own))
        for part, own in zip(parts, numbers, strict=True)
    ]
    return sorted(found, key=lambda one: int(one.rows[0]))


def conflict_lines(decisions: Decisions, row_ids: RowIds | None = None) -> pa.Table:
    """What each author last decided of contradicted rows, by row and in the order they did: the columns of SCHEMA.

    Only of `row_ids`, where these are given.
    """
    rows = contradicted_rows(decisions, row_ids)
    if not len(rows):
        return SCHEMA.empty_table()
    acts = np.sort(_acts_of(decisions, rows), axis=1)
    places, columns = np.nonzero(acts)
    return decision_lines(decisions, rows[places], acts[places, columns])


def contradicted_rows(decisions: Decisions, row_ids: RowIds | None = None) -> RowIds:
    """Rows, of `row_ids` where these are given, on which authors contradict each other: int64, ascending."""
    ids = None if row_ids is None else np.unique(row_ids)
    n_asked = decisions.n_rows if ids is None else len(ids)
    low, high = np.full(n_asked, np.iinfo(np.int32).max, np.int32), np.zeros(n_asked, np.int32)
    codes = _codes(decisions.acts.acts)
    if len(decisions.by_author) > 1:
        for numbers in decisions.by_author.values():
            said = codes[numbers if ids is None else numbers[ids]]
            np.maximum(high, said, out=high)
            np.minimum(low, said, out=low, where=said != NOTHING)
    differs: BoolArray = low < high
    found = np.flatnonzero(differs).astype(np.int64)
    return found if ids is None else ids[found]


def _acts_of(decisions: Decisions, rows: RowIds) -> NDArray[np.int32]:
    """By which act each author last decided each row: shape (n_rows, n_authors), 0 where by none."""
    return np.stack([numbers[rows] for numbers in decisions.by_author.values()], axis=1)


def _codes(acts: Sequence[Event]) -> NDArray[np.int32]:
    """For each number of an act a code, the same for acts that come to the same."""
    known: dict[tuple[str, str | None], int] = {}
    codes = [known.setdefault((str(act.payload["decision"]), edit_text(act)), len(known) + 1) for act in acts]
    return np.array([NOTHING, *codes], np.int32)
