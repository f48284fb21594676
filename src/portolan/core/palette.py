"""Colours of points: categories and numbers; each for a light and a dark ground.

The page has the same rules in `ui/src/core/palette.ts`; `ui/src/core/palette.fixture.json` holds both to equal colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

from portolan.core.color import VISIONS, Oklch, Rgb, delta_e, seen_by, to_oklab, to_rgb

Ground = Literal["light", "dark"]
PaletteName = Literal["portolan", "distinct", "okabe-ito"]
"""`portolan`: even and calm; `distinct`: farther apart to every eye, by more lightness; `okabe-ito`: the known 7."""
PALETTES: tuple[PaletteName, ...] = get_args(PaletteName)

TONE = {"light": (0.6, 0.135), "dark": (0.74, 0.125)}
"""Lightness and chroma on each ground."""
LIGHTNESS_STEPS = (0.0, -0.085, 0.075)
"""Hue alone fails people who confuse red and green: neighbours on the hue circle differ in lightness as well."""
CATEGORY_TONE: dict[Ground, tuple[float, float]] = {"light": (0.58, 0.14), "dark": (0.72, 0.125)}
CATEGORY_STEPS: dict[PaletteName, tuple[float, ...]] = {
    "portolan": (0.0, -0.14, 0.12, -0.07, 0.06),
    "distinct": (0.0, -0.19, 0.16, -0.095, 0.08),
    "okabe-ito": (0.0, -0.19, 0.16, -0.095, 0.08),
}
"""Differences of lightness: what is left of a hue to who lacks a kind of cones."""
OKABE_ITO: tuple[Rgb, ...] = (
    (230, 159, 0),
    (0, 114, 178),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
)
"""Source: Okabe and Ito 2008, "Color Universal Design"; black, which names are written in, left out."""
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


def categorical(n: int, ground: Ground, palette: PaletteName = "portolan") -> list[Rgb]:
    """`n` colours that are well apart to every eye; the first few differ most."""
    colors = list(_farthest_first(ground, palette)[:n])
    further = range(len(colors), n)
    return colors + [to_rgb(tone((COLUMN_HUE + GOLDEN_ANGLE * place) % 360, place, ground)) for place in further]


def plain(ground: Ground) -> Rgb:
    """The one colour of all points where nothing colours them."""
    lightness, chroma = CATEGORY_TONE[ground]
    return to_rgb(Oklch(lightness, chroma, FIRST_HUE))


@cache
def _farthest_first(ground: Ground, palette: PaletteName) -> tuple[Rgb, ...]:
    """Each colour is the candidate that differs most from those before it, to whoever tells them apart worst."""
    lightness, chroma = CATEGORY_TONE[ground]
    candidates = [
        to_rgb(Oklch(lightness + step, chroma * share, (COLUMN_HUE + (360 / N_HUES) * k) % 360))
        for step in CATEGORY_STEPS[palette]
        for share in CHROMAS
        for k in range(N_HUES)
    ]
    candidates = [color for color in candidates if delta_e(color, MISSING[ground]) > LEAST_FROM_MISSING]
    chosen = list(OKABE_ITO if palette == "okabe-ito" else candidates[:1])
    views = [_views(color) for color in candidates]
    taken = [_views(color) for color in chosen]
    gaps = [min(_apart(view, other) for other in taken) for view in views]
    while len(chosen) < MOST_APART:
        place = gaps.index(max(gaps))
        chosen.append(candidates[place])
        gaps = [min(gap, _apart(view, views[place])) for gap, view in zip(gaps, views, strict=True)]
    return tuple(chosen)


Lab = tuple[float, float, float]


def _views(color: Rgb) -> list[Lab]:
    """A colour in OKLab as each way to see has it; the usual one first."""
    return [to_oklab(color), *(to_oklab(seen_by(color, vision)) for vision in VISIONS)]


def _apart(a: Sequence[Lab], b: Sequence[Lab]) -> float:
    # Who has all cones, first in the list, expects more of a difference.
    return min(math.dist(p, q) * (1 / 1.5 if i == 0 else 1) for i, (p, q) in enumerate(zip(a, b, strict=True)))


def tone(hue: float, step: int, ground: Ground) -> Oklch:
    """A hue at the lightness and chroma that points have; `step` varies the lightness."""
    lightness, chroma = TONE[ground]
    return Oklch(lightness + LIGHTNESS_STEPS[step % 3], chroma, hue)


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
