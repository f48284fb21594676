"""Which rows somebody means: by their ids, or by a filter expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from portolan.errors import InputError, NotFoundError
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.map import Map

AnyRows = Sequence[int] | RowIds | int


def chosen_rows(of: Map, *, rows: AnyRows | None, where: str | None) -> RowIds:
    """The rows that are meant, ascending, none twice.

    Raises
    ------
    InputError
        Neither way was used, or both; no row is meant.
    NotFoundError
        The map has no such row.
    ExpressionError
        `where` cannot be understood.
    """
    if (rows is None) == (where is None):
        raise InputError(
            "Rows are chosen by ids or by a filter expression; "
            + ("neither was given." if rows is None else "not both."),
            fix="Give rows=[3, 17], or where=\"subset = 'helpful'\".",
        )
    if where is not None:
        found = of.filter(where)
        if not len(found):
            raise InputError(f"No row meets {where}.", fix="Look at what does: portolan rows MAP --where …")
        return found
    asked = np.asarray(rows)
    if asked.size == 0 or asked.dtype.kind not in "iu":
        what = "No row was named." if asked.size == 0 else f"Rows are whole numbers; these are {asked.dtype}."
        raise InputError(what, fix="Give the ids of rows, as in row_id.")
    ids = np.unique(asked.astype(np.int64))
    if ids[0] < 0 or ids[-1] >= of.n_rows:
        missing = int(ids[0] if ids[0] < 0 else ids[-1])
        raise NotFoundError(f"There is no row {missing}.", fix=f"Rows are 0 to {of.n_rows - 1}.")
    return ids
