"""“Save picture”: the file holds what the screen shows, and nothing is asked of the server for it."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import serious_findings, settle, wait_until

SVG = "{http://www.w3.org/2000/svg}"
PAPER = {"light": (250, 248, 244), "dark": (18, 22, 26)}
WINDOW = {"width": 900, "height": 560}
SAVE_MS = 120_000
SCALE = 2


@pytest.fixture
def visit(open_page, points_url):
    return lambda link="", **window: open_page(points_url + link, **{**WINDOW, **window})


def open_dialog(page):
    page.get_by_role("button", name="Save picture").click()
    return page.get_by_test_id("picture-dialog")


def save(page, kind):
    """The file of a kind, as the browser would save it."""
    page.locator(f"input[value='{kind}']").check(force=True)
    with page.expect_download(timeout=SAVE_MS) as saved:
        page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()


def pixels(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def said_size(page, kind):
    """Width and height that the dialog tells."""
    page.locator(f"input[value='{kind}']").check(force=True)
    words = page.get_by_role("status").filter(has_text="px").inner_text().split(" px")[0]
    return [int(number.replace(",", "")) for number in words.split(" \u00d7 ")]


def uncheck(page, *parts):
    for part in parts:
        page.get_by_role("checkbox", name=part).uncheck()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_png_has_the_size_that_is_told_the_ground_and_the_points(visit, theme):
    page = visit(color_scheme=theme)
    open_dialog(page)
    width, height = said_size(page, "png 2")
    name, data = save(page, "png 2")
    image = pixels(data)
    assert name == "40-000-synthetic-rows.png"
    assert image.shape[:2] == (height, width)
    assert tuple(image[2, 2]) == PAPER[theme]
    assert (image.max(axis=2) - image.min(axis=2) > 40).mean() > 0.03


def test_names_stand_on_the_picture_where_the_map_has_them(visit):
    page = visit()
    shown = page.evaluate("__portolan.names()")
    open_dialog(page)
    uncheck(page, "Title", "Caption", "Legend")
    _, data = save(page, "png 2")
    with_names = pixels(data)
    uncheck(page, "Names")
    _, data = save(page, "png 2")
    differs = np.abs(with_names - pixels(data)).sum(axis=2) > 60
    # The picture begins where the panels end, and has a margin: the best place is one for all names.
    boxes = np.array([[name[side] for side in ("left", "top", "right", "bottom")] for name in shown])
    room = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum() * SCALE**2
    assert 0.1 * room < differs.sum() < room
    rows, columns = np.nonzero(differs)
    width, height = columns.max() - columns.min(), rows.max() - rows.min()
    assert width / SCALE == pytest.approx(boxes[:, 2].max() - boxes[:, 0].min(), abs=24)
    assert height / SCALE == pytest.approx(boxes[:, 3].max() - boxes[:, 1].min(), abs=24)


def test_a_picture_of_many_pieces_is_the_same_as_one_of_few(visit):
    page = visit()
    open_dialog(page)
    uncheck(page, "Names", "Title", "Caption", "Legend")
    small, large = (pixels(save(page, kind)[1]) for kind in ("png 2", "png 4"))
    height, width = small.shape[:2]
    assert large.shape[:2] == (2 * height, 2 * width)
    assert large.shape[1] > 2048  # more than one piece
    halved = large.reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    off = np.abs(halved - small).mean(axis=2)
    assert off.mean() < 2
    # A seam would be a line of pixels that differ.
    assert off.mean(axis=0).max() < 12
    assert off.mean(axis=1).max() < 12


def test_an_svg_has_names_legend_title_and_caption_as_text(visit):
    page = visit()
    names = {name["name"].upper() for name in page.evaluate("__portolan.names()") if name["layer"] == 2}
    open_dialog(page)
    page.get_by_role("textbox", name="Title\u2019s text").fill("Towns & <cities>")
    name, data = save(page, "svg 3")
    assert name == "Towns-cities.svg"
    root = ET.fromstring(data)
    said = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert {"Towns & <cities>", "Topics", "40,000 texts"} <= set(said)
    assert len(names & set(said)) >= 0.7 * len(names)
    assert root.find(f"{SVG}image").get("href").startswith("data:image/png;base64,")


def test_the_picture_has_the_present_filter_and_says_so(visit):
    page = visit("#color=continent&f=" + "continent%20%3D%20'Amber'")
    wait_until(page, "__portolan.shown().shown < 40000")
    settle(page)
    shown = page.evaluate("__portolan.shown().shown")
    open_dialog(page)
    _, data = save(page, "svg 3")
    said = ["".join(node.itertext()) for node in ET.fromstring(data).iter(f"{SVG}text")]
    assert any(text.startswith(f"{shown:,} of 40,000 texts · ") for text in said)
    assert "Amber" in said


def test_a_picture_of_a_part_counts_the_rows_in_it(visit):
    page = visit()
    page.get_by_role("button", name="Zoom in").click(click_count=3)
    settle(page)
    open_dialog(page)
    caption = page.get_by_role("textbox", name="Caption\u2019s text").input_value()
    n_in_sight = int(caption.split(" of ")[0].replace(",", ""))
    assert caption == f"{n_in_sight:,} of 40,000 texts"
    assert 0 < n_in_sight < 40_000
    _, data = save(page, "svg 3")
    said = ["".join(node.itertext()) for node in ET.fromstring(data).iter(f"{SVG}text")]
    counts = [int(text.replace(",", "")) for text in said if text.replace(",", "").isdigit()]
    assert sum(counts) == pytest.approx(n_in_sight, rel=0.02)


def test_a_picture_has_the_land_under_panels(visit):
    page = visit()
    page.get_by_role("button", name="Zoom in").click(click_count=4)
    settle(page)
    open_dialog(page)
    uncheck(page, "Title", "Caption", "Legend")
    _, data = save(page, "png 2")
    assert pixels(data).shape[1] == SCALE * (900 + 2 * 32)


def test_nothing_is_asked_of_the_server(visit):
    page = visit()
    settle(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_dialog(page)
    save(page, "png 2")
    # A map that is not finished is asked for news now and then.
    others = [url for url in asked if not url.startswith(("blob:", "data:")) and not url.endswith("/api/map")]
    assert others == []


def test_the_palette_has_it_too_and_esc_closes_it(visit):
    page = visit(width=390, height=844)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find a command").fill("save picture")
    page.keyboard.press("Enter")
    page.get_by_test_id("picture-dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_test_id("picture-dialog").wait_for(state="detached")


def test_the_dialog_has_no_serious_fault_for_screen_readers(visit):
    page = visit()
    open_dialog(page)
    assert serious_findings(page) == []
