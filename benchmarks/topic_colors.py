"""How far the colours of maps' coarsest topics are apart to each eye: `python benchmarks/topic_colors.py MAP…`.

Prints, for each palette and way to see, the least CIEDE2000 distance of a topic and its nearest on the map, and of any
two: the lesser of light and dark ground. Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005).
"""

from __future__ import annotations

import argparse
import math
from itertools import combinations, product
from typing import get_args

from portolan import open_map
from portolan.core.cluster_colors import cluster_colors, palette_cluster
from portolan.core.color import VISIONS, Rgb, seen_by
from portolan.core.palette import PALETTES, Ground, PaletteName

WHITE = (0.95047, 1.0, 1.08883)
EYES = (None, *VISIONS)
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.072175), (0.0193339, 0.119192, 0.9503041))


def lab(color: Rgb) -> tuple[float, float, float]:
    """CIELAB (D65) of an sRGB colour."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (channel / 255 for channel in color)]
    ratios = [sum(m * v for m, v in zip(row, linear, strict=True)) / w for row, w in zip(TO_XYZ, WHITE, strict=True)]
    x, y, z = (math.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Distance of two CIELAB colours; about 1 can just be told apart side by side."""
    mean_chroma = (math.hypot(a[1], a[2]) + math.hypot(b[1], b[2])) / 2
    g = 1.5 - 0.5 * math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7))
    c1, c2 = math.hypot(a[1] * g, a[2]), math.hypot(b[1] * g, b[2])
    h1, h2 = (math.degrees(math.atan2(one[2], one[1] * g)) % 360 for one in (a, b))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    d_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    light, chroma = (a[0] + b[0]) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else h1 + turn / 2
    t = 1 + sum(
        k * math.cos(math.radians(n * hue + at))
        for k, n, at in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    )
    s_light = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend = 30 * math.exp(-(((hue % 360 - 275) / 25) ** 2))
    cross = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(math.radians(2 * bend))
    l_part, c_part, h_part = (b[0] - a[0]) / s_light, (c2 - c1) / s_chroma, d_hue / s_hue
    return math.sqrt(l_part**2 + c_part**2 + h_part**2 + cross * c_part * h_part)


def least(map_path: str, palette: PaletteName) -> tuple[int, list[float], list[float]]:
    """Number of coarsest topics; for each way to see, least distance of a topic and its nearest, and of any two."""
    clusters = [palette_cluster(line) for line in open_map(map_path).clusters.to_pylist()]
    top = [one for one in clusters if one.layer == max(one.layer for one in clusters)]
    near = [min((o for o in top if o is not one), key=lambda o: math.hypot(o.x - one.x, o.y - one.y)) for one in top]
    nearest, any_two = [math.inf] * len(EYES), [math.inf] * len(EYES)
    for ground in get_args(Ground):
        colors = cluster_colors(clusters, ground, palette=palette)[-1]
        for eye, vision in enumerate(EYES):
            seen = [lab(color if vision is None else seen_by(color, vision)) for color in colors]
            pairs = [ciede2000(seen[a.cluster_id], seen[b.cluster_id]) for a, b in zip(top, near, strict=True)]
            all_pairs = [ciede2000(seen[a.cluster_id], seen[b.cluster_id]) for a, b in combinations(top, 2)]
            nearest[eye], any_two[eye] = min(nearest[eye], *pairs), min(any_two[eye], *all_pairs)
    return len(top), nearest, any_two


def main() -> None:
    """Measure maps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("maps", nargs="+", metavar="MAP")
    eyes = ("all hues", "no red", "no green", "no blue")
    heads = ["topics", "palette", *(f"{what}: {eye}" for what in ("nearest", "any two") for eye in eyes)]
    print(f"| {' | '.join(heads)} |")
    print("|" + " --- |" * 10)
    for path, palette in product(parser.parse_args().maps, PALETTES):
        n_topics, *figures = least(path, palette)
        print(f"| {n_topics} | {palette} | " + " | ".join(f"{value:.1f}" for one in figures for value in one) + " |")


if __name__ == "__main__":
    main()
