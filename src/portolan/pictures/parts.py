"""What a picture is made of, and what is told of one that was drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.picture import Box
from portolan.core.picture_colors import Column
from portolan.core.sifting import YES
from portolan.errors import InputError
from portolan.types import BoolArray, Points

if TYPE_CHECKING:
    from portolan.map import Map


@dataclass(frozen=True)
class MapParts:
    """A map as pictures see it. Arrays are in tile order, so that every prefix is a fair sample.

    Attributes
    ----------
    kind : str
        What a row is: pair, text and so on.
    points : ndarray of float32, shape (n_rows, 2)
    columns : sequence of Column
        Entries of `tiles.json`.
    codes : callable
        Codes of a column: unsigned, shape (n_rows,).
    clusters : sequence of mapping
        Lines of the table of clusters.
    is_shown : ndarray of bool, shape (n_rows,), or None
        What a filter keeps.
    """

    name: str
    kind: str
    points: Points
    columns: Sequence[Column]
    codes: Callable[[Column], NDArray[Any]]
    clusters: Sequence[Mapping[str, Any]]
    is_shown: BoolArray | None = None

    @property
    def finest(self) -> Column | None:
        """The column of the finest clusters."""
        return next((one for one in self.columns if one["kind"] == "cluster" and one["layer"] == 0), None)


def map_parts(of: Map, where: str | None) -> MapParts:
    """What pictures need of a map, and what a filter keeps. Raises InputError where there are no points yet."""
    if of.layout_id is None:
        raise InputError("The map has no points yet.", fix="Wait until its layout is made, then draw it.")
    memory = of.filterer.memory
    return MapParts(
        name=of.name,
        kind=of.roles.kind,
        points=memory.points(of.layout_id),
        columns=memory.columns,
        codes=memory.codes,
        clusters=of.clusters_table().to_pylist(),
        is_shown=None if where is None else of.filterer.states(where) == YES,
    )


@dataclass(frozen=True)
class Picture:
    """A picture that was drawn.

    Attributes
    ----------
    width, height : int
        Pixels of a PNG; CSS px of an SVG.
    n_in_sight, n_shown : int
        Rows in sight, and those of them that the filter keeps.
    region : (x0, y0, x1, y1)
        The part of the map that is in sight, map units.
    """

    path: Path
    width: int
    height: int
    n_in_sight: int
    n_shown: int
    color: str | None
    region: Box


def in_blocks(n: int, block: int = 1 << 20) -> list[slice]:
    """`n` rows in blocks: work on one needs little memory."""
    return [slice(at, min(at + block, n)) for at in range(0, n, block)]


def as_mask(n: int, value: bool) -> BoolArray:
    """The same answer for every row."""
    return np.full(n, value, np.bool_)
