"""Take the pictures of the page that the documentation shows: `make_pictures.py OUT`.

A map of the sample's helpful subsets, which hold little that offends, is made and served, and the page is opened in
Chromium. Look at each picture before it is committed: one shows the texts of a row.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from pyarrow.json import read_json
from scipy.spatial import KDTree

import portolan
from portolan.running import background
from portolan.sample import sample_path

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
QUERY = '"ice cream" recipe'
WIDE, NARROW = (1440, 900), (390, 844)
SETTLED_MS = 1_800


def helpful_map(folder: Path) -> portolan.Map:
    """A map of the pairs whose subset is a helpful one."""
    with pa.input_stream(sample_path(), compression="zstd") as file:
        everything = read_json(file)
    helpful = everything.filter(pc.starts_with(everything["subset"], "helpful"))
    return portolan.map_text(helpful, name="Anthropic RLHF, helpful", path=folder / "helpful")


def label_some(m: portolan.Map) -> None:
    """Some labels, and what they teach."""
    m.define_labels(
        "subject", [{"value": "food", "key": "1"}, {"value": "other", "key": "2"}], description="What it is on"
    )
    m.label("subject", "food", rows=m.filter("text('recipe')")[:40])
    m.label("subject", "other", rows=m.filter("NOT text('recipe OR cook OR food OR eat OR drink')")[:60])
    m.teach("food", set="subject", value="food")


def opened(browser: Browser, url: str, *, size: tuple[int, int], theme: str) -> Page:
    """The page when all is drawn and faded in."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
    page.wait_for_timeout(SETTLED_MS)
    return page


def keep(page: Page, path: Path) -> None:
    """What is on the screen, as a file."""
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=path)
    compress(path)
    page.close()


def hover(page: Page) -> None:
    """Point at the row nearest to the middle of the map."""
    hit = page.evaluate("__portolan.rowAt(860, 430, 200)")
    page.mouse.move(hit["x"], hit["y"])


def search(page: Page) -> None:
    """Type the query and wait for what it finds."""
    page.get_by_role("searchbox").fill(QUERY)
    page.get_by_role("listbox").wait_for()


def read(page: Page) -> None:
    """Open the first row found."""
    search(page)
    page.get_by_role("option").first.click()
    page.get_by_test_id("reader").wait_for()


def keep_meaning(page: Page) -> None:
    """From a search to all rows of its meaning, with the filter panel beside the map."""
    page.get_by_role("searchbox").fill("how to bake bread")
    page.get_by_role("button", name="of this meaning").click()
    page.get_by_test_id("filters").wait_for()


def brush_table(page: Page) -> None:
    """A filter, and its rows in a table below the map."""
    show_panel(page, "Filters")
    line = page.get_by_test_id("filters").locator("li", has_text="helpful-online")
    line.hover()
    line.get_by_role("button", name="Only").click()
    if page.viewport_size["width"] < 720:
        show_panel(page, "Table")
    else:
        page.keyboard.press("t")
    page.get_by_role("grid").wait_for()


def open_topic(page: Page) -> None:
    """All about a topic."""
    show_panel(page, "Topics")
    line = page.get_by_role("treeitem").filter(has_text="ecipe").first
    line.click()
    line.click()
    page.get_by_test_id("cluster-page").wait_for()


def teach(page: Page) -> None:
    """What a few labels taught, as the colour of every row."""
    show_panel(page, "Labels")
    page.evaluate("location.hash = '#color=concept_food'")
    page.get_by_role("region", name="Teach").get_by_label("The label to learn").select_option(label="food")
    page.get_by_test_id("figures").wait_for()


def label_row(page: Page) -> None:
    """A row with the labels and decisions that it can get."""
    read(page)
    page.get_by_role("button", name="food").first.wait_for()


def open_finding(page: Page) -> None:
    """The page of a finding."""
    show_panel(page, "Audit")
    page.locator("[data-finding=near-identical]").click()
    page.get_by_test_id("finding-page").get_by_role("heading", name="By subset").wait_for()


