"""Links say the same in Python as on the page: both are held to one table."""

import json
from pathlib import Path

import pytest

from portolan.core.link import Beside, Camera, LinkState, format_link, parse_link

CASES = json.loads((Path(__file__).parent.parent / "ui/src/core/link-cases.json").read_text(encoding="utf-8"))


def state(said):
    """A link as the page's table has it."""
    known = {name: said[name] for name in ("layout", "color", "q", "f", "row") if name in said}
    camera = Camera(**said["map"]) if "map" in said else None
    cluster, topic = (tuple(said[name].values()) if name in said else None for name in ("cluster", "topic"))
    beside = None
    if "with" in said:
        there = said["with"]
        beside = Beside(there["name"], Camera(**there["map"]) if there["map"] else None, there["isFirst"])
    return LinkState(
        camera=camera, cluster=cluster, topic=topic, sel=tuple(said.get("sel", ())), beside=beside, **known
    )


@pytest.mark.parametrize(("link", "said"), CASES["reads"])
def test_a_link_is_read_as_on_the_page(link, said):
    assert parse_link(link) == state(said)


@pytest.mark.parametrize(("said", "link"), CASES["writes"])
def test_a_link_is_written_as_on_the_page(said, link):
    assert format_link(state(said)) == link


def test_a_whole_address_is_read_like_its_last_part():
    assert parse_link("http://127.0.0.1:8722/?token=a#row=3&q=x") == parse_link("#row=3&q=x") == parse_link("row=3&q=x")


def test_places_keep_about_a_tenth_of_a_pixel():
    assert format_link(LinkState(camera=Camera(3, 1.23456789, 100)), units_per_px=0.01) == "#map=3/1.235/100"
