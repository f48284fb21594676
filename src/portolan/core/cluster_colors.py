"""Colours of nested clusters: neighbours far apart, children like their parents, edits leave all others as they were.

The page has the same rules in `ui/src/core/cluster-colors.ts`; `ui/src/core/palette.fixture.json` holds both to equal
colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from portolan.core.color import VISIONS, Oklch, Rgb, delta_e, seen_by, to_oklch, to_rgb
from portolan.core.palette import FIRST_HUE, MISSING, Ground, PaletteName, categorical, tone
from portolan.types import FloatArray

MOST_SWAPPED = 120
"""Hues of more clusters than this are left as they were first given: comparing all pairs takes long."""
LEAST_CHROMA = 0.05
N_HUES = 36
LEAST_APART = 0.01
"""Added to squared distances, as shares of the map: clusters at one place are not infinitely near."""
FAR_APART = 40
"""Colours as far apart as this (OKLab, times 100) are not alike at all."""
NEW_OFFSETS = (0, 3, 1, 4, 2, 5)
"""Where on the circle the hues begin among which a new topic chooses: any two differ in this or in lightness."""


class FoundCluster(NamedTuple):
    """A cluster as it was found, before any edit: what its colour depends on; `x` and `y` in map units."""

    cluster_id: int
    parent_id: int
    size: int
    x: float
    y: float


@dataclass(frozen=True)
class PaletteCluster:
    """A cluster as it is now.

    Attributes
    ----------
    found : sequence of FoundCluster
        What people's edits changed: the cluster as it was found, and those that went into it. Empty where it is as it
        was found, and where a split made it.
    origin : int or None
        Where a split made it: the cluster of its layer, as found, that it was part of.
    """

    cluster_id: int
    layer: int
    parent_id: int
    size: int
    x: float
    y: float
    found: Sequence[FoundCluster] = ()
    origin: int | None = None


def palette_cluster(line: Mapping[str, Any]) -> PaletteCluster:
    """A line of the table of clusters."""
    found = tuple(FoundCluster(**one) for one in line["found"])
    facts = {name: line[name] for name in ("cluster_id", "layer", "parent_id", "size", "x", "y", "origin")}
    return PaletteCluster(**facts, found=found)


def cluster_colors(
    clusters: Iterable[PaletteCluster], ground: Ground, spread: float = 1.0, palette: PaletteName = "portolan"
) -> list[list[Rgb]]:
    """The colour of every cluster, by layer and then by cluster_id.

    In the coarsest layer, clusters near each other on the map get hues far apart; a child varies its parent's hue,
    lightness and chroma, the more the larger `spread` (1: by less than neighbours differ). What people merged, split or
    moved is coloured after that, so that every other cluster keeps its colour.
    """
    by_layer: dict[int, list[PaletteCluster]] = {}
    for cluster in clusters:
        by_layer.setdefault(cluster.layer, []).append(cluster)
    if not by_layer:
        return []
    layers = [by_layer.get(layer, []) for layer in range(max(by_layer) + 1)]
    tones = _Tones([_as_found(layer) for layer in layers], ground, spread, palette)
    for number in range(len(layers) - 1, -1, -1):
        for cluster in layers[number]:
            tones.now[number][cluster.cluster_id] = tones.of(cluster)
    return [_listed(layer, MISSING[ground]) for layer in tones.now]


def _as_found(clusters: Iterable[PaletteCluster]) -> list[FoundCluster]:
    found: list[FoundCluster] = []
    for one in clusters:
        if one.found:
            found += one.found
        elif one.origin is None:
            found.append(FoundCluster(one.cluster_id, one.parent_id, one.size, one.x, one.y))
    return found


class _Tones:
    """Tones of the clusters as they were found (`first`), and as they are `now`: by layer, then by cluster_id."""

    def __init__(
        self, found: Sequence[Sequence[FoundCluster]], ground: Ground, spread: float, palette: PaletteName
    ) -> None:
        self._ground, self._spread, self._palette = ground, spread, palette
        self._top = len(found) - 1
        self._largest_first = _by_size(found[self._top])
        self._parents = [{one.cluster_id: one.parent_id for one in layer} for layer in found]
        self.first: list[dict[int, Oklch]] = [{} for _ in found]
        self.now: list[dict[int, Oklch]] = [{} for _ in found]
        self.first[self._top] = _spread_hues(self._largest_first, ground, palette)
        for layer in range(self._top - 1, -1, -1):
            for siblings in _by_parent(found[layer]):
                for place, cluster in enumerate(siblings):
                    parent = self.first[layer + 1].get(cluster.parent_id)
                    own = (
                        tone(0, 0, ground)
                        if parent is None
                        else _vary(parent, place, len(siblings), self._width(layer))
                    )
                    self.first[layer][cluster.cluster_id] = own

    def _width(self, layer: int) -> float:
        """How much children vary. They keep to their parent's part of the hue circle."""
        room = min(1, 10 / max(1, len(self._largest_first)))
        return (1 if layer + 1 == self._top else 0.5) * room * self._spread

    def of(self, cluster: PaletteCluster) -> Oklch:
        """The tone of a cluster as it is now; those of the layer above are known."""
        layer, own = cluster.layer, self.first[cluster.layer].get(cluster.cluster_id)
        if layer == self._top:
            return self._of_new_topic(cluster) if own is None else own
        above, above_first = self.now[layer + 1].get(cluster.parent_id), self.first[layer + 1].get(cluster.parent_id)
        model = cluster.origin if own is None and cluster.origin is not None else cluster.cluster_id
        parent_first = self._parents[layer].get(model, -1)
        has_moved = parent_first != cluster.parent_id or above != above_first
        if own is not None and not has_moved:
            return own
        if above is None:
            return tone(0, 0, self._ground)
        step = _step(self.first[layer + 1].get(parent_first), self.first[layer].get(model))
        if not has_moved:
            return _beside(above, step, self._number(cluster), self._width(layer))
        return Oklch(above.l + step.l, max(LEAST_CHROMA, above.c + step.c), above.h + step.h)

    def _number(self, cluster: PaletteCluster) -> int:
        """How many clusters of its layer a split made before it."""
        return cluster.cluster_id - max(self._parents[cluster.layer], default=-1) - 1

    def _of_new_topic(self, cluster: PaletteCluster) -> Oklch:
        """A tone for a topic that a split made: the least like those around it.

        It depends on the topics that were found alone: another split, and its undoing, leave it as it is.
        """
        number, others = self._number(cluster), self._largest_first
        if self._palette != "portolan":
            return to_oklch(categorical(len(others) + number + 1, self._ground, self._palette)[-1])
        start = FIRST_HUE + (360 / N_HUES) * NEW_OFFSETS[number % len(NEW_OFFSETS)]
        candidates = [tone((start + 60 * k) % 360, number + 1, self._ground) for k in range(6)]
        place = next((at for at, one in enumerate(others) if one.cluster_id == cluster.origin), None)
        if place is None:
            return candidates[0]
        near = _nearness(others)[place]
        near[place] = 1 / LEAST_APART
        tones = [self.first[self._top][one.cluster_id] for one in others]
        costs = [_sum(near * [_likeness(candidate, other) for other in tones]) for candidate in candidates]
        return candidates[costs.index(min(costs))]


