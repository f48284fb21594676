"""A map that is being made while one looks: stages in words, the map at its first tiles, the rest as it comes."""

import json
import shutil

import pytest

import portolan
from conftest import wait_until
from small_data import pair_rows

N_ROWS = 400


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "kitchen.portolan"
    portolan.map_text(pair_rows(N_ROWS), name="Kitchen talk", path=path, progress=False)
    return path


@pytest.fixture
def making(finished, tmp_path):
    """A copy of a map, and a call that makes it look as it did before a stage was done."""
    path = tmp_path / "making.portolan"
    shutil.copytree(finished, path)
    whole = json.loads((path / "map.json").read_text())
    manifest = next(path.glob("tiles/*/tiles.json"))
    tiles = json.loads(manifest.read_text())

    def show_until(stage):
        """As the map was when all stages before this one were done; None: all."""
        names = list(whole["stages"])
        done = names if stage is None else names[: names.index(stage)]
        columns = [column for column in tiles["columns"] if column["kind"] != "cluster" or "tile-clusters" in done]
        replace(manifest, {**tiles, "columns": columns})
        replace(path / "map.json", {**whole, "stages": {name: whole["stages"][name] for name in done}})

    return path, show_until


def replace(file, content):
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(content))
    beside.replace(file)


def state(page):
    return page.evaluate("document.documentElement.dataset.state")


def test_before_the_first_tiles_the_page_says_what_is_being_done(open_page, serve, making):
    path, show_until = making
    show_until("project")
    page = open_page(serve(path), wait_for=None)
    page.get_by_text("Laying out the map").wait_for()
    assert page.get_by_role("progressbar").is_visible()
    assert state(page) == "loading"
    show_until("cluster")
    page.wait_for_selector("html[data-state=ready]", state="attached")
    assert page.evaluate("__portolan.drawnRows()") == N_ROWS


def test_clusters_columns_and_search_come_without_a_reload(open_page, serve, making):
    path, show_until = making
    show_until("cluster")
    page = open_page(serve(path))
    page.evaluate("window.isTheSamePage = true")
    assert page.get_by_text("Finding topics…").is_visible()
    assert page.locator("[role=tree]").count() == 0
    assert page.get_by_role("searchbox").count() == 0
    show_until("quality")
    page.get_by_text("Measuring the map…").wait_for()
    page.wait_for_selector("[role=tree]")
    wait_until(page, "__portolan.names().length > 0")
    assert "Topics" in page.get_by_test_id("legend").locator("select option:checked").inner_text()
    show_until(None)
    page.get_by_role("searchbox").wait_for()
    page.get_by_text("Measuring the map…").wait_for(state="detached")
    assert page.evaluate("isTheSamePage")


def test_a_map_that_is_away_for_a_moment_is_followed_on(browser, serve, making):
    path, show_until = making
    show_until("cluster")
    # Not by `open_page`: the browser itself complains of the answer "there is no map".
    page = browser.new_page()
    page.goto(serve(path))
    page.wait_for_selector("html[data-state=ready]", state="attached")
    (path / "map.json").rename(path / "away.json")
    page.wait_for_timeout(1500)
    (path / "away.json").rename(path / "map.json")
    show_until(None)
    page.wait_for_selector("[role=tree]")
    page.close()
