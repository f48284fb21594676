"""What benchmarks ask of a page in a real browser, the same for every page: frames while dragging, ink, memory."""

from __future__ import annotations

import io
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SIZE = {"width": 1440, "height": 900}
REST_MS = 2000
"""How long a new browser rests on an empty page: what it does for itself after its start is not the page's."""
DRAG_STEPS = 60
INK = 0.004
"""Share of the middle of the picture that must differ from its commonest colour before points count as seen."""
FRAMES = """() => {
  window.frames_ = []
  const tick = (now) => { window.frames_.push(now); window.ticking = requestAnimationFrame(tick) }
  window.ticking = requestAnimationFrame(tick)
}"""


@contextmanager
def new_page(play: Playwright, *, gpu: bool = False) -> Iterator[tuple[Browser, Page]]:
    """A new browser that has rested, and a page in it."""
    drawing = [] if gpu else ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    args = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info", *drawing]
    browser = play.chromium.launch(executable_path=CHROMIUM, args=args)
    try:
        browser.new_page().wait_for_timeout(REST_MS)
        page = browser.new_context(viewport=SIZE, reduced_motion="reduce").new_page()
        page.set_default_timeout(600_000)
        yield browser, page
    finally:
        browser.close()


def seen_ms(page: Page, url: str, *, box: dict[str, float], limit_s: float = 240) -> float:
    """From the navigation to a screenshot in which points are seen: as exact as a screenshot is quick."""
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    while time.perf_counter() - started < limit_s:
        try:
            picture = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=box, timeout=60_000))).convert("RGB"))
        except Exception:  # noqa: BLE001 - a page that is busy gives no picture; the next one may come
            continue
        if _ink(picture) > INK and _is_coloured(picture):
            return (time.perf_counter() - started) * 1000
    return float("nan")


def _ink(picture: np.ndarray) -> float:
    packed = picture.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    values, counts = np.unique(packed, return_counts=True)
    ground = picture.reshape(-1, 3)[np.argmax(packed.ravel() == values[counts.argmax()])]
    return float((np.abs(picture.astype(np.int16) - ground).max(axis=2) > 40).mean())


def _is_coloured(picture: np.ndarray) -> bool:
    """Points have colours; words that say "loading" are grey."""
    spread = picture.max(axis=2).astype(np.int16) - picture.min(axis=2)
    return bool((spread > 50).mean() > INK / 2)


def drag_ms(page: Page, *, x: float, y: float) -> tuple[float, float]:
    """Time between frames while the map is dragged: median and 95th percentile, ms."""
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(DRAG_STEPS):
        page.mouse.move(x + 4 * step * (1 if step % 20 < 10 else -1) / 4, y + 2 * (step % 20))
        page.wait_for_timeout(8)
    times = page.evaluate("() => { cancelAnimationFrame(window.ticking); return window.frames_ }")
    page.mouse.up()
    between = np.diff(times) if len(times) > 2 else np.array([np.nan])
    return float(np.median(between)), float(np.percentile(between, 95))


def memory(browser: Browser, page: Page) -> dict[str, float]:
    """What the tab holds, MB: JavaScript's heap, and the private and shared-out memory of its process and the GPU's."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    of_kind = {kind: [_pss_mb(one["id"]) for one in found if one["type"] == kind] for kind in ("renderer", "GPU")}
    return {
        "heap MB": metrics["JSHeapUsedSize"] / 1e6,
        # The other renderer is the empty page.
        "tab MB": max(of_kind["renderer"], default=float("nan")),
        "GPU process MB": max(of_kind["GPU"], default=float("nan")),
    }


def _pss_mb(pid: int) -> float:
    """Proportional set size of a process, MB: shared pages count by their share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), float("nan"))


def median(values: list[float]) -> float:
    """The median; NaN of none."""
    return statistics.median(values) if values else float("nan")


def folder_mb(path: Path) -> float:
    """Bytes of all files below `path`, MB."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
