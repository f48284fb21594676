"""Title, caption and legend of a picture: how much room they take, and their marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portolan.core.color import Rgb
from portolan.core.picture import Box, Dot, Mark, Rectangle, Text
from portolan.core.picture_names import Font, Measure
from portolan.core.picture_raster import Tones
from portolan.errors import InputError

PAD = (14, 40)
"""Room around everything: the least, and the most, which a large picture has."""
PAD_SHARE = 0.04
LEAST_MAP_PX = 60
FLOW_SHARE = 0.3
"""Of a narrow picture's height, the most that values below the map take."""
TITLE = Font(24, 650)
CAPTION = Font(13)
HEAD = Font(13, 600)
LABEL = Font(13)
LINE_PX = 23
DOT_PX = 5
GAP = 9
COLUMN_PX = (150, 300)
"""The least and the most that a column of values is wide."""
COLUMN_FROM_PX = 800
"""In a narrower picture the values stand below the map."""
RAMP_PX = (260, 40)
N_FLOW_LINES = 2


@dataclass(frozen=True)
class LegendLine:
    """One value: its colour, and how many of the rows in the picture have it."""

    label: str
    count: int
    color: Rgb
    is_missing: bool = False


@dataclass(frozen=True)
class LegendRamp:
    """A number's or a time's colours: bars of the rows in the picture, and what stands at both ends."""

    counts: Sequence[int]
    colors: Sequence[Rgb]
    low: str
    high: str


@dataclass(frozen=True)
class Plate:
    """What stands around the map. Values are listed in the order to show."""

    width: int
    height: int
    title: str
    caption: str
    head: str = ""
    lines: Sequence[LegendLine] = ()
    ramp: LegendRamp | None = None


def lay_out(plate: Plate, tones: Tones, measure: Measure) -> tuple[Box, list[Mark]]:
    """The room that is left for the map, and the marks around it. Raises InputError where there is none."""
    box, marks = _laid_out(plate, tones, measure)
    if min(box[2] - box[0], box[3] - box[1]) < LEAST_MAP_PX:
        raise InputError(
            f"In {plate.width} by {plate.height} px there is no room left for the map.",
            fix="Make the picture larger, or leave out its title, its caption or its legend.",
        )
    return box, marks


def _laid_out(plate: Plate, tones: Tones, measure: Measure) -> tuple[Box, list[Mark]]:
    marks: list[Mark] = []
    pad = min(PAD[1], max(PAD[0], PAD_SHARE * min(plate.width, plate.height)))
    left, top, right, bottom = pad, pad, plate.width - pad, plate.height - pad
    if plate.title:
        title = shorten(plate.title, TITLE, right - left, measure)
        marks.append(Text(left, top + 20, title, TITLE, tones.ink))
        top += 46
    if plate.ramp:
        marks += _ramp(plate, plate.ramp, (right, bottom), tones, measure)
        room = right - left - RAMP_PX[0] - 40
        marks += _caption(plate.caption, left, bottom, room, tones, measure)
        return (left, top, right, bottom - RAMP_PX[1] - 56), marks
    if plate.caption:
        marks += _caption(plate.caption, left, bottom, right - left, tones, measure)
        bottom -= 30
    if plate.lines:
        flow = _flow(plate, left, right, tones, measure)
        if flow is not None:
            height, flowing = flow
            marks += _moved(flowing, bottom - height)
            bottom -= height + 12
        else:
            width, column = _column(plate, right, top, bottom, tones, measure)
            marks += column
            right -= width + 24
    return (left, top, right, bottom), marks


def shorten(text: str, font: Font, room: float, measure: Measure) -> str:
    """`text` as far as it fits, with an ellipsis where it was cut."""
    if measure(text, font) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + "…", font) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def _caption(text: str, left: float, bottom: float, room: float, tones: Tones, measure: Measure) -> list[Mark]:
    return [Text(left, bottom, shorten(text, CAPTION, room, measure), CAPTION, tones.soft)] if text else []


