"""Portolan's page on synthetic points: tiling, first frame, dragging, filters, recolouring, memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Playwright

import browsing
import empty_page

TOKEN = "bench"
TOOLS = Path(__file__).parent.parent / "tools"
SERVER = """
import sys
from pathlib import Path
from portolan.server.run import serve
serve(Path(sys.argv[1]), port=0, token="bench")
"""
TILING = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from make_points_map import make_points_map, retile
out, n_rows = Path(sys.argv[2]), int(sys.argv[3])
if not out.exists():
    make_points_map(out, n_rows=n_rows)
    print(json.dumps({}))
else:
    print(json.dumps(retile(out)))
"""
REPEATS = 5
CONTINENTS = ["Azure", "Amber", "Cedar", "Coral", "Ember"]
TO_PIXELS = """async (hash) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done))
  const changes = __portolan.changes()
  const before = performance.now()
  location.hash = hash
  do { await frame() } while (__portolan.changes() === changes)
  await __portolan.whenDrawn()
  const first = performance.now() - before
  do { await frame() } while (!__portolan.isSettled())
  await frame()
  await __portolan.whenDrawn()
  return [first, performance.now() - before]
}"""


def make_map(path: Path, n_rows: int) -> dict[str, float]:
    """Make the map unless it lies there; tile it again in a process of its own: seconds and peak memory."""
    if not path.exists():
        _tiling(path, n_rows)
    return _tiling(path, n_rows)


def _tiling(path: Path, n_rows: int) -> dict[str, float]:
    command = [sys.executable, "-c", TILING, str(TOOLS), str(path), str(n_rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextmanager
def served(path: Path) -> Iterator[str]:
    """Serve a map as `portolan open` does, in a process of its own; its URL as soon as it is told."""
    with subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def measure(play: Playwright, path: Path, *, rounds: int, gpu: bool) -> dict[str, Any]:
    """Every figure of the page; each round has a new server and a new browser."""
    frames, empty, seen = [], [], []
    for _ in range(rounds):
        empty.append(empty_page.first_frame_ms(play, gpu=gpu))
        with served(path) as url, browsing.new_page(play, gpu=gpu) as (_, page):
            page.goto(url)
            page.wait_for_selector("html[data-state=ready]", state="attached")
            frames.append(page.evaluate("performance.getEntriesByName('portolan:first-frame')[0].startTime"))
    with served(path) as url, browsing.new_page(play, gpu=gpu) as (_, page):
        seen.append(browsing.seen_ms(page, url, box={"x": 420, "y": 200, "width": 600, "height": 500}))
    with served(path) as url, browsing.new_page(play, gpu=gpu) as (browser, page):
        page.goto(url)
        page.wait_for_selector("html[data-state=ready]", state="attached")
        _settle(page)
        held = {"at rest": browsing.memory(browser, page)}
        drawn = page.evaluate("__portolan.frameMs()")
        drag, drag_95 = browsing.drag_ms(page, x=760, y=450)
        _settle(page)
        wheres = filters_of(url)
        answers = {kind: _answers_ms(url, some) for kind, some in wheres.items()}
        pixels = {kind: _pixels_ms(page, some, lambda where: f"#f={_quoted(where)}") for kind, some in wheres.items()}
        page.evaluate(TO_PIXELS, "#f=")
        colors = ["length", "continent", "cluster_0", "length", "continent"]
        recolor = _pixels_ms(page, colors, lambda name: f"#color={name}")
        held["after all that"] = browsing.memory(browser, page)
    return {
        "first frame ms": browsing.median(frames),
        "first frame, best ms": min(frames),
        "empty page's first frame ms": browsing.median(empty),
        "empty page's, best ms": min(empty),
        "points seen ms": browsing.median(seen),
        "drawing a frame ms": drawn,
        "drag frame ms": drag,
        "drag frame p95 ms": drag_95,
        **{f"filter {kind}, answer ms": value for kind, value in answers.items()},
        **{f"filter {kind}, shown ms": shown for kind, (shown, _) in pixels.items()},
        **{f"filter {kind}, whole ms": whole for kind, (_, whole) in pixels.items()},
        "recolour, shown ms": recolor[0],
        "recolour, whole ms": recolor[1],
        **{f"{name}": value for name, value in held["at rest"].items()},
        "tab MB after filters": held["after all that"]["tab MB"],
    }


def filters_of(url: str) -> dict[str, list[str]]:
    """Filters of each kind, no two alike: what was asked before is remembered."""
    tiles = json.loads(_ask(url, f"/api/tiles/{json.loads(_ask(url, '/api/map'))['layout']}/tiles.json"))
    middle = np.array([tiles["x"], tiles["y"]]) + tiles["size"] / 2
    return {
        "column": [f"continent = '{name}'" for name in CONTINENTS],
        "range": [f"length BETWEEN {40 + at} AND {200 + 10 * at}" for at in range(REPEATS)],
        "cluster": [f"cluster_1 IN ({at}, {at + 20}, {at + 40})" for at in range(REPEATS)],
        "lasso": [_lasso(tiles["layout"], middle, tiles["size"] * (0.1 + 0.03 * at)) for at in range(REPEATS)],
    }


def _lasso(layout: str, middle: np.ndarray, reach: float) -> str:
    """A star of 64 corners, as a hand draws: neither convex nor along the axes."""
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = reach * (1 + 0.3 * np.sin(5 * angles))
    corners = middle + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return f"in_area('{layout}', '{', '.join(f'{x:.5f} {y:.5f}' for x, y in corners)}')"


def _answers_ms(url: str, wheres: list[str]) -> float:
    """The server's answer, mask and sample included, from another process on this machine; median."""
    slugs = [column["slug"] for column in _columns(url)]
    times = []
    for where in wheres:
        body = {"clauses": [{"key": "asked", "where": where}], "join": "and", "facets": slugs, "codes": []}
        started = time.perf_counter()
        _ask(url, "/api/filter", body)
        times.append((time.perf_counter() - started) * 1000)
    return browsing.median(times)


def _pixels_ms(page: Page, values: list[str], hash_of: Callable[[str], str]) -> tuple[float, float]:
    """From the change of the address to the first frame that shows it, and to the last pixel of every row.

    Medians without the first value, which loads what it needs.
    """
    times = [page.evaluate(TO_PIXELS, hash_of(value)) for value in values]
    shown, whole = zip(*times[1:], strict=True)
    return browsing.median(list(shown)), browsing.median(list(whole))


def _columns(url: str) -> list[dict[str, Any]]:
    layout = json.loads(_ask(url, "/api/map"))["layout"]
    columns: list[dict[str, Any]] = json.loads(_ask(url, f"/api/tiles/{layout}/tiles.json"))["columns"]
    return columns


def _ask(url: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    base = url.split("/?")[0]
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(base + path, headers=headers, data=json.dumps(body).encode() if body else None)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return bytes(answer.read())


def _settle(page: Page) -> None:
    while not page.evaluate("__portolan.isSettled()"):
        page.wait_for_timeout(30)
    page.wait_for_timeout(500)


def _quoted(text: str) -> str:
    return urllib.request.quote(text)
