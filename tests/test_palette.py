"""Pictures have the page's colours."""

import importlib.util
from itertools import combinations
from pathlib import Path

import pytest

from portolan.core.cluster_colors import PaletteCluster, cluster_colors
from portolan.core.color import VISIONS, Oklch, css, delta_e, from_css, seen_by, to_oklab, to_rgb
from portolan.core.palette import MISSING, categorical, ramp

ROOT = Path(__file__).parent.parent


def test_both_palettes_are_held_to_the_same_colours():
    path = ROOT / "tools" / "write_palette.py"
    spec = importlib.util.spec_from_file_location("write_palette", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.TARGET.read_text(encoding="utf-8") == tool.document(), "Run: python tools/write_palette.py"


def test_known_colours_come_out_as_css_defines_them():
    assert to_rgb(Oklch(1, 0, 0)) == (255, 255, 255)
    assert to_rgb(Oklch(0.62796, 0.25768, 29.234)) == (255, 0, 0)
    assert to_oklab((255, 255, 255))[0] == pytest.approx(1, abs=1e-4)
    assert from_css(css((1, 128, 255))) == (1, 128, 255)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_categories_are_apart_to_every_eye(ground):
    colors = categorical(8, ground)
    for seen in [colors, *([seen_by(color, vision) for color in colors] for vision in VISIONS)]:
        assert min(delta_e(a, b) for a, b in combinations(seen, 2)) > 7.5


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_values_of_a_column_begin_elsewhere_than_topics_do(ground):
    topics = [PaletteCluster(k, 0, -1, 100 - k, float(k % 4), float(k // 4)) for k in range(8)]
    largest = cluster_colors(topics, ground)[0][:3]
    assert min(delta_e(a, b) for a, b in zip(categorical(3, ground), largest, strict=True)) > 10


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_the_ramp_grows_away_from_the_ground(ground):
    lightness = [to_oklab(color)[0] for color in ramp(16, ground)]
    assert lightness == sorted(lightness, reverse=ground == "light")


def test_no_clusters_have_no_colours():
    assert cluster_colors([], "light") == []


def test_an_id_that_no_cluster_has_gets_the_colour_of_what_is_missing():
    only = PaletteCluster(cluster_id=1, layer=0, parent_id=-1, size=3, x=0, y=0)
    assert cluster_colors([only], "dark")[0][0] == MISSING["dark"]