def _column(
    plate: Plate, right: float, top: float, bottom: float, tones: Tones, measure: Measure
) -> tuple[float, list[Mark]]:
    """Values under one another, at the right edge: their width, and their marks."""
    n_fit = max(1, int((bottom - top - LINE_PX) / LINE_PX))
    shown, rest = plate.lines, []
    if len(shown) > n_fit:
        shown, rest = plate.lines[: n_fit - 1], list(plate.lines[n_fit - 1 :])
    counts = max(measure(f"{line.count:,}", LABEL) for line in plate.lines)
    labels = max(measure(line.label, LABEL) for line in plate.lines)
    around = 2 * DOT_PX + GAP + 18 + counts
    width = min(max(labels + around, measure(plate.head, HEAD), COLUMN_PX[0]), COLUMN_PX[1])
    left = right - width
    marks: list[Mark] = [Text(left, top + 12, shorten(plate.head, HEAD, width, measure), HEAD, tones.ink)]
    y = top + 12 + LINE_PX + 3
    for line in shown:
        marks.append(Dot(left + DOT_PX, y - 4.5, DOT_PX, line.color, line.is_missing))
        label = shorten(line.label, LABEL, width - around, measure)
        marks.append(Text(left + 2 * DOT_PX + GAP, y, label, LABEL, tones.ink))
        marks.append(Text(right, y, f"{line.count:,}", LABEL, tones.soft, "end"))
        y += LINE_PX
    if rest:
        marks.append(Text(left + 2 * DOT_PX + GAP, y, f"{len(rest):,} more", LABEL, tones.soft))
        marks.append(Text(right, y, f"{sum(line.count for line in rest):,}", LABEL, tones.soft, "end"))
    return width, marks


def _flow(plate: Plate, left: float, right: float, tones: Tones, measure: Measure) -> tuple[float, list[Mark]] | None:
    """Values one after another, on as many lines as needed: their height, and marks from y = 0.

    None where a column does better.
    """
    is_narrow = plate.width < COLUMN_FROM_PX
    most = max(1, int(FLOW_SHARE * plate.height / LINE_PX)) if is_narrow else N_FLOW_LINES
    marks: list[Mark] = [Text(left, 12, plate.head, HEAD, tones.ink)]
    x, y = left + measure(plate.head, HEAD) + 22, 12.0
    if is_narrow:
        x, y = left, y + LINE_PX
    for number, line in enumerate(plate.lines):
        label = shorten(line.label, LABEL, 220, measure)
        count = f"{line.count:,}"
        at = 2 * DOT_PX + GAP
        width = at + measure(label, LABEL) + 8 + measure(count, LABEL)
        if x > left and x + width > right:
            x, y = left, y + LINE_PX
        if y > 12 + LINE_PX * (most - 1):
            if not is_narrow:
                return None
            rest = len(plate.lines) - number
            marks.append(Text(left, y, f"{rest:,} more", LABEL, tones.soft))
            break
        marks.append(Dot(x + DOT_PX, y - 4.5, DOT_PX, line.color, line.is_missing))
        marks.append(Text(x + at, y, label, LABEL, tones.ink))
        marks.append(Text(x + width, y, count, LABEL, tones.soft, "end"))
        x += width + 24
    return y + 6, marks


def _moved(marks: Sequence[Mark], by: float) -> list[Mark]:
    moved: list[Mark] = []
    for mark in marks:
        moved.append(type(mark)(**{**vars(mark), "y": mark.y + by}))
    return moved


def _ramp(plate: Plate, ramp: LegendRamp, corner: tuple[float, float], tones: Tones, measure: Measure) -> list[Mark]:
    """Bars of the rows along the ramp, above their colours' range."""
    right, bottom = corner
    width, height = min(RAMP_PX[0], plate.width / 2), RAMP_PX[1]
    left, base = right - width, bottom - 20
    marks: list[Mark] = [Text(left, base - height - 10, shorten(plate.head, HEAD, width, measure), HEAD, tones.ink)]
    tallest, step = max(1, *ramp.counts), width / len(ramp.counts)
    for place, count in enumerate(ramp.counts):
        color = ramp.colors[round(place / max(1, len(ramp.counts) - 1) * (len(ramp.colors) - 1))]
        tall = 0 if count == 0 else max(0.04, count / tallest) * height
        marks.append(Rectangle(left + place * step + 0.5, base - tall, step - 1, tall + 3, color))
    marks.append(Text(left, bottom, ramp.low, LABEL, tones.soft))
    marks.append(Text(right, bottom, ramp.high, LABEL, tones.soft, "end"))
    return marks
