"""Which clusters' names a picture shows, and where: on their land, none over another.

The page has the same rules in `ui/src/core/extents.ts`, `anchors.ts` and `render/names.ts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from portolan.types import FloatArray

LEAST_SEEN = 4
"""Fewer rows of a cluster say nothing of its place."""
GRID = 36
MOST_SPOTS = 48
ROUNDS = 24
EDGE_PX = 6
FULL_SIZE = 1.04
"""A cluster wider than this share of the picture fills it: its name would tell nothing apart."""
MOST_NAMES = 4000


@dataclass(frozen=True)
class Font:
    """How a text is set; sizes in px at scale 1."""

    size: float
    weight: int = 400
    spacing_em: float = 0.0


@dataclass(frozen=True)
class NameCluster:
    """A cluster that has a name: where it lies, in px from the upper left of what is drawn, and how far it reaches."""

    layer: int
    cluster_id: int
    name: str
    size: int
    x: float
    y: float
    radius: float
    spots: tuple[tuple[float, float], ...] = ()
    """Further places on its own land, best first."""


@dataclass(frozen=True)
class PlacedName:
    """A name and its place: the middle of its lines, px."""

    cluster: NameCluster
    lines: tuple[str, ...]
    x: float
    y: float
    font: Font
    depth: int
    """0 for the coarsest layer."""


Measure = Callable[[str, Font], float]
"""Width of a text, px at scale 1."""


@dataclass(frozen=True)
class _Style:
    font: Font
    pad_x: float
    pad_y: float
    least_px: float
    n_lines: int = 2
    is_upper: bool = False


def style_of(depth: int, share: float, *, is_finest: bool) -> _Style:
    """`depth` 0: the coarsest layer; `share` in 0 … 1: rank by size within the layer."""
    if depth == 0:
        return _Style(Font(14 if share < 0.34 else 12.5, 650, 0.09), 7, 4, 0, is_upper=True)
    size = (14 if depth == 1 else 13) - (1 if share > 0.5 else 0)
    return _Style(Font(size, 600 if depth == 1 else 500), 9, 5, 56 if is_finest else 40)


def place_names(
    clusters: Sequence[NameCluster], *, top: int, width: float, height: float, measure: Measure
) -> list[PlacedName]:
    """Names for a view of `width` by `height` px; the coarsest first, then by size, as many as have room.

    Parameters
    ----------
    clusters : sequence of NameCluster
        Those with rows in sight, of all layers.
    top : int
        The coarsest layer of the map.
    """
    frame = (EDGE_PX, EDGE_PX, width - EDGE_PX, height - EDGE_PX)
    ordered = sorted(clusters, key=lambda one: (-one.layer, -one.size, one.cluster_id))[:MOST_NAMES]
    full = FULL_SIZE * max(width, height)
    placed: list[PlacedName] = []
    for layer in sorted({cluster.layer for cluster in ordered}, reverse=True):
        depth = top - layer
        others = [one for one in ordered if one.layer == layer]
        wishes = []
        for rank, cluster in enumerate(others):
            usual = style_of(depth, rank / len(others), is_finest=layer == 0)
            if usual.least_px <= 2 * cluster.radius and (2 * cluster.radius < full or layer == 0):
                wishes.append((cluster, list(_styles(usual, depth))))
        placed += _place_layer(
            wishes, frame, depth=depth, taken=[_box(name, measure) for name in placed], measure=measure
        )
    return placed


def _styles(usual: _Style, depth: int) -> Iterator[_Style]:
    """Ways to set a name, best first: the coarsest must be there, if need be smaller and on more lines."""
    yield usual
    if depth == 0:
        small = replace(usual, font=Font(11.5, 650, 0.06), pad_x=5, pad_y=2)
        yield small
        for n_lines in (3, 4):
            yield replace(small, font=Font(11, 650, 0.06), pad_x=4, n_lines=n_lines)


_Box = tuple[float, float, float, float]


def _place_layer(
    wishes: Sequence[tuple[NameCluster, list[_Style]]],
    frame: _Box,
    *,
    depth: int,
    taken: list[_Box],
    measure: Measure,
) -> list[PlacedName]:
    """Names choose in turn; in the coarsest layer whoever found no place chooses first in the next round."""
    ways = [list(_ways(cluster, styles, depth, measure)) for cluster, styles in wishes]
    order, best = list(range(len(wishes))), dict[int, PlacedName]()
    for _ in range(ROUNDS if depth == 0 else 1):
        found, boxes = dict[int, PlacedName](), list(taken)
        for place in order:
            for name, box in ways[place]:
                if _is_inside(box, frame) and not any(_is_over(box, other) for other in boxes):
                    found[place] = name
                    boxes.append(box)
                    break
        if len(found) > len(best):
            best = found
        if len(best) == len(wishes):
            break
        order = [place for place in order if place not in found] + [place for place in order if place in found]
    return [best[place] for place in sorted(best)]


def _ways(
    cluster: NameCluster, styles: Sequence[_Style], depth: int, measure: Measure
) -> Iterator[tuple[PlacedName, _Box]]:
    for style in styles:
        lines = tuple(name_lines(cluster.name.upper() if style.is_upper else cluster.name, n_lines=style.n_lines))
        for x, y in ((cluster.x, cluster.y), *cluster.spots):
            name = PlacedName(cluster, lines, x, y, style.font, depth)
            yield name, _box(name, measure, style)


def _box(name: PlacedName, measure: Measure, style: _Style | None = None) -> _Box:
    pad_x, pad_y = (style.pad_x, style.pad_y) if style else (4, 2)
    half_width = max(measure(line, name.font) for line in name.lines) / 2 + pad_x
    half_height = len(name.lines) * name.font.size * 1.2 / 2 + pad_y
    return name.x - half_width, name.y - half_height, name.x + half_width, name.y + half_height


def _is_inside(box: _Box, frame: _Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _is_over(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def name_lines(name: str, *, most: int = 18, n_lines: int = 2) -> list[str]:
    """A name on one line, or on as many as `n_lines` of like length where it has more than `most` characters."""
    words = name.split()
    if len(name) <= most or len(words) < 2 or n_lines < 2:
        return [name]
    best = [name]
    for cut in range(1, len(words)):
        rest = name_lines(" ".join(words[cut:]), most=1, n_lines=n_lines - 1)
        lines = [" ".join(words[:cut]), *rest]
        if max(map(len, lines)) < max(map(len, best)):
            best = lines
    return best


def extents(xy: FloatArray, cluster_ids: NDArray[np.int64], n_clusters: int) -> FloatArray:
    """Where each cluster's middle row lies, per axis, and within how far most of its rows do.

    Parameters
    ----------
    xy : ndarray of float, shape (n, 2)
        Rows of a fair sample.
    cluster_ids : ndarray of int, shape (n,)
        -1: in none.

    Returns
    -------
    ndarray of float64, shape (n_clusters, 3)
        x, y, radius; NaN where fewer than four rows were seen.
    """
    found = np.full((n_clusters, 3), np.nan)
    # Medians and three quarters of the rows: those that strayed far neither pull the cluster nor blow it up.
    for axis in (0, 1):
        found[:, axis] = _quantile_of_each(xy[:, axis], cluster_ids, n_clusters, 0.5)
    is_in = cluster_ids >= 0
    middle = found[np.where(is_in, cluster_ids, 0), :2]
    away = np.where(is_in, np.hypot(*(xy - middle).T), np.nan)
    found[:, 2] = 1.2 * _quantile_of_each(away, cluster_ids, n_clusters, 0.75)
    return found


def _quantile_of_each(values: FloatArray, cluster_ids: NDArray[np.int64], n_clusters: int, share: float) -> FloatArray:
    order = np.lexsort((values, cluster_ids))
    starts = np.searchsorted(cluster_ids[order], np.arange(n_clusters + 1))
    n_seen = np.diff(starts)
    found = np.full(n_clusters, np.nan)
    is_seen = n_seen >= LEAST_SEEN
    at = starts[:-1] + np.floor(share * (n_seen - 1)).astype(np.int64)
    found[is_seen] = values[order[at[is_seen]]]
    return found


def spots_on_land(
    middles: FloatArray, xy: FloatArray, owner: NDArray[np.int64], *, width: float, height: float
) -> list[tuple[tuple[float, float], ...]]:
    """Places on each cluster's land where its name may stand, best first: where its rows lie densest, and near.

    Parameters
    ----------
    middles : ndarray of float, shape (n_clusters, 3)
        x, y, radius, px.
    xy : ndarray of float, shape (n, 2)
        Rows of a fair sample, px from the upper left of what is drawn.
    owner : ndarray of int, shape (n,)
        The cluster of each row, or -1.
    """
    side = max(width, height) / GRID
    n_columns, n_lines = math.ceil(width / side), math.ceil(height / side)
    cells = np.floor(xy / side).astype(np.int64)
    is_in = (owner >= 0) & (cells >= 0).all(1) & (cells[:, 0] < n_columns) & (cells[:, 1] < n_lines)
    flat = owner[is_in] * n_columns * n_lines + cells[is_in, 1] * n_columns + cells[is_in, 0]
    counts = np.bincount(flat, minlength=len(middles) * n_columns * n_lines).reshape(len(middles), -1)
    total = np.maximum(counts.sum(axis=0), 1)
    place = np.arange(n_columns * n_lines)
    at = np.stack([(place % n_columns + 0.5) * side, (place // n_columns + 0.5) * side], axis=1)
    found = []
    for own, (x, y, radius) in zip(counts, middles, strict=True):
        densest, share = max(1, own.max(initial=0)), own / total
        # On another's land the name would be taken for the other's.
        is_fit = (own > 0.08 * densest) & (share > 0.3)
        far = np.hypot(at[:, 0] - x, at[:, 1] - y) / max(radius, 1e-9)
        worth = np.where(share > 0.5, 0, -9) + np.sqrt(own / densest) - 0.7 * far
        best = [int(i) for i in np.argsort(-worth, kind="stable") if is_fit[i]][:MOST_SPOTS]
        found.append(tuple((float(at[i, 0]), float(at[i, 1])) for i in best))
    return found
