"""What colours a picture: by default the coarsest clusters, each shaded by its children, as on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.cluster_colors import PaletteCluster, cluster_colors
from portolan.core.color import Rgb
from portolan.core.palette import MISSING, Ground, PaletteName, categorical, plain, ramp
from portolan.core.tags import counts_by_tag, tags_of
from portolan.core.tile_columns import STEPS
from portolan.errors import NotFoundError
from portolan.types import BoolArray

Column = Mapping[str, Any]
"""An entry of `tiles.json`."""

RAMP_STEPS = 64
CLOSE_SPREAD = 2.2
"""In a close-up one cluster may fill the picture: its children differ more than where its neighbours are in sight."""
DEPTH_ZOOMS = 0.8
"""As many zoom levels further in, colours tell the clusters of one layer further down."""


@dataclass(frozen=True)
class LegendEntry:
    """A value and its colour."""

    label: str
    color: Rgb
    is_missing: bool = False


@dataclass(frozen=True)
class Coloring:
    """How codes become colours.

    Attributes
    ----------
    stored : Column or None
        The column whose codes are read; None: every point has the first colour.
    lookup : ndarray of uint16 or uint32, shape (n_codes,)
        Place in `colors` of each code.
    colors : ndarray of uint8, shape (n_colors, 3)
        The last is that of a missing value.
    entry_of : ndarray of int32, shape (n_codes,)
        The legend's entry that each code counts for; empty for ramps.
    entries : sequence of LegendEntry
        Values, the missing one last; empty for ramps.
    """

    column: Column | None
    stored: Column | None
    lookup: NDArray[Any]
    colors: NDArray[np.uint8]
    entry_of: NDArray[np.int32]
    entries: Sequence[LegendEntry]
    is_ramp: bool

    @property
    def is_hollow(self) -> BoolArray:
        """Which colours are drawn as rings: bool, shape (n_colors,)."""
        is_last: BoolArray = np.arange(len(self.colors)) == len(self.colors) - 1
        return is_last


def default_column(columns: Sequence[Column]) -> Column | None:
    """The coarsest clusters, else the first category, else whatever there is."""
    clusters = [column for column in columns if column["kind"] == "cluster"]
    if clusters:
        return max(clusters, key=lambda column: column["layer"])
    categories = [column for column in columns if column["kind"] in ("category", "boolean")]
    return next(iter([*categories, *columns]), None)


def find_column(columns: Sequence[Column], name: str) -> Column:
    """The column of that name. Raises NotFoundError, which names those there are."""
    for column in columns:
        if column["name"] == name:
            return column
    known = ", ".join(column["name"] for column in columns) or "none"
    raise NotFoundError(f"The map has no column '{name}' to colour by.", fix=f"Choose one of: {known}.")


def coloring_of(
    column: Column | None,
    *,
    columns: Sequence[Column],
    clusters: Sequence[PaletteCluster],
    names: Mapping[tuple[int, int], str],
    ground: Ground,
    palette: PaletteName = "portolan",
    depth: int = 0,
) -> Coloring:
    """Colours by a column.

    Parameters
    ----------
    names : mapping of (layer, cluster_id) to str
    depth : int
        How many layers further down colours of clusters go.
    """
    if column is None:
        return _plain(plain(ground), ground)
    if column["kind"] == "cluster":
        shades = cluster_colors(clusters, ground, CLOSE_SPREAD if depth > 0 else 1.0, palette)
        return _by_clusters(column, shades, columns=columns, clusters=clusters, names=names, ground=ground, depth=depth)
    if column["kind"] in ("number", "time"):
        return _by_ramp(column, ground)
    if column.get("is_list"):
        return _by_first_tag(column, ground, palette)
    labels = [str(value) for value, _ in column["values"]]
    colors = categorical(len(labels), ground, palette)
    entries = [LegendEntry(label, color) for label, color in zip(labels, colors, strict=True)]
    places = np.arange(len(labels))
    return _assembled(column, column, places=places, colors=colors, entry_of=places, entries=entries, ground=ground)


def _by_first_tag(column: Column, ground: Ground, palette: PaletteName) -> Coloring:
    """A row of several tags has the colour of its first."""
    labels = list(counts_by_tag(column, [count for _, count in column["values"]]))
    colors = categorical(len(labels), ground, palette)
    place_of = {tag: place for place, tag in enumerate(labels)}
    first = (next((tag for tag in tags if tag is not None), None) for tags in tags_of(column))
    places = np.array([-1 if tag is None else place_of[tag] for tag in first], np.int64)
    entries = [LegendEntry(label, color) for label, color in zip(labels, colors, strict=True)]
    return _assembled(
        column,
        column,
        places=np.where(places < 0, len(colors), places),
        colors=colors,
        entry_of=places,
        entries=entries,
        ground=ground,
    )


def _plain(color: Rgb, ground: Ground) -> Coloring:
    colors = np.array([color, MISSING[ground]], np.uint8)
    return Coloring(None, None, np.zeros(1, np.uint16), colors, np.empty(0, np.int32), (), False)


def _by_ramp(column: Column, ground: Ground) -> Coloring:
    codes = np.arange(column["missing"] + 1)
    lookup = np.rint(np.minimum(codes, STEPS) * (RAMP_STEPS - 1) / STEPS).astype(np.uint16)
    lookup[column["missing"]] = RAMP_STEPS
    span = (column["min"], column["max"])
    colors = np.array([*ramp(RAMP_STEPS, ground, span), MISSING[ground]], np.uint8)
    return Coloring(column, column, lookup, colors, np.empty(0, np.int32), (), True)


def _by_clusters(
    column: Column,
    colors: Sequence[Sequence[Rgb]],
    *,
    columns: Sequence[Column],
    clusters: Sequence[PaletteCluster],
    names: Mapping[tuple[int, int], str],
    ground: Ground,
    depth: int,
) -> Coloring:
    finest = next((one for one in columns if one["kind"] == "cluster" and one["layer"] == 0), column)
    layer = int(column["layer"])
    lines = ancestors(clusters)
    if not lines:
        return _plain(plain(ground), ground)
    # One sees the finer land within the coarser.
    shade, told = max(0, layer - 1 - depth), max(0, layer - depth)
    shades = [colors[shade][above] if above >= 0 else MISSING[ground] for above in lines[shade].tolist()]
    entries = [
        LegendEntry(names.get((told, place), ""), color)
        for place, color in enumerate(colors[told] if told < len(colors) else [])
    ]
    return _assembled(
        column,
        finest,
        places=np.arange(len(shades)),
        colors=shades,
        entry_of=lines[told] if told < len(lines) else lines[-1],
        entries=entries,
        ground=ground,
    )


def _assembled(
    column: Column,
    stored: Column,
    *,
    places: NDArray[np.int64],
    colors: Sequence[Rgb],
    entry_of: NDArray[Any],
    entries: Sequence[LegendEntry],
    ground: Ground,
) -> Coloring:
    """Codes beyond those that have a colour, the missing one among them, have the last."""
    width = np.uint16 if len(colors) < 65_535 else np.uint32
    table = np.array([*colors, MISSING[ground]], np.uint8)
    lookup = np.append(places, len(colors)).astype(width)
    of_entry = np.append(np.where(entry_of < 0, len(entries), entry_of), len(entries)).astype(np.int32)
    return Coloring(
        column, stored, lookup, table, of_entry, [*entries, LegendEntry("no value", MISSING[ground], True)], False
    )


def ancestors(clusters: Sequence[PaletteCluster]) -> list[NDArray[np.int64]]:
    """Cluster of each finest cluster in every layer: int64 (n_finest,) for each layer; -1 where there is none."""
    n_layers = max((cluster.layer for cluster in clusters), default=-1) + 1
    parents: list[dict[int, int]] = [{} for _ in range(n_layers)]
    for cluster in clusters:
        parents[cluster.layer][cluster.cluster_id] = cluster.parent_id
    if n_layers == 0:
        return []
    n_finest = max(parents[0], default=-1) + 1
    now = np.array([place if place in parents[0] else -1 for place in range(n_finest)], np.int64)
    lines = []
    for up in parents:
        lines.append(now)
        now = np.array([up.get(place, -1) if place >= 0 else -1 for place in now.tolist()], np.int64)
    return lines


def places_of(codes: NDArray[Any], coloring: Coloring) -> NDArray[Any]:
    """Place in `coloring.colors` of each code; what has none gets the last."""
    places: NDArray[Any] = coloring.lookup[np.minimum(codes, len(coloring.lookup) - 1)]
    return places


def entries_of(codes: NDArray[Any], coloring: Coloring) -> NDArray[np.int32]:
    """The legend's entry of each code."""
    entries: NDArray[np.int32] = coloring.entry_of[np.minimum(codes, len(coloring.entry_of) - 1)]
    return entries
