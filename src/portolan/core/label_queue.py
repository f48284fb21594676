"""Which rows somebody is to label next, where each is to be labelled by several people, without seeing each other's."""

from __future__ import annotations

import numpy as np

from portolan.core.label_tables import settled
from portolan.core.labels import Labels
from portolan.core.tiles import priority
from portolan.errors import InputError
from portolan.types import RowIds

MOST_PEOPLE = 100


def label_queue(
    labels: Labels, name: str, *, author: str, side: str = "", n_people: int = 2, is_begun: bool = False
) -> RowIds:
    """Rows that fewer than `n_people` others labelled, and not the author: in the order to label them.

    Rows that others have begun come first, those that lack fewest people before all; then all rows in an order that
    looks random and is the same for everyone, so that people who begin together meet on the same rows. With
    `is_begun` only those that others have begun.

    Returns
    -------
    ndarray of int64, shape (n_found,)
        Ids of rows. A set that nobody has used yet has them all.

    Raises
    ------
    InputError
        No such number of people can label a row.
    """
    if not 1 <= n_people <= MOST_PEOPLE:
        raise InputError(f"{n_people} people cannot label a row.", fix=f"Give 1 to {MOST_PEOPLE}.")
    own = {slot: numbers for slot, numbers in labels.slots.items() if (slot.set, slot.side) == (name, side)}
    by_author = {slot.author: np.zeros(labels.n_rows, np.bool_) for slot in own if not slot.settles}
    for slot, numbers in own.items():
        if not slot.settles:
            by_author[slot.author] |= numbers > 0
    is_mine = by_author.pop(author, np.zeros(labels.n_rows, np.bool_))
    n_others = np.zeros(labels.n_rows, np.int32)
    for has_label in by_author.values():
        n_others += has_label
    is_settled = settled(own)
    is_owed = (n_others < n_people) & ~is_mine
    if is_begun:
        is_owed &= n_others > 0
    found = np.flatnonzero(is_owed if is_settled is None else is_owed & ~is_settled).astype(np.int64)
    return found[np.lexsort((priority(found), -n_others[found]))]
