"""How fast the page is: first frame, hover, picking, largest request, memory. `python benchmarks/page.py 1000000`.

Points are synthetic (`tools/make_points_map.py`), the server and the browser are real, each in processes of its own.
Chromium draws without a graphics card unless `--gpu` is given: the worst case. Every round starts a new server and a
new browser, which rests on an empty page first: "cold" is the first navigation after that, with no cache filled and no
shader compiled, "reload" the ones after, in new contexts, so that no file is in the browser's cache. Each figure is the
best of `--rounds`, the first frame's median stands behind it. The first frame counts when the points are drawn, not
when they were handed over.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
from make_points_map import make_points_map

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
HOVERS = 12
RELOADS = 2
REST_MS = 2000
"""How long a new browser rests on an empty page: what it does for itself after its start is not the map's."""
SERVER = """
import sys
from pathlib import Path
from portolan.server.run import serve
serve(Path(sys.argv[1]), port=0, token="bench")
"""
FIGURES = ["first frame ms", "ready ms", "drawn", "hover ms", "pick ms", "frame ms", "largest kB", "heap MB"]


def main() -> None:
    """Print a table, one line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gpu", action="store_true", help="draw with the graphics card, if there is one")
    parser.add_argument("--maps", type=Path, default=None, help="folder to keep the synthetic maps in")
    chosen = parser.parse_args()
    folder = chosen.maps or Path(tempfile.mkdtemp())
    drawing = [] if chosen.gpu else ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    print(" | ".join(["rows", "load", *FIGURES[:1], "median", *FIGURES[1:]]))
    with sync_playwright() as play:
        args = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info", *drawing]
        for n_rows in chosen.rows:
            path = folder / f"points-{n_rows}.portolan"
            if not path.exists():
                make_points_map(path, n_rows=n_rows)
            loads: dict[str, list[dict[str, float]]] = {"cold": [], "reload": []}
            for _ in range(chosen.rounds):
                with served(path) as url:
                    browser = play.chromium.launch(executable_path=CHROMIUM, args=args)
                    browser.new_page().wait_for_timeout(REST_MS)
                    loads["cold"].append(measure(browser, url))
                    loads["reload"] += [measure(browser, url) for _ in range(RELOADS)]
                    browser.close()
            for load, measured in loads.items():
                print(" | ".join([f"{n_rows:,}", load, *figures_of(measured)]), flush=True)


def figures_of(measured: list[dict[str, float]]) -> list[str]:
    """The best of each figure, and the first frame's median."""
    best = [f"{min(one[name] for one in measured):,.1f}" for name in FIGURES]
    median = statistics.median(one[FIGURES[0]] for one in measured)
    return [best[0], f"{median:,.1f}", *best[1:]]


@contextmanager
def served(path: Path) -> Iterator[str]:
    """Serve a map as `portolan open` does, in a process of its own; its URL as soon as it is told."""
    with subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def measure(browser: Browser, url: str) -> dict[str, float]:
    """One navigation in a fresh context, nothing cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length") or 0)))
    page.goto(url)
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=120_000)
    first, ready = page.evaluate(
        "['portolan:first-frame', 'portolan:ready'].map(name => performance.getEntriesByName(name)[0].startTime)"
    )
    figures = {
        "first frame ms": first,
        "ready ms": ready,
        "drawn": page.evaluate("__portolan.drawnRows()"),
        "hover ms": hover_ms(page),
        "pick ms": page.evaluate("__portolan.pickMs(860, 470)"),
        "frame ms": page.evaluate("__portolan.frameMs()"),
        "largest kB": max(sizes) / 1000,
        "heap MB": page.evaluate("performance.memory.usedJSHeapSize") / 1e6,
    }
    context.close()
    return figures


def hover_ms(page: Page) -> float:
    """From the pointer's move to the card with the row's text, in the page's own clock; median of some rows."""
    page.evaluate(
        """() => {
          window.times = []
          addEventListener('pointermove', () => (window.moved = performance.now()), true)
          new MutationObserver(() => {
            const card = document.querySelector('[data-testid=hover-card]')
            const row = card?.textContent.match(/Row (\\d+) /)?.[1]
            if (row && row !== window.row) { window.row = row; window.times.push(performance.now() - window.moved) }
          }).observe(document.body, { subtree: true, childList: true, characterData: true })
        }"""
    )
    for step in range(HOVERS):
        hit = page.evaluate(f"__portolan.rowAt({500 + 60 * step}, {300 + 35 * (step % 9)}, 60)")
        if hit:
            page.mouse.move(hit["x"], hit["y"])
            page.wait_for_timeout(250)
    times = sorted(page.evaluate("window.times"))
    return times[len(times) // 2] if times else float("nan")


if __name__ == "__main__":
    main()
