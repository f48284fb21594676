"""What a further layout costs, and what seeing it beside the map costs: `python benchmarks/compare.py MAP`.

With `--add SIDE` the layout is added first, in a process of its own (seconds, processor seconds, peak memory): give a
copy of the map without it. Then the map's page is opened with the layout beside it in Chromium without a graphics card,
in a new browser each round, and timed from the navigation until both panes are drawn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

import browsing
import portolan
from explorer_own import served

ADD = """
import json, resource, sys, time
import portolan
started = time.perf_counter()
portolan.open_map(sys.argv[1]).add_layout(sys.argv[2], progress=False)
used = resource.getrusage(resource.RUSAGE_SELF)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}))
"""
BOTH_DRAWN = """() => new Promise((resolve) => {
  const look = () =>
    document.documentElement.dataset.state === "ready" && window.__portolan?.compare()?.phase === "ready"
      ? resolve(performance.now())
      : setTimeout(look, 10)
  look()
})"""


def main() -> None:
    """Print what adding a layout and opening it beside the map cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("--add", metavar="SIDE", help="chosen, prompt, rejected or difference")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if chosen.add:
        said = subprocess.run([sys.executable, "-c", ADD, chosen.map, chosen.add], check=True, capture_output=True)
        told = json.loads(said.stdout)
        print(f"added in {told['seconds']:.0f} s, {told['cpu']:.0f} s of processors, peak {told['peak_mb']:,.0f} MB")
    made = portolan.open_map(chosen.map)
    name = next(iter(made.layouts))
    with served(chosen.map) as url, sync_playwright() as play:
        alone = [open_ms(play, url) for _ in range(chosen.rounds)]
        both = [open_ms(play, url, made.link_part(beside=name)) for _ in range(chosen.rounds)]
    print(f"alone: median {statistics.median(alone):,.0f} ms, best {min(alone):,.0f} ms")
    print(f"beside {name}: median {statistics.median(both):,.0f} ms, best {min(both):,.0f} ms")


def open_ms(play: Playwright, url: str, part: str = "") -> float:
    """From the navigation until all that was asked for is drawn, in a new browser."""
    with browsing.new_page(play) as (_, page):
        page.goto(url + part)
        if part:
            return float(page.evaluate(BOTH_DRAWN))
        page.wait_for_selector("html[data-state=ready]", state="attached", timeout=120_000)
        return float(page.evaluate("performance.getEntriesByName('portolan:ready')[0].startTime"))


if __name__ == "__main__":
    main()
