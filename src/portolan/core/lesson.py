"""What labels teach: which rows, or sides of rows, were said to be it, and which were said to be something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.concept import LEAST_OF_EACH
from portolan.core.label_tables import LabelColumn, column_values
from portolan.core.labels import Labels
from portolan.errors import InputError, NotFoundError
from portolan.types import BoolArray, RowIds

WHOLE = ""
SIDES = ("chosen", "rejected")


@dataclass(frozen=True)
class Lesson:
    """Labelled rows of a set, in order.

    Attributes
    ----------
    row_ids : ndarray of int64, shape (n_labels,)
    sides : tuple of str
        "" for whole rows, or the sides of pairs that labels are about.
    side_of : ndarray of int64, shape (n_labels,)
        Which of `sides` each is about.
    is_positive : ndarray of bool, shape (n_labels,)
    """

    set: str
    values: tuple[str, ...]
    row_ids: RowIds
    sides: tuple[str, ...]
    side_of: RowIds
    is_positive: BoolArray

    @property
    def n_positive(self) -> int:
        """Labels that are it."""
        return int(self.is_positive.sum())

    @property
    def n_other(self) -> int:
        """Labels that are something else."""
        return len(self.is_positive) - self.n_positive

    def only(self, places: RowIds | BoolArray) -> Lesson:
        """Those of its labels."""
        return Lesson(
            self.set, self.values, self.row_ids[places], self.sides, self.side_of[places], self.is_positive[places]
        )

    def missing(self) -> str:
        """What is still to be labelled before anything can be learnt; "" when there is enough."""
        which = " or ".join(f"“{value}”" for value in self.values)
        parts = []
        if self.n_positive < LEAST_OF_EACH:
            parts.append(f"{LEAST_OF_EACH - self.n_positive} more {which}")
        if self.n_other < LEAST_OF_EACH:
            parts.append(f"{LEAST_OF_EACH - self.n_other} more that are not")
        return f"Label at least {LEAST_OF_EACH} of each: {', '.join(parts)}." if parts else ""


def lesson_of(labels: Labels, name: str, values: Sequence[str]) -> Lesson:
    """What the labels of a set teach of some of its values, against all its others.

    Of whole rows, if any of those is labelled; else of the sides of pairs. What was said of a row last counts.

    Raises
    ------
    NotFoundError
        There is no such set.
    InputError
        No value was named, or one that the set does not have.
    """
    if name not in labels.sets:
        known = ", ".join(sorted(labels.sets)) or "none; label some rows first"
        raise NotFoundError(f"There is no set of labels '{name}'.", fix=f"Sets: {known}.")
    has = [one.value for one in labels.sets[name].values]
    strange = next((value for value in values if value not in has), None)
    if strange is not None or not values:
        problem = f"The set '{name}' has no label '{strange}'." if values else "No label was named."
        raise InputError(problem, fix=f"Its labels: {', '.join(has) or 'none yet'}.")
    there = {slot.side for slot, numbers in labels.slots.items() if slot.set == name and numbers.any()}
    sides = (WHOLE,) if WHOLE in there or not there else SIDES
    parts = [_labelled(labels, name, side, values) for side in sides]
    side_of = np.repeat(np.arange(len(sides)), [len(rows) for rows, _ in parts])
    rows, is_positive = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Lesson(name, tuple(values), rows, sides, side_of, is_positive)


def _labelled(labels: Labels, name: str, side: str, values: Sequence[str]) -> tuple[RowIds, BoolArray]:
    found = column_values(labels, LabelColumn("", name, side))
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    said = found.take(pa.array(rows))
    wanted = pa.array(list(values), pa.string())
    if not pa.types.is_list(said.type):
        return rows, pc.is_in(said, value_set=wanted).to_numpy(zero_copy_only=False)
    is_it = np.zeros(len(rows), np.bool_)
    parents = pc.list_parent_indices(said).to_numpy(zero_copy_only=False)
    is_it[parents[pc.is_in(said.flatten(), value_set=wanted).to_numpy(zero_copy_only=False)]] = True
    return rows, is_it
