"""A picture as SVG: the points as an image inside it, everything that is written as text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from portolan.core.color import Rgb, css
from portolan.core.picture import Dot, Mark, Rectangle, Text

FAMILY = (
    "-apple-system, 'Segoe UI', Inter, Cantarell, Ubuntu, Roboto, 'Noto Sans', 'Helvetica Neue', Arial, "
    "'Noto Sans CJK SC', sans-serif"
)
HALO_PX = 4


def to_svg(
    png: bytes,
    marks: Sequence[Mark],
    *,
    width: int,
    height: int,
    paper: Rgb,
    title: str,
    under: Sequence[str] = (),
    over: Sequence[str] = (),
) -> str:
    """The picture as an SVG document; `png` shows all that is no mark; `under`, `over`: elements below, above marks."""
    image = b64encode(png).decode()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{_text(title)}</title>",
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{image}"/>',
        *under,
        f'<g font-family="{escape(FAMILY)}" stroke-linejoin="round">',
        *(_mark(mark, paper) for mark in marks),
        "</g>",
        *over,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _mark(mark: Mark, paper: Rgb) -> str:
    if isinstance(mark, Dot):
        look = f'fill="none" stroke="{css(mark.color)}" stroke-width="1.5"' if mark.is_hollow else _fill(mark.color)
        radius = mark.radius - 0.75 if mark.is_hollow else mark.radius
        return f'<circle cx="{mark.x:.2f}" cy="{mark.y:.2f}" r="{radius:.2f}" {look}/>'
    if isinstance(mark, Rectangle):
        look = f'fill="none" stroke="{css(mark.color)}"' if mark.is_outline else _fill(mark.color)
        place = f'x="{mark.x:.2f}" y="{mark.y:.2f}" width="{mark.width:.2f}" height="{mark.height:.2f}"'
        return f"<rect {place} {look}/>"
    return _written(mark, paper)


def _written(mark: Text, paper: Rgb) -> str:
    spacing = mark.font.spacing_em * mark.font.size
    # The space after the last letter counts as well: without this, words would stand off their middle.
    x = mark.x + (spacing / 2 if mark.anchor == "middle" else 0)
    attributes = [f'x="{x:.2f}" y="{mark.y:.2f}" font-size="{mark.font.size:g}" {_fill(mark.color)}']
    if mark.anchor != "start":
        attributes.append(f'text-anchor="{mark.anchor}"')
    if mark.font.weight != 400:
        attributes.append(f'font-weight="{mark.font.weight}"')
    if spacing:
        attributes.append(f'letter-spacing="{spacing:.2f}"')
    if mark.has_halo:
        attributes.append(f'stroke="{css(paper)}" stroke-width="{HALO_PX}" paint-order="stroke fill"')
    return f"<text {' '.join(attributes)}>{_text(mark.text)}</text>"


def _fill(color: Rgb) -> str:
    return f'fill="{css(color)}"'


def _text(text: str) -> str:
    """`text` as XML holds it: control characters have no place there."""
    return escape("".join(letter for letter in text if letter >= " " and letter not in "\ufffe\uffff"), quote=False)
