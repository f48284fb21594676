"""Differences with their intervals as a forest plot: a panel for each measure, each with an axis of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import groupby

from portolan.core.effect import OutcomeEffect
from portolan.core.effect_outcomes import SELECTED
from portolan.core.effect_words import SHARES, UNITS, number_words
from portolan.core.picture_svg import FAMILY

ROW_PX = 24
HEAD_PX = 34
AXIS_PX = 30
NAMES_SHARE = 0.4
EFFECT = "#b3261e"
NONE = "#44546a"
SHADE = "#dfe5ee"
INK = "#1d2733"
RULE = "#8593a5"


def forest(lines: Sequence[tuple[str, OutcomeEffect]], *, title: str, width: int = 760) -> str:
    """The plot as an SVG document.

    Parameters
    ----------
    lines : sequence of (name, OutcomeEffect)
        Those of one measure stand together.
    width : int
        Pixels.
    """
    parts, top = [], float(HEAD_PX)
    # The selected pairs are few: on the others' axis their interval would make all others short.
    for _, group in groupby(lines, key=lambda line: (line[1].outcome.measure, line[1].outcome.subset == SELECTED)):
        panel = list(group)
        parts += _panel(panel, top=top, width=width)
        top += ROW_PX * len(panel) + AXIS_PX
    height = int(top) + 22
    note = (
        "Line: 95 % interval. Shaded: differences too small to be shown four times in five. "
        "Red: told from 0, all outcomes counted."
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" font-family="{escape(FAMILY)}" font-size="12">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            _text(12, 20, _short(title, width), size=13, weight=600),
            *parts,
            _text(12, height - 8, note, size=11, color=NONE),
            "</svg>",
        ]
    )


def _panel(lines: Sequence[tuple[str, OutcomeEffect]], *, top: float, width: int) -> list[str]:
    left, right = width * NAMES_SHARE, width - 76.0
    ends = [abs(end) for _, one in lines for end in (one.delta, one.low, one.high, one.smallest)]
    reach = max((end for end in ends if math.isfinite(end)), default=0.0) or 1.0

    def at(value: float) -> float:
        return (left + right) / 2 + value / (1.05 * reach) * (right - left) / 2

    parts = []
    for number, (name, one) in enumerate(lines):
        middle = top + ROW_PX * (number + 0.5)
        color = EFFECT if one.is_effect else NONE
        if math.isfinite(one.smallest):
            band = at(one.smallest) - at(-one.smallest)
            parts.append(
                f'<rect x="{at(-one.smallest):.1f}" y="{middle - 8:.1f}" width="{band:.1f}" height="16" '
                f'fill="{SHADE}"/>'
            )
        if math.isfinite(one.low) and math.isfinite(one.high):
            parts.append(
                f'<line x1="{at(one.low):.1f}" x2="{at(one.high):.1f}" y1="{middle:.1f}" y2="{middle:.1f}" '
                f'stroke="{color}" stroke-width="2"/>'
            )
        parts += [
            _text(left - 10, middle + 4, name, anchor="end"),
            f'<circle cx="{at(one.delta):.1f}" cy="{middle:.1f}" r="4" fill="{color}"/>',
            _text(right + 8, middle + 4, _typeset(number_words(one.outcome.measure, one.delta)), color=color),
        ]
    bottom = top + ROW_PX * len(lines)
    parts.append(f'<line x1="{at(0):.1f}" x2="{at(0):.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{INK}"/>')
    parts.append(f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{bottom:.1f}" y2="{bottom:.1f}" stroke="{RULE}"/>')
    step = _round_step(reach)
    measure = lines[0][1].outcome.measure
    for value in (-step, 0.0, step):
        told = 100 * value if measure in SHARES else value
        label = "0" if value == 0 else _typeset(f"{told:+g}")
        parts.append(_text(at(value), bottom + 14, label, anchor="middle", size=11, color=NONE))
    parts.append(_text(left - 10, bottom + 14, UNITS[measure], anchor="end", size=11, color=NONE))
    return parts


def _typeset(number: str) -> str:
    """A number with its true minus."""
    return number.replace("-", "\N{MINUS SIGN}")


def _short(text: str, width: int) -> str:
    """`text` as far as it goes into a line of that many pixels."""
    most = max(10, width // 8)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _round_step(reach: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above `reach`."""
    power = 10.0 ** math.floor(math.log10(reach))
    return max(step * power for step in (1, 2, 5) if step * power <= reach * (1 + 1e-9))


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, weight: int = 400, color: str = INK
) -> str:
    written = escape("".join(letter for letter in text if letter >= " "), quote=False)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}" '
        f'text-anchor="{anchor}">{written}</text>'
    )
