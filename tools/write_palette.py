"""Write the colours that the page and the pictures must both give: `python tools/write_palette.py`.

Run it after a change of the palette's rules in either language; the tests of the other fail until it has them too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from portolan.core.color import css
from portolan.core.palette import PaletteCluster, categorical, cluster_colors, ramp

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


def document() -> str:
    """The fixture as it should be."""
    given = clusters()
    colors: dict[str, Any] = {}
    for ground in ("light", "dark"):
        nested = {str(spread): cluster_colors(given, ground, spread) for spread in SPREADS}  # type: ignore[arg-type]
        colors[ground] = {
            "categorical": [css(color) for color in categorical(20, ground)],  # type: ignore[arg-type]
            "ramp": [css(color) for color in ramp(16, ground)],  # type: ignore[arg-type]
            "two_sided": [css(color) for color in ramp(16, ground, (-1, 3))],  # type: ignore[arg-type]
            "clusters": {key: [[css(color) for color in layer] for layer in layers] for key, layers in nested.items()},
        }
    return json.dumps({"clusters": [vars(cluster) for cluster in given], "colors": colors}) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
