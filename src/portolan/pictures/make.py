"""From a map's parts to a file: which rows are in sight, how they look, what is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portolan.core.counted import counted
from portolan.core.palette import ramp
from portolan.core.picture import (
    Box,
    Frame,
    Mark,
    PictureOptions,
    Rectangle,
    check_options,
    frame_of,
    land_bounds,
)
from portolan.core.picture_colors import (
    DEPTH_ZOOMS,
    Coloring,
    Column,
    coloring_of,
    default_column,
    entries_of,
    find_column,
    places_of,
)
from portolan.core.picture_land import Land, measure_land, point_look
from portolan.core.picture_layout import LegendLine, LegendRamp, Plate, lay_out
from portolan.core.picture_raster import TONES, PointSet, raster
from portolan.core.picture_svg import to_svg
from portolan.core.picture_words import column_words, row_noun, written_moment, written_number
from portolan.errors import InputError, MapWriteError
from portolan.pictures.draw import draw_marks, measure
from portolan.pictures.parts import MapParts, Picture, as_mask, in_blocks
from portolan.pictures.places import ClusterPlaces

PADDING_PX = 34
"""Around the whole map: names reach beyond their clusters."""
MOST_LAYOUTS = 4
N_BINS = 32
FEW_SHOWN = 2.2
"""The few rows that a filter keeps are drawn at most this much wider than all would be."""


def save_picture(path: str | Path, options: PictureOptions, read: Callable[[], MapParts]) -> Picture:
    """Draw a map into a PNG or SVG file. `read` is asked for the map once the options are known to make sense.

    Raises
    ------
    InputError
        What is asked for cannot be drawn.
    NotFoundError
        There is no such column or cluster.
    MapWriteError
        The file cannot be written.
    """
    target = Path(path).expanduser()
    check_options(options, target)
    if not target.parent.is_dir():
        raise MapWriteError(f"There is no folder '{target.parent}'.", fix="Make it, or name another file.")
    drawing = Drawing(read(), options)
    try:
        if target.suffix.lower() == ".svg":
            target.write_text(drawing.svg(), encoding="utf-8")
        else:
            drawing.image().save(target, format="PNG", dpi=(96 * options.scale, 96 * options.scale))
    except OSError as error:
        raise MapWriteError(
            f"'{target}' cannot be written: {error.strerror or error}.",
            fix="Name a file that you may write.",
        ) from error
    return drawing.facts(target)


class Drawing:
    """One picture: what is in sight is found at once, pixels and marks when they are asked for."""

    def __init__(self, parts: MapParts, options: PictureOptions) -> None:
        self._parts = parts
        self._options = options
        self._tones = TONES[options.theme]
        x0, y0, x1, y1 = self._land_bounds
        self._places = ClusterPlaces(parts, side=max(x1 - x0, y1 - y0) or 1.0)
        self._column = find_column(parts.columns, options.color) if options.color else default_column(parts.columns)
        self._coloring = self._colors(depth=0)
        self._is_in_sight = self._is_drawn = as_mask(len(parts.points), True)
        self._look_at(lay_out(self._plate(), self._tones, measure)[0])
        if (depth := self._depth()) > 0:
            self._coloring = self._colors(depth)
        if self._is_part and not self._is_in_sight.any():
            x0, y0, x1, y1 = self._land_bounds
            raise InputError(
                "No row lies in the region.",
                fix=f"The map's rows lie from {x0:.4g},{y0:.4g} to {x1:.4g},{y1:.4g}.",
            )
        # The legend counts the rows in sight, and which are in sight depends on the room that the legend leaves.
        for _ in range(MOST_LAYOUTS):
            box, self._plate_marks = lay_out(self._plate(), self._tones, measure)
            if box == self._frame.box:
                break
            self._look_at(box)

    # Which part of the map, and which rows.

    @property
    def frame(self) -> Frame:
        """How the map lies on the picture."""
        return self._frame

    @cached_property
    def _land_bounds(self) -> Box:
        return land_bounds(self._parts.points)

    @property
    def _is_part(self) -> bool:
        return self._options.region is not None or self._options.cluster is not None

    @cached_property
    def _bounds(self) -> Box:
        if self._options.region is not None:
            return self._options.region
        return self._land_bounds if self._options.cluster is None else self._places.bounds(*self._options.cluster)

    def _look_at(self, box: Box) -> None:
        """Have the map lie in `box`, and find the rows in sight."""
        self._frame = frame_of(self._bounds, box, padding=0 if self._is_part else PADDING_PX)
        if not np.isfinite([self._frame.x0, self._frame.y1, self._frame.px_per_unit]).all():
            raise InputError("The region is too small or too large to draw.", fix="Choose another.")
        left, top, right, bottom = box
        n_rows = len(self._parts.points)
        self._xy = np.empty((n_rows, 2), np.float32)
        self._is_in_sight = as_mask(n_rows, False)
        for block in in_blocks(n_rows):
            self._xy[block] = self._frame.to_px(self._parts.points[block])
            x, y = self._xy[block].T
            self._is_in_sight[block] = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
        shown = self._parts.is_shown
        self._is_drawn = self._is_in_sight if shown is None else self._is_in_sight & shown

    @property
    def _zoom(self) -> float:
        """How many times twice as large the map is as one that is shown whole."""
        whole = frame_of(self._land_bounds, self._frame.box, padding=PADDING_PX).px_per_unit
        return float(np.log2(self._frame.px_per_unit / whole)) if self._is_part else 0.0

    def _depth(self) -> int:
        """How many layers further down colours go: with the zoom, as on the page."""
        return max(int(np.floor(self._zoom / DEPTH_ZOOMS)), 1 if self._options.cluster is not None else 0)

    # How rows look.

    def _colors(self, depth: int) -> Coloring:
        parts = self._parts
        return coloring_of(
            self._column,
            columns=parts.columns,
            clusters=self._places.palette,
            names={(line["layer"], line["cluster_id"]): line["name"] for line in parts.clusters},
            ground=self._options.theme,
            palette=self._options.palette,
            depth=depth,
        )

    @cached_property
    def _codes(self) -> NDArray[Any]:
        stored = self._coloring.stored
        return np.zeros(len(self._parts.points), np.uint8) if stored is None else self._parts.codes(stored)

    @cached_property
    def _land(self) -> Land:
        return measure_land(self._xy, width=self._options.width, height=self._options.height)

    def _points(self) -> tuple[PointSet, PointSet | None]:
        """What is drawn in colour, and what a filter fades."""
        coloring, shown = self._coloring, self._parts.is_shown
        look = point_look(self._land.rows_per_px)
        everything = PointSet(self._xy, places_of(self._codes, coloring), coloring.colors, coloring.is_hollow, look)
        if shown is None:
            return everything, None
        share = int(np.count_nonzero(self._is_drawn)) / max(1, int(np.count_nonzero(self._is_in_sight)))
        wider = point_look(self._land.rows_per_px * max(share, 1e-9))
        wider = replace(wider, diameter=min(wider.diameter, FEW_SHOWN * look.diameter))
        kept = replace(everything, xy=self._xy[shown], codes=everything.codes[shown], look=wider)
        return kept, replace(everything, xy=self._xy[~shown], codes=everything.codes[~shown])

    # What is written.

    def _plate(self) -> Plate:
        options = self._options
        title = self._parts.name if options.title is None else options.title
        caption = self._caption() if options.caption is None else options.caption
        plate = Plate(options.width, options.height, title.strip(), caption.strip())
        column = self._column
        if column is None or not options.legend:
            return plate
        if self._coloring.is_ramp:
            return replace(plate, head=column_words(column["name"]), ramp=self._ramp(column))
        head = "Topics" if column["kind"] == "cluster" else column_words(column["name"])
        return replace(plate, head=head, lines=self._lines())

    def _lines(self) -> list[LegendLine]:
        """Values of the rows that are drawn, the most frequent first, the missing one last."""
        entries = self._coloring.entries
        counts = np.zeros(len(entries), np.int64)
        for block in in_blocks(len(self._codes)):
            drawn = self._codes[block][self._is_drawn[block]]
            counts += np.bincount(entries_of(drawn, self._coloring), minlength=len(entries))
        lines = [
            LegendLine(entry.label, count, entry.color, entry.is_missing)
            for entry, count in zip(entries, counts.tolist(), strict=True)
            if count > 0
        ]
        return sorted(lines, key=lambda line: (line.is_missing, -line.count))

    def _ramp(self, column: Column) -> LegendRamp:
        codes = self._codes[self._is_drawn]
        known = codes[codes != column["missing"]].astype(np.int64)
        counts = np.bincount(known * N_BINS // column["missing"], minlength=N_BINS).tolist()
        low, high = column["min"], column["max"]
        is_time = column["kind"] == "time"
        ends = [written_moment(end, high - low) if is_time else written_number(end) for end in (low, high)]
        return LegendRamp(counts, ramp(N_BINS, self._options.theme), *ends)

    def _caption(self) -> str:
        n_rows, n_in_sight = len(self._parts.points), np.count_nonzero(self._is_in_sight)
        rows = counted(n_rows, row_noun(self._parts.kind))
        said = [rows if n_in_sight == n_rows else f"{n_in_sight:,} of {rows}"]
        if self._options.where is not None:
            said.append(f"{np.count_nonzero(self._is_drawn):,} where {self._options.where.strip()}")
        return " · ".join(said)

    @cached_property
    def marks(self) -> list[Mark]:
        """What is written, from below to above."""
        left, top, right, bottom = self._frame.box
        marks: list[Mark] = []
        if self._is_part:
            marks.append(Rectangle(left, top, right - left, bottom - top, self._tones.hairline, True))
        if self._options.names:
            marks += self._places.names(self._frame, measure, ground=self._options.theme, palette=self._options.palette)
        return [*marks, *self._plate_marks]

    # The whole.

    def map_image(self) -> Image.Image:
        """Land and points; a part of the map ends at its frame."""
        options, scale = self._options, self._options.scale
        picture = Image.new("RGB", (round(options.width * scale), round(options.height * scale)), self._tones.paper)
        points, faded = self._points()
        left, top, right, bottom = (round(edge * scale) for edge in self._frame.box)
        strips = raster(
            points,
            faded=faded,
            land=self._land,
            ground=options.theme,
            size=(options.width, options.height),
            scale=scale,
            closeness=min(1.0, max(0.0, self._zoom / 2)),
        )
        for at, pixels in strips:
            strip = Image.fromarray(pixels)
            if not self._is_part:
                picture.paste(strip, (0, at))
                continue
            first, last = max(at, top), min(at + strip.height, bottom)
            if first < last:
                picture.paste(strip.crop((left, first - at, right, last - at)), (left, first))
        return picture

    def image(self) -> Image.Image:
        """The picture in pixels."""
        picture = self.map_image()
        draw_marks(picture, self.marks, scale=self._options.scale, paper=self._tones.paper)
        return picture

    def svg(self) -> str:
        """The picture as an SVG document."""
        file = io.BytesIO()
        self.map_image().save(file, format="PNG")
        width, height = self._options.width, self._options.height
        title = self._plate().title or self._parts.name
        return to_svg(file.getvalue(), self.marks, width=width, height=height, paper=self._tones.paper, title=title)

    def facts(self, path: Path) -> Picture:
        """What was drawn."""
        options, frame = self._options, self._frame
        left, top, right, bottom = frame.box
        x0, y1, px = float(frame.x0), float(frame.y1), float(frame.px_per_unit)
        scale = options.scale if path.suffix.lower() == ".png" else 1
        return Picture(
            path=path,
            width=round(options.width * scale),
            height=round(options.height * scale),
            n_in_sight=int(np.count_nonzero(self._is_in_sight)),
            n_shown=int(np.count_nonzero(self._is_drawn)),
            color=None if self._column is None else self._column["name"],
            region=(x0 + left / px, y1 - bottom / px, x0 + right / px, y1 - top / px),
        )
