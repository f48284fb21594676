"""Write the colours that the page and the pictures must both give: `python tools/write_palette.py`.

Run it after a change of the palette's rules in either language; the tests of the other fail until it has them too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from portolan.core.cluster_colors import FoundCluster, PaletteCluster, cluster_colors
from portolan.core.color import Rgb, css
from portolan.core.palette import PALETTES, Ground, categorical, ramp

TARGET = Path(__file__).parent.parent / "ui" / "src" / "core" / "palette.fixture.json"
SPREADS = (1.0, 2.2)


def clusters() -> list[PaletteCluster]:
    """Three nested layers with as many children as there are, ids out of order, one parent that is not there."""
    rng = np.random.default_rng(3)
    made = []
    for layer, n, n_above in ((2, 13, 0), (1, 47, 13), (0, 160, 47)):
        for cluster_id in rng.permutation(n).tolist():
            parent = -1 if n_above == 0 else int(rng.integers(0, n_above))
            x, y = (round(float(value), 3) for value in rng.normal(size=2))
            made.append(PaletteCluster(cluster_id, layer, parent, int(rng.integers(1, 400)), x, y))
    return [*made, PaletteCluster(160, 0, 99, 5, 0.0, 0.0)]


def edited() -> list[PaletteCluster]:
    """The same after a merge of topics, two splits of a topic, a move, and splits of finer clusters."""
    given = {(one.layer, one.cluster_id): one for one in clusters()}

    def as_found(*refs: tuple[int, int]) -> tuple[FoundCluster, ...]:
        lines = (given[ref] for ref in refs)
        return tuple(FoundCluster(one.cluster_id, one.parent_id, one.size, one.x, one.y) for one in lines)

    now = dict(given)
    del now[2, 4]
    now[2, 1] = replace(given[2, 1], size=900, found=as_found((2, 1), (2, 4)))
    now |= {
        ref: replace(one, parent_id=1, found=as_found(ref))
        for ref, one in given.items()
        if (ref[0], one.parent_id) == (1, 4)
    }
    now[2, 2] = replace(given[2, 2], size=10, found=as_found((2, 2)))
    now[2, 13] = replace(given[2, 2], cluster_id=13, size=40, x=1.0, origin=2)
    now[2, 14] = replace(given[2, 2], cluster_id=14, size=30, x=-1.0, origin=2)
    inside = [ref for ref, one in given.items() if (ref[0], one.parent_id) == (1, 2)]
    now[inside[0]] = replace(given[inside[0]], parent_id=13, found=as_found(inside[0]))
    now[1, 47] = replace(given[inside[1]], cluster_id=47, parent_id=14, size=3, origin=inside[1][1])
    now[0, 161] = replace(given[0, 7], cluster_id=161, size=1, origin=7)
    now[0, 162] = replace(given[0, 8], cluster_id=162, size=1, origin=8)
    return list(now.values())


def document() -> str:
    """The fixture as it should be."""
    given, after = clusters(), edited()
    colors: dict[str, Any] = {}
    for ground in get_args(Ground):
        nested = {str(spread): cluster_colors(given, ground, spread) for spread in SPREADS}
        colors[ground] = {
            "categorical": {palette: _css(categorical(20, ground, palette)) for palette in PALETTES},
            "ramp": _css(ramp(16, ground)),
            "two_sided": _css(ramp(16, ground, (-1, 3))),
            "clusters": {key: [_css(layer) for layer in layers] for key, layers in nested.items()},
            "edited": {
                palette: [_css(layer) for layer in cluster_colors(after, ground, palette=palette)]
                for palette in PALETTES
            },
        }
    facts = {"clusters": [_facts(one) for one in given], "edited": [_facts(one) for one in after]}
    return json.dumps({**facts, "colors": colors}) + "\n"


def _css(colors: list[Rgb]) -> list[str]:
    return [css(color) for color in colors]


def _facts(cluster: PaletteCluster) -> dict[str, Any]:
    return {**vars(cluster), "found": [one._asdict() for one in cluster.found]}


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
