"""Marks as pixels, with Pillow."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from PIL import Image, ImageDraw

from portolan.core.color import Rgb
from portolan.core.picture import Dot, Mark, Rectangle, Text
from portolan.core.picture_names import Font
from portolan.pictures import fonts

HALO_PX = 2.0
"""How far the ground's colour reaches around letters on the map, px at scale 1."""
MEASURED_PX = 4
"""Letters are measured this much larger, where hinting rounds less."""
SYNTHETIC_BOLD_EM = 0.022
"""Pillow's own font has one weight: a bold is drawn with so much of a rim."""
SUPERSAMPLED = 4


def measure(text: str, font: Font) -> float:
    """Width of a text as `draw_marks` sets it, px at scale 1."""
    size = font.size * MEASURED_PX
    width = sum(fonts.load(face, size).getlength(piece) for piece, face in fonts.runs(text, font.weight))
    return float(width) / MEASURED_PX + font.spacing_em * font.size * _n_spaced(text)


def _n_spaced(text: str) -> int:
    return len(text) if _can_be_spaced(text) else 0


def _can_be_spaced(text: str) -> bool:
    """Scripts whose letters join, or that are set from right to left, are never pulled apart."""
    return all(ord(letter) < 0x590 or 0x1E00 <= ord(letter) < 0x2100 or ord(letter) >= 0x3000 for letter in text)


def draw_marks(picture: Image.Image, marks: Sequence[Mark], *, scale: float, paper: Rgb) -> None:
    """Draw marks on a picture in RGB."""
    pen = ImageDraw.Draw(picture)
    for mark in marks:
        if isinstance(mark, Dot):
            _dot(picture, mark, scale)
        elif isinstance(mark, Rectangle):
            _rectangle(pen, mark, scale)
        elif mark.has_halo:
            _write(pen, mark, scale, color=paper, rim=HALO_PX * scale)
    # Names after all halos: none may eat into another's letters.
    for mark in marks:
        if isinstance(mark, Text):
            _write(pen, mark, scale, color=mark.color, rim=0)


def _write(pen: ImageDraw.ImageDraw, mark: Text, scale: float, *, color: Rgb, rim: float) -> None:
    width = measure(mark.text, mark.font)
    spacing = mark.font.spacing_em * mark.font.size
    x = mark.x - {"start": 0.0, "middle": (width - spacing) / 2, "end": width}[mark.anchor]
    size = mark.font.size * scale
    pieces = list(fonts.runs(mark.text, mark.font.weight))
    if _is_right_to_left(mark.text):
        pieces.reverse()
    at = x * scale
    for piece, face in pieces:
        font = fonts.load(face, size)
        stroke = rim + (SYNTHETIC_BOLD_EM * size if face is None and mark.font.weight >= 600 else 0)
        letters = list(piece) if spacing and _can_be_spaced(mark.text) else [piece]
        for letter in letters:
            pen.text((at, mark.y * scale), letter, fill=color, font=font, anchor="ls", stroke_width=round(stroke))
            at += font.getlength(letter) + (spacing * scale if len(letters) > 1 or len(piece) == 1 else 0)


def _is_right_to_left(text: str) -> bool:
    return next((unicodedata.bidirectional(letter) in ("R", "AL") for letter in text if letter.isalpha()), False)


def _dot(picture: Image.Image, mark: Dot, scale: float) -> None:
    """Round, with a soft edge: drawn larger and made smaller, for Pillow's circles have steps."""
    side = int(2 * mark.radius * scale) + 3
    left, top = int(mark.x * scale - side / 2), int(mark.y * scale - side / 2)
    mask = Image.new("L", (side * SUPERSAMPLED, side * SUPERSAMPLED))
    middle = ((mark.x * scale - left) * SUPERSAMPLED, (mark.y * scale - top) * SUPERSAMPLED)
    radius = mark.radius * scale * SUPERSAMPLED
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    pen = ImageDraw.Draw(mask)
    if mark.is_hollow:
        pen.ellipse(box, outline=255, width=round(1.5 * scale * SUPERSAMPLED))
    else:
        pen.ellipse(box, fill=255)
    picture.paste(mark.color, (left, top), mask.resize((side, side), Image.Resampling.BOX))


def _rectangle(pen: ImageDraw.ImageDraw, mark: Rectangle, scale: float) -> None:
    if mark.height <= 0:
        return
    edges = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    left, top, right, bottom = (round(edge * scale) for edge in edges)
    box = (left, top, max(left, right - 1), max(top, bottom - 1))
    if mark.is_outline:
        pen.rectangle(box, outline=mark.color, width=max(1, round(scale)))
    else:
        pen.rectangle(box, fill=mark.color)
