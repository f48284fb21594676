"""OKLCH colours: even lightness to the eye. The page has the same in `ui/src/core/color.ts`.

Source: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

from __future__ import annotations

import math
from typing import NamedTuple

Rgb = tuple[int, int, int]
"""Red, green, blue in 0 … 255."""


class Oklch(NamedTuple):
    """Lightness in [0, 1], chroma from 0 to about 0.3, hue in degrees."""

    l: float  # noqa: E741 - the letter it has in the formulas
    c: float
    h: float


def to_rgb(color: Oklch) -> Rgb:
    """The sRGB colour; chroma is lowered until it is one that a screen can show."""
    chroma = color.c
    while chroma > 0:
        linear = _to_linear(color.l, chroma, color.h)
        if all(-1e-4 < value < 1 + 1e-4 for value in linear):
            return _encoded(linear)
        chroma -= 0.004
    return _encoded(_to_linear(color.l, 0, color.h))


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a = chroma * math.cos(hue * math.pi / 180)
    b = chroma * math.sin(hue * math.pi / 180)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )


def _encoded(linear: tuple[float, float, float]) -> Rgb:
    red, green, blue = (_encode(value) for value in linear)
    return red, green, blue


def _encode(linear: float) -> int:
    clamped = min(1.0, max(0.0, linear))
    value = 12.92 * clamped if clamped <= 0.0031308 else 1.055 * clamped ** (1 / 2.4) - 0.055
    # Not round(): Python rounds halves to even, the page rounds them up.
    return math.floor(255 * value + 0.5)


def _decode(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def to_oklab(color: Rgb) -> tuple[float, float, float]:
    """OKLab coordinates of an sRGB colour."""
    r, g, b = (_decode(channel) for channel in color)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
    )


def to_oklch(color: Rgb) -> Oklch:
    """Lightness, chroma and hue of an sRGB colour."""
    lightness, a, b = to_oklab(color)
    return Oklch(lightness, math.hypot(a, b), (math.degrees(math.atan2(b, a)) + 360) % 360)


def delta_e(a: Rgb, b: Rgb) -> float:
    """How far two colours are apart to the eye: distance in OKLab, times 100. About 2 can just be told apart."""
    p, q = to_oklab(a), to_oklab(b)
    return 100 * math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])


VISIONS = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""What is left of linear light without red, green or blue cones. Source: Machado et al. 2009, severity 1."""


def seen_by(color: Rgb, vision: str) -> Rgb:
    """The colour as a person without red (`protan`), green (`deutan`) or blue (`tritan`) cones sees it."""
    r, g, b = (_decode(channel) for channel in color)
    red, green, blue = (x * r + y * g + z * b for x, y, z in VISIONS[vision])
    return _encoded((red, green, blue))


def css(color: Rgb) -> str:
    """The colour as CSS and SVG write it."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def from_css(text: str) -> Rgb:
    """The colour that `css` wrote."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
