"""Colours of points: categories, nested clusters, numbers; each for a light and a dark ground.

The page has the same rules in `ui/src/core/palette.ts`; `ui/src/core/palette.fixture.json` holds both to equal colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from portolan.core.color import VISIONS, Oklch, Rgb, delta_e, seen_by, to_oklab, to_rgb
from portolan.types import FloatArray

Ground = Literal["light", "dark"]

TONE = {"light": (0.6, 0.135), "dark": (0.74, 0.125)}
"""Lightness and chroma on each ground."""
LIGHTNESS_STEPS = (0.0, -0.085, 0.075)
"""Hue alone fails people who confuse red and green: neighbours on the hue circle differ in lightness as well."""
CATEGORY_TONE: dict[Ground, tuple[float, float]] = {"light": (0.58, 0.14), "dark": (0.72, 0.125)}
CATEGORY_STEPS = (0.0, -0.14, 0.12, -0.07, 0.06)
CHROMAS = (1.0, 0.55)
"""Greyer twins of each hue: two more that differ to who sees few hues."""
LEAST_FROM_MISSING = 8
FIRST_HUE = 245
COLUMN_HUE = 46
"""Values of a column begin elsewhere than topics do: nobody takes the one for the other."""
N_HUES = 36
MOST_APART = 16
"""As many colours are chosen to be apart; beyond, nobody tells them apart anyway."""
GOLDEN_ANGLE = 137.508
MISSING: dict[Ground, Rgb] = {"light": (169, 165, 156), "dark": (111, 117, 122)}
MOST_SWAPPED = 120
"""Hues of more clusters than this are left as they were first given: comparing all pairs takes long."""


@dataclass(frozen=True)
class PaletteCluster:
    """What the colour of a cluster depends on; `x` and `y` in map units."""

    cluster_id: int
    layer: int
    parent_id: int
    size: int
    x: float
    y: float


def categorical(n: int, ground: Ground) -> list[Rgb]:
    """`n` colours that are well apart to every eye; the first few differ most."""
    colors = list(_farthest_first(ground)[:n])
    further = range(len(colors), n)
    return colors + [to_rgb(_tone((COLUMN_HUE + GOLDEN_ANGLE * place) % 360, place, ground)) for place in further]


def plain(ground: Ground) -> Rgb:
    """The one colour of all points where nothing colours them."""
    lightness, chroma = CATEGORY_TONE[ground]
    return to_rgb(Oklch(lightness, chroma, FIRST_HUE))


@cache
def _farthest_first(ground: Ground) -> tuple[Rgb, ...]:
    """Each colour is the candidate that differs most from those before it, to whoever tells them apart worst."""
    lightness, chroma = CATEGORY_TONE[ground]
    candidates = [
        to_rgb(Oklch(lightness + step, chroma * share, (COLUMN_HUE + (360 / N_HUES) * k) % 360))
        for step in CATEGORY_STEPS
        for share in CHROMAS
        for k in range(N_HUES)
    ]
    candidates = [color for color in candidates if delta_e(color, MISSING[ground]) > LEAST_FROM_MISSING]
    views = [[to_oklab(color), *(to_oklab(seen_by(color, vision)) for vision in VISIONS)] for color in candidates]
    chosen = [0]
    gaps = [_apart(view, views[0]) for view in views]
    while len(chosen) < MOST_APART:
        chosen.append(gaps.index(max(gaps)))
        gaps = [min(gap, _apart(view, views[chosen[-1]])) for gap, view in zip(gaps, views, strict=True)]
    return tuple(candidates[place] for place in chosen)


Lab = tuple[float, float, float]


def _apart(a: Sequence[Lab], b: Sequence[Lab]) -> float:
    # Who has all cones, first in the list, expects more of a difference.
    return min(math.dist(p, q) * (1 / 1.5 if i == 0 else 1) for i, (p, q) in enumerate(zip(a, b, strict=True)))


def _tone(hue: float, step: int, ground: Ground) -> Oklch:
    lightness, chroma = TONE[ground]
    return Oklch(lightness + LIGHTNESS_STEPS[step % 3], chroma, hue)


def cluster_colors(clusters: Iterable[PaletteCluster], ground: Ground, spread: float = 1.0) -> list[list[Rgb]]:
    """The colour of every cluster, by layer and then by cluster_id.

    In the coarsest layer, clusters near each other on the map get hues far apart; a child varies its parent's hue,
    lightness and chroma, the more the larger `spread` (1: by less than neighbours differ).
    """
    by_layer: dict[int, list[PaletteCluster]] = {}
    for cluster in clusters:
        by_layer.setdefault(cluster.layer, []).append(cluster)
    top = max(by_layer, default=-1)
    if top < 0:
        return []
    tones: list[dict[int, Oklch]] = [{} for _ in range(top + 1)]
    # Children keep to their parent's part of the hue circle.
    room = min(1, 10 / max(1, len(by_layer[top])))
    tones[top] = _spread_hues(by_layer[top], ground)
    for layer in range(top - 1, -1, -1):
        width = (1 if layer + 1 == top else 0.5) * room * spread
        for siblings in _by_parent(by_layer.get(layer, [])):
            for place, cluster in enumerate(siblings):
                parent = tones[layer + 1].get(cluster.parent_id)
                own = _tone(0, 0, ground) if parent is None else _vary(parent, place, len(siblings), width)
                tones[layer][cluster.cluster_id] = own
    return [_listed(layer, MISSING[ground]) for layer in tones]


def _listed(tones: dict[int, Oklch], missing: Rgb) -> list[Rgb]:
    return [to_rgb(tones[i]) if i in tones else missing for i in range(max(tones, default=-1) + 1)]


def _by_size(clusters: Iterable[PaletteCluster]) -> list[PaletteCluster]:
    return sorted(clusters, key=lambda cluster: (-cluster.size, cluster.cluster_id))


def _by_parent(clusters: Iterable[PaletteCluster]) -> list[list[PaletteCluster]]:
    groups: dict[int, list[PaletteCluster]] = {}
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
        max(0.05, parent.c - width * 0.02 * share),
        parent.h + width * 15 * side * share,
    )


def _spread_hues(clusters: Sequence[PaletteCluster], ground: Ground) -> dict[int, Oklch]:
    """Hues for the coarsest layer: greedy from the largest cluster, then swaps while neighbours grow more distinct."""
    order = _by_size(clusters)
    tones = [_tone((FIRST_HUE + (360 / len(order)) * place) % 360, place, ground) for place in range(len(order))]
    nearness, likeness = _nearness(order), _likeness(tones)
    tone_of = _assign_greedily(nearness, likeness)
    for _ in range(3):
        _improve_by_swaps(tone_of, nearness, likeness)
    return {cluster.cluster_id: tones[tone_of[place]] for place, cluster in enumerate(order)}


def _nearness(clusters: Sequence[PaletteCluster]) -> FloatArray:
    """How much two clusters must differ: 1 where they touch, falling with the square of their distance."""
    x, y = (np.array([getattr(cluster, axis) for cluster in clusters]) for axis in "xy")
    spread = max(1e-12, float(np.hypot(x - x[0], y - y[0]).max()))
    near: FloatArray = 1 / (0.01 + (np.hypot(x[:, None] - x, y[:, None] - y) / spread) ** 2)
    np.fill_diagonal(near, 0)
    return near


def _likeness(tones: Sequence[Oklch]) -> FloatArray:
    hue, lightness = np.array([tone.h for tone in tones]), np.array([tone.l for tone in tones])
    apart = np.abs((hue[:, None] - hue + 540) % 360 - 180) / 180
    alike: FloatArray = (1 - apart) ** 2 - 0.8 * np.abs(lightness[:, None] - lightness)
    return alike


def _assign_greedily(nearness: FloatArray, likeness: FloatArray) -> list[int]:
    tone_of: list[int] = []
    free = list(range(len(nearness)))
    for place in range(len(nearness)):
        costs = [_sum(nearness[place, :place] * likeness[candidate, tone_of]) for candidate in free]
        tone_of.append(free.pop(costs.index(min(costs))))
    return tone_of


def _improve_by_swaps(tone_of: list[int], nearness: FloatArray, likeness: FloatArray) -> None:
    n = len(tone_of)
    if n > MOST_SWAPPED:
        return

    def cost(place: int, tone: int, besides: int) -> float:
        terms = nearness[place] * likeness[tone, tone_of]
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


def ramp(n: int, ground: Ground, span: tuple[float, float] = (0, 1)) -> list[Rgb]:
    """The ramp for numbers and time, `n` even steps over `span`: lightness moves away from the ground.

    Numbers on both sides of 0 get two hues that meet there, blue below and orange above.
    """
    is_two_sided = span[0] < 0 < span[1]
    steps = [0 if n == 1 else step / (n - 1) for step in range(n)]
    return [to_rgb(_two_sided(t, ground, span) if is_two_sided else _one_sided(t, ground)) for t in steps]


def _one_sided(t: float, ground: Ground) -> Oklch:
    bow = math.sin(math.pi * (0.15 + 0.75 * t))
    if ground == "light":
        return Oklch(0.8 + (0.33 - 0.8) * t, 0.075 + 0.07 * bow, 205 + 125 * t)
    return Oklch(0.42 + (0.9 - 0.42) * t, 0.075 + 0.06 * bow, 205 - 135 * t)


def _two_sided(t: float, ground: Ground, span: tuple[float, float]) -> Oklch:
    low, high = span
    away = (low + (high - low) * t) / max(-low, high)
    far = min(1.0, abs(away))
    lightness = 0.84 - 0.4 * far if ground == "light" else 0.42 + 0.42 * far
    return Oklch(lightness, 0.01 + 0.14 * far, 250 if away < 0 else 50)
