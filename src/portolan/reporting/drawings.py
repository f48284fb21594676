"""The maps of a report: the whole with its names, and where the rows of each finding lie."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from portolan.core.picture import Box, Mark, PictureOptions, Rectangle, land_bounds
from portolan.core.picture_raster import TONES
from portolan.core.picture_svg import to_svg
from portolan.core.report import Drawing
from portolan.pictures.make import Drawing as MapDrawing
from portolan.pictures.parts import MapParts, as_mask, map_parts
from portolan.types import BoolArray, Points, RowIds

if TYPE_CHECKING:
    from portolan.auditing.finding import FindingReport
    from portolan.auditing.regions import Region
    from portolan.map import Map

WHOLE_PX = (1000, 640)
PANEL_PX = (560, 440)
MOST_PANEL_PX = 480
"""On the page."""
N_COLORS = 96
"""Of an image's pixels: few enough that a page of pictures stays small, more than eyes tell apart here."""
N_GREYS = 24
MOST_POINTS = 4000
"""Rows of a finding that are drawn: a fair sample of more."""
FEW = 60
"""So many rows of a finding are drawn above the names of topics."""
LEAST_PART, MOST_PART = 0.06, 0.2
"""Half the width of the part of the map that is shown near, as a share of the map's."""
RED = "#b3261e"


@dataclass(frozen=True)
class Maps:
    """The drawings by name, and how many rows of each finding are drawn."""

    drawings: dict[str, tuple[Drawing, ...]]
    drawn: dict[str, int]


def draw_maps(of: Map, findings: Sequence[FindingReport]) -> Maps:
    """The whole map, and two panels for each finding that has rows; nothing for a map without points."""
    if of.layout_id is None or of.n_rows == 0:
        return Maps({}, {})
    parts = map_parts(of, None)
    drawings: dict[str, tuple[Drawing, ...]] = {"map": (whole_map(parts),)}
    drawn = {}
    everything = replace(parts, is_shown=as_mask(len(parts.points), False))
    for one in findings:
        if one.count:
            points = of.points[_fair(one, of)]
            drawn[one.name] = len(points)
            drawings[f"finding.{one.name}"] = finding_maps(of, everything, points, one)
    return Maps(drawings, drawn)


def _fair(one: FindingReport, of: Map) -> RowIds:
    """Its rows, or a fair sample of them that is always the same."""
    rows = np.sort(one.row_ids)
    if len(rows) <= MOST_POINTS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MOST_POINTS, replace=False))


def whole_map(parts: MapParts) -> Drawing:
    """All rows in the colours of their topics, with names."""
    width, height = WHOLE_PX
    options = PictureOptions(
        width=width, height=height, scale=1.5, title="", caption="", legend=False, palette="distinct"
    )
    drawing = MapDrawing(parts, options)
    svg = _svg(drawing, options, drawing.marks, title=parts.name, n_colors=N_COLORS)
    return Drawing("map", svg, f"The map of {parts.name}, with the names of its topics.")


def finding_maps(of: Map, parts: MapParts, points: Points, one: FindingReport) -> tuple[Drawing, ...]:
    """Where a finding's rows lie on the whole map, and in the topic in which they are most surely more frequent."""
    width, height = PANEL_PX
    options = PictureOptions(width=width, height=height, scale=1, title="", caption="", legend=False)
    title = f"{one.title}: where its rows lie"
    if not one.clusters:
        return (_panel(parts, options, points, f"{one.name}-map", title),)
    region = one.clusters[0]
    near = replace(options, region=_around(of.points[_inside(one, of, region)], parts.points))
    return (
        _panel(parts, options, points, f"{one.name}-map", title, zoomed=MapDrawing(parts, near)),
        _panel(parts, near, points, f"{one.name}-region", f"{title} in “{region.name}”"),
    )


def _inside(one: FindingReport, of: Map, region: Region) -> BoolArray:
    """The finding's rows in a topic: bool, shape (n_rows,)."""
    found: BoolArray = one.is_inside & (of.cluster_ids(region.layer) == region.cluster_id)
    return found


def _around(points: Points, land: Points) -> Box:
    """The part of the map around the middle of some points that holds four in five of them, neither tiny nor whole."""
    x0, y0, x1, y1 = land_bounds(land)
    side = max(x1 - x0, y1 - y0)
    middle = np.median(points, axis=0)
    reach = np.quantile(np.abs(points - middle).max(axis=1), 0.8)
    half = float(np.clip(1.15 * reach, LEAST_PART * side, MOST_PART * side))
    x, y = middle.tolist()
    return x - half, y - half, x + half, y + half


def _panel(
    parts: MapParts,
    options: PictureOptions,
    points: Points,
    name: str,
    title: str,
    *,
    zoomed: MapDrawing | None = None,
) -> Drawing:
    drawing = MapDrawing(parts, options)
    marks: list[Mark] = list(drawing.marks)
    if zoomed is not None:
        marks.append(_frame_of(drawing, zoomed))
    dots = _dots(drawing, points)
    # A name could hide all of a few rows.
    below, above = ([], [dots]) if len(points) <= FEW else ([dots], [])
    svg = _svg(drawing, options, marks, title=title, n_colors=N_GREYS, under=below, over=above)
    return Drawing(name, svg, title, most_px=MOST_PANEL_PX)


def _dots(drawing: MapDrawing, points: Points) -> str:
    """Rows as round dots of one path: no image, so that they stay sharp."""
    left, top, right, bottom = drawing.frame.box
    at = drawing.frame.to_px(points)
    inside = at[(at[:, 0] >= left) & (at[:, 0] <= right) & (at[:, 1] >= top) & (at[:, 1] <= bottom)]
    size = float(np.clip(22 / max(1, len(inside)) ** 0.25, 3.2, 10))
    path = "".join(f"M{x:.0f},{y:.0f}h0" for x, y in inside.tolist())
    look = f'stroke="{RED}" stroke-opacity=".72" stroke-width="{size:.1f}" stroke-linecap="round" fill="none"'
    return f'<path d="{path}" {look}/>'


def _frame_of(drawing: MapDrawing, zoomed: MapDrawing) -> Rectangle:
    """The part of the map that another drawing shows, as an outline on this one."""
    left, top, right, bottom = zoomed.frame.box
    scale = zoomed.frame.px_per_unit
    x0, y1 = zoomed.frame.x0 + left / scale, zoomed.frame.y1 - top / scale
    x1, y0 = zoomed.frame.x0 + right / scale, zoomed.frame.y1 - bottom / scale
    (a, b), (c, d) = drawing.frame.to_px(np.array([[x0, y1], [x1, y0]])).tolist()
    width, height = drawing.frame.box[2] - 1, drawing.frame.box[3] - 1
    a, c = max(a, 1.0), min(c, width)
    b, d = max(b, 1.0), min(d, height)
    return Rectangle(a, b, max(c - a, 1.0), max(d - b, 1.0), TONES["light"].ink, True)


def _svg(
    drawing: MapDrawing,
    options: PictureOptions,
    marks: Sequence[Mark],
    *,
    title: str,
    n_colors: int,
    under: Sequence[str] = (),
    over: Sequence[str] = (),
) -> str:
    file = io.BytesIO()
    drawing.map_image().quantize(n_colors).save(file, format="PNG", optimize=True)
    width, height, paper = options.width, options.height, TONES["light"].paper
    return to_svg(file.getvalue(), marks, width=width, height=height, paper=paper, title=title, under=under, over=over)
