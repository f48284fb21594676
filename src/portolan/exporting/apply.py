"""The rows of a map with its decisions applied, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.changing import Changer
from portolan.core.recipe import CHANGING
from portolan.core.standing import Standing, decision_of, edit_of
from portolan.store import Store
from portolan.types import BoolArray, RowIds

BATCH_ROWS = 8192


@dataclass(frozen=True)
class Part:
    """Some rows, one after another.

    Attributes
    ----------
    row_ids : ndarray of int64, shape (n,)
    given, result : pyarrow.RecordBatch, n rows
        The user's columns as they came, and with decisions applied; dropped rows stand in both.
    owners : ndarray of int32, shape (n,)
        Place of the event that decides each row; -1 where none does.
    is_kept, is_touched : ndarray of bool, shape (n,)
        Whether a row is not dropped; whether it is decided to be changed.
    """

    row_ids: RowIds
    given: pa.RecordBatch
    result: pa.RecordBatch
    owners: NDArray[np.int32]
    is_kept: BoolArray
    is_touched: BoolArray


def applied(store: Store, standing: Standing, changer: Changer) -> Iterator[Part]:
    """All rows in order, each part in memory alone."""
    decisions = [decision_of(event) for event in standing.events]
    # One more place at the end, for the owner -1.
    is_drop, is_flip, is_touch = (
        np.array([decision in kinds for decision in decisions] + [False], np.bool_)
        for kinds in (("drop",), ("flip",), CHANGING)
    )
    at = 0
    for batch in store.row_batches(batch_rows=BATCH_ROWS):
        given = pa.RecordBatch.from_arrays(batch.columns[1:], schema=changer.schema)
        owners = standing.owners[at : at + batch.num_rows]
        result, touched = given, is_touch[owners]
        if touched.any():
            if is_flip[owners].any():
                result = changer.flip(result, is_flip[owners])
            for place in np.unique(owners[touched & ~is_flip[owners]]).tolist():
                rows = np.flatnonzero(owners == place)
                result = changer.edit(result, rows, edit_of(standing.events[place]))
        row_ids = np.asarray(batch.column(0))
        yield Part(row_ids, given, result, owners, ~is_drop[owners], touched)
        at += batch.num_rows
