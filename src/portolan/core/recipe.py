"""Recipes: ordered rules and decisions by hand, and which row they come to decide.

A rule is a filter expression and what becomes of the rows that meet it. The first that takes a row has it; what a
person decided by hand goes before every rule. `core/recipe_text.py` reads and writes recipes as YAML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.types import BoolArray, RowIds

DECISIONS = ("keep", "drop", "flip", "edit", "relabel", "review")
CHANGING = ("flip", "edit", "relabel")
"""Decisions after which a row is written otherwise than it came."""
VERSION = 1
NOBODY = -1
"""In an array of owners: no decision has that row."""

Edit = Mapping[str, Any]
"""What is changed in a row: {"set": {column: value}, "replace": [{"column", "pattern", "with"}]}, either or both."""


@dataclass(frozen=True)
class Mark:
    """Where an expression stands in a recipe: each of its runs of characters begins at a line and a column, from 1."""

    runs: tuple[tuple[int, int, int], ...] = ((0, 1, 1),)

    def at(self, place: int) -> tuple[int, int]:
        """Line and column of the character at `place`."""
        start, line, column = max((run for run in self.runs if run[0] <= place), default=self.runs[0])
        return line, column + place - start


@dataclass(frozen=True)
class Rule:
    """A filter expression, and what is decided of the rows that meet it.

    Attributes
    ----------
    comment : str
        What stands above it in the recipe, without the #.
    mark : Mark or None
        Where its expression stands.
    """

    decision: str
    where: str
    reason: str = ""
    edit: Edit = field(default_factory=dict)
    comment: str = ""
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class RowDecision:
    """What a person decided of rows one by one.

    Attributes
    ----------
    row_ids : ndarray of int64, shape (n,)
    contents : ndarray of uint64, shape (n,)
        A hash of what each row holds (`core/row_identity.py`): other data is found by it, too.
    """

    decision: str
    row_ids: RowIds
    contents: NDArray[np.uint64]
    reason: str = ""
    author: str = ""
    edit: Edit = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """What is done to a dataset, and why."""

    name: str = "recipe"
    rules: tuple[Rule, ...] = ()
    decisions: tuple[RowDecision, ...] = ()
    description: str = ""
    comment: str = ""

    def __str__(self) -> str:
        from portolan.core.recipe_text import write_recipe

        return write_recipe(self)


@dataclass(frozen=True)
class Taken:
    """What one rule matched, and what it got.

    Attributes
    ----------
    n_matched : int
        Rows that meet its expression.
    rows : ndarray of int64, ascending
        Those that it got.
    by_others : dict of int to int
        Rows that it matched and another had: how many, by owner.
    """

    n_matched: int
    rows: RowIds
    by_others: dict[int, int]


def take(is_matched: BoolArray, owners: NDArray[np.int32], owner: int) -> Taken:
    """Give an owner the rows that it matched and nobody has; `owners` is changed.

    Parameters
    ----------
    is_matched : ndarray of bool, shape (n_rows,)
    owners : ndarray of int32, shape (n_rows,)
        Who has each row; NOBODY where no one has.
    """
    matched = np.flatnonzero(is_matched)
    had = owners[matched]
    rows = matched[had == NOBODY].astype(np.int64)
    names, counts = np.unique(had[had != NOBODY], return_counts=True)
    owners[rows] = owner
    return Taken(len(matched), rows, dict(zip(names.tolist(), counts.tolist(), strict=True)))


def set_columns(edit: Edit) -> dict[str, Any]:
    """Columns that an edit sets, and to what."""
    return dict(edit.get("set", {}))


def edited_columns(edit: Edit) -> list[str]:
    """All columns that an edit changes."""
    replaced: Sequence[Mapping[str, Any]] = edit.get("replace", ())
    return list(dict.fromkeys([*edit.get("set", {}), *(one["column"] for one in replaced)]))