def measure_effect(page: Page) -> None:
    """What dropping a finding's rows changes."""
    open_finding(page)
    page.get_by_role("button", name="What does dropping them do?").click()
    page.get_by_test_id("effect").get_by_role("button", name="Measure").click()
    page.get_by_test_id("verdict").wait_for(timeout=120_000)


def look_at_recipe(page: Page) -> None:
    """What a rule would do, before it does."""
    show_panel(page, "Clean")
    tab = page.get_by_test_id("clean")
    tab.get_by_role("button", name="Add a rule…").click()
    tab.get_by_role("combobox", name="Rows of this rule").fill("length(chosen) < 100")
    tab.get_by_label("Why").fill("too short to say anything")
    tab.get_by_role("status").filter(has_text="of the whole map").wait_for()
    tab.get_by_role("button", name="Add", exact=True).click()
    tab.get_by_role("button", name="See what it does…").click()
    page.get_by_test_id("clean-diff").wait_for()


def show_panel(page: Page, name: str) -> None:
    """The left panel's tab, or the sheet's on a narrow screen."""
    page.get_by_role("tab", name=name).click()


def draw(m: portolan.Map, out: Path) -> None:
    """Pictures without a browser: the whole map; a topic, by another column, with a filter."""
    topics = m.clusters.filter(
        pc.and_(pc.equal(m.clusters["layer"], m.n_layers - 1), pc.match_substring(m.clusters["name"], "ecipe"))
    )
    recipes = (m.n_layers - 1, topics["cluster_id"][0].as_py())
    whole, part = out / "drawn-whole.png", out / "drawn-topic.png"
    m.picture(whole, scale=1, title="What people ask of a helpful assistant")
    m.picture(part, scale=1, cluster=recipes, where="length(chosen) > 1500", color="subset", theme="dark", title="")
    for path in (whole, part):
        compress(path)


def compress(path: Path) -> None:
    """256 colours, a third of the bytes: half of them from what there is much of (shadows), half from what differs."""
    with Image.open(path) as picture:
        full = picture.convert("RGB")
    ways = (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE)
    palette = np.concatenate([_palette(full.quantize(128, method=way, kmeans=2)) for way in ways])
    colors, of_pixel = np.unique(np.asarray(full).reshape(-1, 3), axis=0, return_inverse=True)
    nearest = KDTree(palette).query(colors)[1].astype(np.uint8)
    flat = Image.fromarray(nearest[of_pixel.ravel()].reshape(full.height, full.width))
    flat.putpalette(palette.astype(np.uint8).tobytes())
    flat.save(path, optimize=True)


def _palette(picture: Image.Image) -> np.ndarray:
    return np.array(picture.getpalette(), int).reshape(-1, 3)[:128]


def main(out: Path) -> None:
    """Take the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    scenes = [
        ("start-light", WIDE, "light", None),
        ("start-dark", WIDE, "dark", None),
        ("hover-dark", WIDE, "dark", hover),
        ("search", WIDE, "light", search),
        ("pair", WIDE, "light", read),
        ("narrow", NARROW, "light", None),
        ("teach", WIDE, "light", teach),
        ("label", WIDE, "dark", label_row),
        ("clean", WIDE, "light", look_at_recipe),
        ("audit", WIDE, "light", open_finding),
        ("effect", WIDE, "dark", measure_effect),
    ]
    tour = {"filters": keep_meaning, "table": brush_table, "topic": open_topic}
    windows = [("wide", WIDE), ("narrow", NARROW)]
    scenes += [
        (f"{name}-{theme}-{window}", size, theme, act)
        for name, act in tour.items()
        for theme in ("light", "dark")
        for window, size in windows
    ]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        m = helpful_map(Path(folder))
        draw(m, out)
        label_some(m)
        m.findings.run(progress=False)
        m.fit_preference(progress=False)
        url = background(m.path)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, size, theme, act in scenes:
            page = opened(browser, url, size=size, theme=theme)
            if act:
                act(page)
            keep(page, out / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
