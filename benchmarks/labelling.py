"""How fast one labels row after row: from a key to the next text. `python benchmarks/labelling.py`.

Pairs are synthetic, server and browser are real, each in a process of its own. A key is pressed as a keyboard does it;
the time runs from the browser's own time of the key event to the end of the frame in which the next row's text is
drawn. Each of `--decisions` keys is pressed as soon as the row before it has gone; at the end the journal is read: each
decision is one event, in the order of the keys.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import portolan

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SERVER = """
import sys
from pathlib import Path
from portolan.server.run import serve
serve(Path(sys.argv[1]), port=0, token="bench")
"""
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WATCH = """() => {
  window.keyTimes = [];
  const flow = document.querySelector('[data-testid=label-flow]');
  flow.addEventListener('keydown', event => {
    const before = flow.querySelector('.body').getAttribute('aria-label');
    const isNext = () => flow.querySelector('.body')?.getAttribute('aria-label') !== before;
    const look = () => isNext() && flow.querySelector('.reading')
      ? requestAnimationFrame(() => setTimeout(() => window.keyTimes.push(performance.now() - event.timeStamp)))
      : requestAnimationFrame(look);
    look();
  }, true);
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", type=Path, help="a map with a set of labels; by default one of synthetic pairs")
    parser.add_argument("--decisions", type=int, default=60)
    parser.add_argument("--words", type=int, default=150, help="words of each synthetic reply")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labelled.portolan"
        if chosen.map:
            shutil.copytree(chosen.map, path)
        else:
            portolan.map_text(pairs(2_000, n_words=chosen.words), path=path, name="Labelled", progress=False)
        portolan.open_map(path).define_labels("bench", ["yes", "no"])
        n_before = len(portolan.open_map(path).history)
        with served(path) as url, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            start(page, url)
            keys = [random.Random(place).choice("12") for place in range(chosen.decisions)]
            took_s, drawn_ms = press(page, keys)
            until_saved_s = wait_until_saved(page)
            browser.close()
        events = portolan.open_map(path).history[n_before:]
        given = ["12"[event.payload["value"] == "no"] for event in events]
    drawn_ms.sort()
    print(f"decisions                    {len(keys)}")
    slow_ms = drawn_ms[int(0.95 * len(drawn_ms))]
    spread = f"median {statistics.median(drawn_ms):.0f}, 95 % {slow_ms:.0f}, worst {drawn_ms[-1]:.0f}"
    print(f"key to next text drawn, ms   {spread}")
    print(f"decisions a minute           {60 * len(keys) / took_s:.0f}, as fast as keys can be pressed")
    print(f"all kept after the last key  {until_saved_s:.1f} s")
    is_so = given == keys
    print(
        f"events                       {len(events)}, {'each key one, in order' if is_so else 'NOT as the keys were'}"
    )
    if not is_so:
        raise SystemExit(1)


def pairs(n_rows: int, *, n_words: int) -> list[dict[str, str]]:
    """Pairs whose replies share most of their words, so that what differs is looked for."""
    chance = random.Random(0)
    words = [f"word{number}" for number in range(4_000)]
    rows = []
    for _ in range(n_rows):
        chosen = chance.choices(words, k=n_words)
        rejected = [word if chance.random() < 0.7 else chance.choice(words) for word in chosen]
        ask = f"\n\nHuman: {' '.join(chance.choices(words, k=20))}?\n\nAssistant: "
        rows.append({"chosen": ask + " ".join(chosen), "rejected": ask + " ".join(rejected)})
    return rows


@contextmanager
def served(path: Path) -> Iterator[str]:
    """Serve a map as `portolan open` does, in a process of its own; its URL as soon as it is told."""
    with subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def start(page: Page, url: str) -> None:
    """Open the page and begin to label."""
    page.goto(url)
    page.wait_for_selector("html[data-state=ready]", state="attached", timeout=120_000)
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("region", name="Set bench").wait_for()
    page.get_by_role("button", name="Start labelling").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_test_id("label-flow").locator(".reading").wait_for()
    page.evaluate(WATCH)


def press(page: Page, keys: list[str]) -> tuple[float, list[float]]:
    """Press keys, each once the row before it has gone: seconds in all, ms from each key to the next text."""
    began = time.perf_counter()
    for place, key in enumerate(keys):
        page.keyboard.press(key)
        while page.evaluate("window.keyTimes.length") <= place:
            pass
    return time.perf_counter() - began, page.evaluate("window.keyTimes")


def wait_until_saved(page: Page) -> float:
    """Seconds until the journal has all of it."""
    began = time.perf_counter()
    while page.evaluate("__portolan.isUnsaved()"):
        time.sleep(0.05)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
