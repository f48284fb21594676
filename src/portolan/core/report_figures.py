"""Charts of a report as SVG: bars and dots with their intervals, one line each.

Colours are attributes, so that a drawing is right by itself, and classes (`r-ink` …), so that a page may set others for
the dark. Bars differ from dots and ticks by shape, not by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from portolan.core.picture_svg import FAMILY
from portolan.core.report import Drawing
from portolan.core.report_words import interval, percent

PAPER, INK, SOFT, RULE, ACCENT, SECOND, EXPECTED = (
    "#faf8f4", "#1f2428", "#565d63", "#d3ccbf", "#1d5c7a", "#b06a1b", "#1f2428"
)  # fmt: skip
WIDTH = 720
NAME_PX, NOTE_PX, PAD_PX = 200, 110, 12
ROW_PX, HEAD_PX, AXIS_PX = 30, 34, 30
LETTER_PX = 6.6
"""About the width of a letter of 12 px."""
N_TICKS = 4


@dataclass(frozen=True)
class Mark:
    """A line of a chart: a share in [0, 1] with its interval.

    Attributes
    ----------
    note : str
        What stands at the right: numbers.
    expected : float, optional
        Where a tick stands: what the share is elsewhere.
    others : sequence of float
        Further values, drawn as hollow signs: see `dot_chart`.
    """

    name: str
    value: float
    low: float
    high: float
    note: str = ""
    expected: float | None = None
    others: tuple[float | None, ...] = ()


def bar_chart(marks: Sequence[Mark], *, name: str, title: str, expected: str = "") -> Drawing:
    """Shares as bars from 0, with intervals; `expected` says what the tick across a bar means."""
    chart = _Chart(marks, low=0.0, high=_end(max(_highest(one) for one in marks)))
    lines = []
    for place, one in enumerate(marks):
        middle = chart.middle(place)
        x0, x1 = chart.at(0), chart.at(one.value)
        lines.append(
            f'<rect class="r-accent" x="{x0:.1f}" y="{middle - 7:.1f}" width="{max(x1 - x0, 0.5):.1f}" height="14" '
            f'fill="{ACCENT}" fill-opacity=".62"/>'
        )
        lines += chart.whisker(place, one)
        if one.expected is not None:
            x = chart.at(one.expected)
            lines.append(
                f'<line class="r-expected" x1="{x:.1f}" x2="{x:.1f}" y1="{middle - 11:.1f}" y2="{middle + 11:.1f}" '
                f'stroke="{EXPECTED}" stroke-width="2.5"/>'
            )
    key = [_key_bar("share"), _key_line("95 % interval")] + ([_key_tick(expected)] if expected else [])
    return chart.drawing(lines, name=name, title=title, key=key)


def dot_chart(
    marks: Sequence[Mark], *, name: str, title: str, line: float | None = None, others: Sequence[str] = ()
) -> Drawing:
    """Shares as dots with intervals; `line` is drawn through all; `others` names the hollow signs, two at most."""
    ends = [end for one in marks for end in (one.low, one.high, *(v for v in one.others if v is not None))]
    ends += [line] if line is not None else []
    reach = max(max(ends) - min(ends), 0.02)
    chart = _Chart(marks, low=max(0.0, min(ends) - 0.06 * reach), high=min(1.0, max(ends) + 0.06 * reach))
    lines = []
    if line is not None:
        x = chart.at(line)
        lines.append(
            f'<line class="r-soft" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD_PX}" y2="{chart.bottom:.1f}" stroke="{SOFT}" '
            f'stroke-dasharray="4 3"/>'
        )
    for place, one in enumerate(marks):
        lines += chart.whisker(place, one)
        middle = chart.middle(place)
        lines.append(
            f'<circle class="r-accent" cx="{chart.at(one.value):.1f}" cy="{middle:.1f}" r="5" fill="{ACCENT}"/>'
        )
        for sign, value in enumerate(one.others):
            if value is not None:
                lines.append(_sign(sign, chart.at(value), middle))
    key = [_key_dot("value"), _key_line("95 % interval")]
    key += [lambda x, number=number, what=what: _key_sign(number, what, x) for number, what in enumerate(others)]
    return chart.drawing(lines, name=name, title=title, key=key)


def describe(marks: Sequence[Mark], title: str) -> str:
    """A chart in words, for those who do not see it."""
    told = [f"{one.name}: {percent(one.value)}, {interval(one.low, one.high)}" for one in marks]
    return f"{title}. " + "; ".join(told) + "."


class _Chart:
    """Where things stand on a chart."""

    def __init__(self, marks: Sequence[Mark], *, low: float, high: float) -> None:
        self.marks, self.low, self.high = marks, low, high
        longest = max((len(one.name) for one in marks), default=0)
        self.left = PAD_PX + min(max(NAME_PX * 0.5, longest * LETTER_PX), 0.42 * WIDTH) + 10
        self.right = float(WIDTH - NOTE_PX)
        self.bottom = HEAD_PX + ROW_PX * len(marks) + 2.0
        self.height = self.bottom + AXIS_PX + 22

    def at(self, share: float) -> float:
        """Its place from the left, px."""
        part = (share - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return self.left + min(1.0, max(0.0, part)) * (self.right - self.left)

    def middle(self, place: int) -> float:
        """The height of a line's middle, px."""
        return HEAD_PX + ROW_PX * (place + 0.5)

    def whisker(self, place: int, one: Mark) -> list[str]:
        """A line's interval."""
        x0, x1, y = self.at(one.low), self.at(one.high), self.middle(place)
        path = f"M{x0:.1f},{y - 4:.1f}v8M{x0:.1f},{y:.1f}H{x1:.1f}M{x1:.1f},{y - 4:.1f}v8"
        return [f'<path class="r-ink-line" d="{path}" stroke="{INK}" stroke-width="1.3" fill="none"/>']

    def drawing(self, lines: Sequence[str], *, name: str, title: str, key: Sequence[object]) -> Drawing:
        """The chart with names, notes, axis and key."""
        said = []
        for place, one in enumerate(self.marks):
            y = self.middle(place) + 4
            said.append(_text(self.left - 10, y, _cut(one.name, self.left - PAD_PX), anchor="end"))
            said.append(_text(WIDTH - PAD_PX, y, one.note, anchor="end", css="r-soft-text", color=SOFT))
        alt = describe(self.marks, title)
        height = math.ceil(self.height)
        svg = "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
                f'height="{height}" role="img" font-family="{escape(FAMILY)}" font-size="12">',
                f"<title>{escape(_shown(alt))}</title>",
                f'<rect class="r-paper" width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
                _text(PAD_PX, 19, title, weight=600, size=13),
                *self._axis(),
                *lines,
                *said,
                *_keys(key, self.height - 8),
                "</svg>",
            ]
        )
        return Drawing(name, svg, alt, least_px=480)

    def _axis(self) -> list[str]:
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        lines = []
        for tick in range(first, last + 1):
            x = self.at(tick * step)
            lines.append(
                f'<line class="r-rule" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD_PX}" y2="{self.bottom:.1f}" '
                f'stroke="{RULE}" stroke-width="1"/>'
            )
            digits = max(0, -math.floor(math.log10(100 * step) + 1e-9))
            label = f"{100 * tick * step:.{digits}f} %"
            lines.append(_text(x, self.bottom + 15, label, anchor="middle", css="r-soft-text", color=SOFT, size=11))
        return lines


