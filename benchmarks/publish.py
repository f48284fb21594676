"""What publishing costs, and what a published map costs who looks at it: `python benchmarks/publish.py MAP`.

Publishes the map into a temporary folder in a process of its own (seconds, processor seconds, peak memory), serves it
from a host that knows ranges, and opens it in Chromium without a graphics card. Bytes are those of the answers' bodies,
uncompressed by the host: until the first frame is drawn, for a row that the pointer is on (the median of some), for a
search, for a row of a link, and for the first filter, which reads columns of all rows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from static_hosts import hosted

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PUBLISH = """
import json, resource, sys
import portolan
made = portolan.open_map(sys.argv[1]).publish(sys.argv[2], progress=False)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({**made.to_json(), "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}))
"""
BEFORE_FIRST_FRAME = """() => {
  const [{ startTime }] = performance.getEntriesByName('portolan:first-frame')
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  return entries.filter((one) => one.responseEnd <= startTime).reduce((sum, one) => sum + one.encodedBodySize, 0)
}"""
HOVERS = 10
QUERIES = ["telescope", "rob a bank", "how do I bake bread", '"credit card"', "planet -earth"]
WAIT_MS = 1200


def main() -> None:
    """Print what publishing and looking cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "site"
        rounds = [published(chosen.map, folder) for _ in range(chosen.rounds)]
        best = min(rounds, key=lambda one: one["seconds"])
        print(f"published in {best['seconds']:.1f} s, {min(one['cpu'] for one in rounds):.1f} s of processors")
        print(f"peak memory {best['peak_mb']:,.0f} MB, {best['n_files']:,} files, {best['size_bytes'] / 1e6:,.1f} MB")
        parts: dict[str, int] = {}
        for path in folder.glob("data/*/*"):
            name = path.name.split("-")[0] if path.is_file() else f"{path.name}/"
            below = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
            parts[name] = parts.get(name, 0) + sum(one.stat().st_size for one in below)
        print(
            " · ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(parts.items(), key=lambda one: -one[1]))
        )
        for kind in ("ranges", "plain"):
            with hosted(folder, kind) as url:
                print(f"host: {kind}")
                look(url)


def published(path: Path, folder: Path) -> dict[str, float]:
    """Publish once."""
    shutil.rmtree(folder, ignore_errors=True)
    told = subprocess.run([sys.executable, "-c", PUBLISH, str(path), str(folder)], capture_output=True, check=True)
    made: dict[str, float] = json.loads(told.stdout)
    return made


def look(url: str) -> None:
    """Open the page and use it; print the bytes of each step."""
    with sync_playwright() as play:
        drawing = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *drawing])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sent: list[int] = []
        page.on("response", lambda answer: sent.append(int(answer.headers.get("content-length") or 0)))
        page.goto(url)
        page.wait_for_selector("html[data-state=ready]", state="attached")
        page.wait_for_timeout(WAIT_MS)
        first = page.evaluate(BEFORE_FIRST_FRAME)
        print(f"first frame {first / 1e6:.2f} MB, whole screen {sum(sent) / 1e6:.2f} MB")
        print(f"hover, median {statistics.median(hovers(page, sent)) / 1e3:.1f} kB")
        for query in QUERIES:
            sent.clear()
            page.fill("[role=searchbox]", query)
            page.wait_for_selector("[role=option], .advice")
            page.wait_for_timeout(WAIT_MS)
            seconds = page.locator(".results .time").inner_text() if page.locator(".results .time").count() else ""
            print(f"search {query!r}: {sum(sent) / 1e3:,.0f} kB in {len(sent)} requests {seconds}")
        page.keyboard.press("Escape")
        sent.clear()
        page.evaluate("location.hash = '#f=' + encodeURIComponent('cluster_0 = 1')")
        page.wait_for_timeout(2 * WAIT_MS)
        print(f"first filter {sum(sent) / 1e6:.2f} MB, {page.evaluate('__portolan.shown().shown'):,} rows shown")
        browser.close()


def hovers(page: Page, sent: list[int]) -> list[int]:
    """Bytes of each of some rows that the pointer rests on."""
    found = []
    for step in range(HOVERS):
        point = page.evaluate(f"__portolan.rowAt({480 + 70 * step}, {250 + 45 * step}, 80)")
        if point:
            sent.clear()
            page.mouse.move(point["x"], point["y"])
            page.wait_for_timeout(WAIT_MS)
            found.append(sum(sent))
    return found


if __name__ == "__main__":
    main()
