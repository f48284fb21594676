"""How fast the page is: first frame, hover, picking, largest request, memory. `python benchmarks/page.py 1000000`.

Points are synthetic (`tools/make_points_map.py`), the server and the browser are real. Chromium draws without a
graphics card unless `--gpu` is given: the worst case. Each figure is the best of `--rounds` navigations.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
from make_points_map import make_points_map
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.run import listen
from portolan.server.security import Access

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
HOVERS = 12
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
    columns = [
        "rows",
        "first frame ms",
        "ready ms",
        "drawn",
        "hover ms",
        "pick ms",
        "frame ms",
        "largest kB",
        "heap MB",
    ]
    print(" | ".join(columns))
    with sync_playwright() as play:
        args = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info", *drawing]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=args)
        for n_rows in chosen.rows:
            path = folder / f"points-{n_rows}.portolan"
            if not path.exists():
                make_points_map(path, n_rows=n_rows)
            url = serve(path)
            # The first navigation reads the map from disk and compiles the shaders.
            measured = [measure(browser, url) for _ in range(chosen.rounds + 1)][1:]
            best = {name: min(one[name] for one in measured) for name in FIGURES}
            print(" | ".join([f"{n_rows:,}", *(f"{best[name]:,.1f}" for name in FIGURES)]), flush=True)
        browser.close()


def serve(path: Path) -> str:
    """Serve a map from this process; its URL."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    app = create_app(CurrentMap(path, open_map=Map.open), access=Access(token="bench", port=port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    return f"http://127.0.0.1:{port}/?token=bench"


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