def _highest(one: Mark) -> float:
    return max(one.high, one.expected or 0.0)


def _end(high: float) -> float:
    return min(1.0, 1.04 * high) or 0.01


def _step(reach: float) -> float:
    """The least of 1, 2, 5 times a power of ten that divides `reach` into at most so many parts."""
    power = 10.0 ** math.floor(math.log10(reach / N_TICKS))
    return next(step * power for step in (1, 2, 5, 10) if step * power * N_TICKS >= reach * (1 - 1e-9))


def _cut(text: str, room_px: float) -> str:
    most = int(room_px / LETTER_PX)
    return text if len(text) <= most else text[: max(1, most - 1)] + "…"


def _shown(text: str) -> str:
    """`text` less what XML cannot hold."""
    return "".join(letter for letter in text if letter >= " " and letter not in "\ufffe\uffff")


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: int = 400, size: int = 12,
    css: str = "r-ink", color: str = INK,
) -> str:  # fmt: skip
    written = escape(_shown(text), quote=False)
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}" '
        f'text-anchor="{anchor}">{written}</text>'
    )


# What signs mean, below a chart.


def _keys(key: Sequence[object], y: float) -> list[str]:
    lines, x = [], float(PAD_PX)
    for one in key:
        sign, what = one(x)  # type: ignore[operator]  # each is a function of its place
        lines.append(f'<g transform="translate(0 {y - 4:.1f})">{sign}</g>')
        lines.append(_text(x + 24, y, what, css="r-soft-text", color=SOFT, size=11))
        x += 24 + len(what) * 0.93 * LETTER_PX + 18
    return lines


def _key_bar(what: str) -> object:
    return lambda x: (
        f'<rect class="r-accent" x="{x:.1f}" y="-5" width="18" height="10" fill="{ACCENT}" fill-opacity=".62"/>',
        what,
    )


def _key_dot(what: str) -> object:
    return lambda x: (f'<circle class="r-accent" cx="{x + 9:.1f}" cy="0" r="5" fill="{ACCENT}"/>', what)


def _key_line(what: str) -> object:
    return lambda x: (
        f'<path class="r-ink-line" d="M{x:.1f},-4v8M{x:.1f},0h18M{x + 18:.1f},-4v8" stroke="{INK}" '
        f'stroke-width="1.3" fill="none"/>',
        what,
    )


def _key_tick(what: str) -> object:
    return lambda x: (
        f'<line class="r-expected" x1="{x + 9:.1f}" x2="{x + 9:.1f}" y1="-7" y2="7" stroke="{EXPECTED}" '
        'stroke-width="2.5"/>',
        what,
    )


def _key_sign(number: int, what: str, x: float) -> tuple[str, str]:
    return _sign(number, x + 9, 0), what


def _sign(number: int, x: float, y: float) -> str:
    if number == 0:
        path = f"M{x:.1f},{y - 5.5:.1f}l5.5,5.5l-5.5,5.5l-5.5,-5.5z"
    else:
        path = f"M{x - 4.5:.1f},{y - 4.5:.1f}h9v9h-9z"
    return f'<path class="r-second" d="{path}" fill="none" stroke="{SECOND}" stroke-width="1.8"/>'
