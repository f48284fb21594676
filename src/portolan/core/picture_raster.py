"""Points and land as pixels, a strip of the picture at a time, so that memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.color import Rgb, from_css
from portolan.core.palette import Ground
from portolan.core.picture_kernels import blend, draw_discs
from portolan.core.picture_land import Land, PointLook, shade_land
from portolan.types import BoolArray, FloatArray

STRIP_PIXELS = 2_000_000
NOTHING = np.empty((0, 0, 5), np.float32)
RING_PX = 1.3
"""Width of a hollow point's ring at scale 1."""
FULL_COVER = 3.0
"""As many covers, over the opacity of one, make a point's colour nearly full."""
RELIEF = 0.9
DEEPEST_DOUBLINGS = 6
"""Where so many times twice as many rows lie on a pixel as fill it, colours are deepest."""
FADED = 0.3
"""Rows that a filter leaves out have this much of their ink, in grey."""


@dataclass(frozen=True)
class Tones:
    """Colours of the ground and what is written on it: those of `ui/src/styles/tokens.css` and `render/tones.ts`."""

    paper: Rgb
    ink: Rgb
    soft: Rgb
    hairline: Rgb
    land: Rgb
    land_strength: float
    land_line: float
    faded: Rgb


def _tones(*colors: str, strength: float, line: float) -> Tones:
    paper, ink, soft, hairline, land, faded = (from_css(color) for color in colors)
    return Tones(paper, ink, soft, hairline, land, strength, line, faded)


TONES: dict[Ground, Tones] = {
    "light": _tones("#faf8f4", "#1f2428", "#565d63", "#d3ccbf", "#c9bc9f", "#8f8b82", strength=0.5, line=0.13),
    "dark": _tones("#12161a", "#e8e6e1", "#aeb3b6", "#3a424a", "#4a5c6b", "#7d848a", strength=0.42, line=0.16),
}


@dataclass(frozen=True)
class PointSet:
    """Points that are drawn alike.

    Attributes
    ----------
    xy : ndarray of float32, shape (n, 2)
        px at scale 1, from the upper left of what is drawn.
    codes : ndarray of unsigned, shape (n,)
        Places in `colors`.
    colors : ndarray of uint8, shape (n_colors, 3)
    is_hollow : ndarray of bool, shape (n_colors,)
    """

    xy: NDArray[np.float32]
    codes: NDArray[Any]
    colors: NDArray[np.uint8]
    is_hollow: BoolArray
    look: PointLook


def raster(
    points: PointSet,
    *,
    faded: PointSet | None,
    land: Land,
    ground: Ground,
    size: tuple[int, int],
    scale: float,
    closeness: float = 0.0,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Strips of the picture from above: where each begins (px), and its colours, uint8 (height, width, 3).

    Parameters
    ----------
    faded : PointSet or None
        What a filter left out: drawn below, in grey.
    size : (width, height)
        At scale 1.
    closeness : float
        0: the whole map, 1: a close-up, whose land is quieter.
    """
    width, height = round(size[0] * scale), round(size[1] * scale)
    step = max(1, min(height, STRIP_PIXELS // width))
    tones = TONES[ground]
    points, faded = _scaled(points, scale), faded and _scaled(faded, scale)
    strength, line = tones.land_strength * (1 - 0.45 * closeness), tones.land_line * (1 - 0.75 * closeness)
    x: FloatArray = ((np.arange(width) + 0.5) / scale).astype(np.float64)
    for top in range(0, height, step):
        n_lines = min(step, height - top)
        y: FloatArray = ((np.arange(top - 1, top + n_lines + 1) + 0.5) / scale).astype(np.float64)
        yield (
            top,
            blend(
                shade_land(land, x=x, y=y, strength=strength, line=line, line_px=scale),
                NOTHING if faded is None else _ink(faded, (n_lines, width), top, scale),
                _ink(points, (n_lines, width), top, scale),
                np.array([tones.paper, tones.land, tones.faded], np.float32) / np.float32(255),
                FADED,
                FULL_COVER / points.look.opacity,
                RELIEF if ground == "light" else RELIEF / 2,
                DEEPEST_DOUBLINGS,
                ground == "light",
            ),
        )


def _scaled(points: PointSet, scale: float) -> PointSet:
    look = PointLook(points.look.diameter * scale, points.look.opacity)
    return replace(points, xy=points.xy * np.float32(scale), look=look)


def _ink(points: PointSet, shape: tuple[int, int], top: int, scale: float) -> NDArray[np.float32]:
    ink = np.zeros((*shape, 5), np.float32)
    draw_discs(
        ink,
        points.xy,
        points.codes,
        (points.colors / np.float32(255)).astype(np.float32),
        points.is_hollow,
        float(top),
        points.look.diameter,
        points.look.opacity,
        RING_PX * scale + 0.5,
    )
    return ink