def _listed(tones: dict[int, Oklch], missing: Rgb) -> list[Rgb]:
    return [to_rgb(tones[i]) if i in tones else missing for i in range(max(tones, default=-1) + 1)]


def _by_size(clusters: Iterable[FoundCluster]) -> list[FoundCluster]:
    return sorted(clusters, key=lambda cluster: (-cluster.size, cluster.cluster_id))


def _by_parent(clusters: Iterable[FoundCluster]) -> list[list[FoundCluster]]:
    groups: dict[int, list[FoundCluster]] = {}
    for cluster in clusters:
        groups.setdefault(cluster.parent_id, []).append(cluster)
    return [_by_size(group) for group in groups.values()]


def _vary(parent: Oklch, place: int, n: int, width: float) -> Oklch:
    """The largest child keeps its parent's colour; the others step away from it on both sides."""
    if place == 0 or n == 1:
        return parent
    side = 1 if place % 2 == 0 else -1
    share = math.ceil(place / 2) / math.ceil((n - 1) / 2)
    return Oklch(
        parent.l + math.sqrt(width) * 0.045 * side * (1 if place % 4 < 2 else -1) * (0.4 + 0.6 * share),
        max(LEAST_CHROMA, parent.c - width * 0.02 * share),
        parent.h + width * 15 * side * share,
    )


