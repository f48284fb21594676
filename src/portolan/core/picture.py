"""A picture of a map: what can be asked for, which part of the map it shows, and what is written where.

What is written is a list of marks, drawn as pixels (`pictures/draw.py`) or as SVG (`core/picture_svg.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from portolan.core.color import Oklch, Rgb, to_oklab, to_rgb
from portolan.core.palette import PALETTES, Ground, PaletteName
from portolan.core.picture_names import Font, PlacedName
from portolan.errors import InputError
from portolan.types import FloatArray, Points

LEAST_PX, MOST_PX = 100, 8000
"""Of a picture's sides at scale 1."""
MOST_PIXELS = 250_000_000
SCALES = (1, 8)
FORMATS = (".png", ".svg")

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class PictureOptions:
    """What a picture shows.

    Attributes
    ----------
    region : (x0, y0, x1, y1), optional
        The part of the map that must be in sight, map units.
    cluster : (layer, cluster_id), optional
        A cluster that must be in sight.
    where : str, optional
        A filter expression; rows that do not meet it are faded.
    color : str, optional
        The column that colours; the coarsest clusters unless given.
    scale : float
        Pixels of a PNG for one of `width` and `height`; of an SVG's points as well.
    width, height : int
        In px at scale 1, as sizes of letters are.
    title, caption : str, optional
        Unless given, the map's name and the number of rows; empty for none.
    palette : PaletteName
        Colours of topics and values; all but the usual one are safe for colour-blind eyes.
    """

    region: Box | None = None
    cluster: tuple[int, int] | None = None
    where: str | None = None
    color: str | None = None
    scale: float = 2
    width: int = 1600
    height: int = 1000
    title: str | None = None
    caption: str | None = None
    theme: Ground = "light"
    palette: PaletteName = "portolan"
    names: bool = True
    legend: bool = True


def check_options(options: PictureOptions, path: PurePath) -> None:
    """Refuse what cannot be drawn. Raises InputError."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"'{path.name}' does not say what kind of picture.", fix="End its name in .png or .svg.")
    low, high = SCALES
    if not low <= options.scale <= high:
        raise InputError(f"The scale is {options.scale:g}.", fix=f"Choose one from {low} to {high}.")
    for name in ("width", "height"):
        px = getattr(options, name)
        if not LEAST_PX <= px <= MOST_PX:
            raise InputError(f"The {name} is {px:,} px.", fix=f"Choose one from {LEAST_PX} to {MOST_PX:,}.")
    pixels = options.width * options.height * options.scale**2
    if pixels > MOST_PIXELS:
        raise InputError(
            f"The picture would have {pixels / 1e6:,.0f} million pixels.",
            fix=f"Lower the scale, the width or the height: {MOST_PIXELS // 1_000_000} million are the most.",
        )
    if options.theme not in ("light", "dark"):
        raise InputError(f"There is no theme '{options.theme}'.", fix="Choose light or dark.")
    if options.palette not in PALETTES:
        raise InputError(f"There is no palette '{options.palette}'.", fix=f"Choose one of: {', '.join(PALETTES)}.")
    if options.region is not None:
        _check_region(options)


def _check_region(options: PictureOptions) -> None:
    assert options.region is not None
    x0, y0, x1, y1 = options.region
    if options.cluster is not None:
        raise InputError("Both a region and a cluster were given.", fix="Give one of the two.")
    if not all(math.isfinite(value) for value in options.region) or x0 >= x1 or y0 >= y1:
        raise InputError(
            f"The region {x0:g},{y0:g},{x1:g},{y1:g} is no rectangle.",
            fix="Give left, bottom, right, top in map units, the smaller first: X0,Y0,X1,Y1.",
        )


@dataclass(frozen=True)
class Frame:
    """How the map lies on the picture.

    `x0`, `y1`: the map place at the picture's upper left corner; `px_per_unit`: px at scale 1. `box`: where the map is.
    """

    x0: float
    y1: float
    px_per_unit: float
    box: Box

    def to_px(self, points: Points | FloatArray) -> Points:
        """Positions on the picture, float32 (n, 2), y down."""
        corner = np.array([self.x0, self.y1])
        px = (points.astype(np.float64) - corner) * np.array([self.px_per_unit, -self.px_per_unit])
        rounded: Points = px.astype(np.float32)
        return rounded


def frame_of(bounds: Box, box: Box, *, padding: float) -> Frame:
    """The frame that shows `bounds` (x0, y0, x1, y1) in the middle of `box`, with so much room around it."""
    x0, y0, x1, y1 = bounds
    left, top, right, bottom = box
    width, height = max(right - left - 2 * padding, 1), max(bottom - top - 2 * padding, 1)
    least = max(abs(value) for value in bounds) * 1e-6 or 1e-6
    scale = min(width / max(x1 - x0, least), height / max(y1 - y0, least))
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Frame((x0 + x1) / 2 - middle[0] / scale, (y0 + y1) / 2 + middle[1] / scale, scale, box)


def land_bounds(points: Points) -> Box:
    """Bounds of the points, less the few rows that strayed far from all others: x0, y0, x1, y1."""
    if len(points) == 0:
        return 0.0, 0.0, 1.0, 1.0
    ends = []
    for axis in (0, 1):
        values = points[:, axis]
        cut = int(len(values) * 0.002)
        low, high = np.partition(values, (cut, len(values) - 1 - cut))[[cut, len(values) - 1 - cut]].astype(float)
        slack = 0.06 * (high - low)
        ends.append((max(float(values.min()), low - slack), min(float(values.max()), high + slack)))
    (x0, x1), (y0, y1) = ends
    return x0, y0, x1, y1


# What is written: marks from below to above, px at scale 1.


@dataclass(frozen=True)
class Text:
    """A line of text. `y` is its baseline; `halo` keeps it readable on the map."""

    x: float
    y: float
    text: str
    font: Font
    color: Rgb
    anchor: str = "start"
    has_halo: bool = False


@dataclass(frozen=True)
class Dot:
    """A round swatch; hollow where it stands for a missing value."""

    x: float
    y: float
    radius: float
    color: Rgb
    is_hollow: bool = False


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle, or the outline of one."""

    x: float
    y: float
    width: float
    height: float
    color: Rgb
    is_outline: bool = False


Mark = Text | Dot | Rectangle


def name_marks(names: Sequence[PlacedName], colors: Sequence[Rgb], ground: Ground) -> list[Mark]:
    """The names on the land, the finer below; `colors`: those of the clusters."""
    marks: list[Mark] = []
    for name, color in sorted(zip(names, colors, strict=True), key=lambda one: -one[0].depth):
        ink = name_ink(color, ground, is_top=name.depth == 0)
        line_px = name.font.size * 1.2
        first = name.y - (len(name.lines) - 1) * line_px / 2 + 0.36 * name.font.size
        for number, line in enumerate(name.lines):
            marks.append(Text(name.x, first + number * line_px, line, name.font, ink, "middle", True))
    return marks


def name_ink(color: Rgb, ground: Ground, *, is_top: bool) -> Rgb:
    """Ink with a breath of the cluster's hue."""
    _, a, b = to_oklab(color)
    hue = math.degrees(math.atan2(b, a))
    if ground == "light":
        return to_rgb(Oklch(0.33 if is_top else 0.38, 0.055, hue))
    return to_rgb(Oklch(0.92 if is_top else 0.86, 0.045, hue))