def _step(parent: Oklch | None, child: Oklch | None) -> Oklch:
    """From a parent's tone to its child's; none where either is unknown."""
    if parent is None or child is None:
        return Oklch(0, 0, 0)
    return Oklch(child.l - parent.l, child.c - parent.c, child.h - parent.h)


def _beside(parent: Oklch, step: Oklch, number: int, width: float) -> Oklch:
    """A child that a split made: on the other side of its parent's tone than the child that it was part of."""
    share = 0.5 + 0.5 * ((number + 1) * 0.618 % 1)
    side = (1 if number % 2 == 0 else -1) if step.h == 0 else (-1 if step.h > 0 else 1)
    lighter = side if step.l == 0 else (-1 if step.l > 0 else 1)
    return Oklch(parent.l + math.sqrt(width) * 0.045 * lighter * share, parent.c, parent.h + width * 15 * side * share)


def _spread_hues(order: Sequence[FoundCluster], ground: Ground, palette: PaletteName) -> dict[int, Oklch]:
    """Hues for the coarsest layer: greedy from the largest cluster, then swaps while neighbours grow more distinct."""
    if not order:
        return {}
    if palette == "portolan":
        tones = [tone((FIRST_HUE + (360 / len(order)) * place) % 360, place, ground) for place in range(len(order))]
        alike = np.array([[_likeness(a, b) for b in tones] for a in tones])
    else:
        colors = categorical(len(order), ground, palette)[::-1]
        tones = [to_oklch(color) for color in colors]
        alike = np.array([[1 - min(1, _least_delta_e(a, b) / FAR_APART) for b in colors] for a in colors])
    nearness = _nearness(order)
    tone_of = _assign_greedily(nearness, alike)
    for _ in range(3):
        _improve_by_swaps(tone_of, nearness, alike)
    return {cluster.cluster_id: tones[tone_of[place]] for place, cluster in enumerate(order)}


def _nearness(clusters: Sequence[FoundCluster]) -> FloatArray:
    """How much two clusters must differ: 1 where they touch, falling with the square of their distance."""
    x, y = (np.array([getattr(cluster, axis) for cluster in clusters]) for axis in "xy")
    spread = max(1e-12, float(np.hypot(x - x[0], y - y[0]).max()))
    near: FloatArray = 1 / (LEAST_APART + (np.hypot(x[:, None] - x, y[:, None] - y) / spread) ** 2)
    np.fill_diagonal(near, 0)
    return near


def _likeness(a: Oklch, b: Oklch) -> float:
    apart = abs((a.h - b.h + 540) % 360 - 180) / 180
    return (1 - apart) ** 2 - 0.8 * abs(a.l - b.l)


def _least_delta_e(a: Rgb, b: Rgb) -> float:
    """The least distance of two colours among all ways to see."""
    return min(delta_e(a, b), *(delta_e(seen_by(a, vision), seen_by(b, vision)) for vision in VISIONS))


def _assign_greedily(nearness: FloatArray, alike: FloatArray) -> list[int]:
    tone_of: list[int] = []
    free = list(range(len(nearness)))
    for place in range(len(nearness)):
        costs = [_sum(nearness[place, :place] * alike[candidate, tone_of]) for candidate in free]
        tone_of.append(free.pop(costs.index(min(costs))))
    return tone_of


def _improve_by_swaps(tone_of: list[int], nearness: FloatArray, alike: FloatArray) -> None:
    n = len(tone_of)
    if n > MOST_SWAPPED:
        return

    def cost(place: int, chosen: int, besides: int) -> float:
        terms = nearness[place] * alike[chosen, tone_of]
        terms[[place, besides]] = 0
        return _sum(terms)

    for a in range(n):
        for b in range(a + 1, n):
            now = cost(a, tone_of[a], b) + cost(b, tone_of[b], a)
            if cost(a, tone_of[b], b) + cost(b, tone_of[a], a) < now - 1e-9:
                tone_of[a], tone_of[b] = tone_of[b], tone_of[a]


def _sum(terms: FloatArray) -> float:
    # Not terms.sum(): it adds in another order than the page, and the last bit decides between equals.
    return float(np.cumsum(terms)[-1]) if len(terms) else 0.0
