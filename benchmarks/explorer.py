"""How the explorer does at size, beside its peers, in one run: a table in Markdown.

    python benchmarks/explorer.py 160000 1000000 10000000 --peers

Points are synthetic (`tools/make_points_map.py`), the same for everyone. Servers and browsers are real, each in
processes of its own; Chromium draws without a graphics card unless `--gpu` is given: the worst case. What is measured
is kept in `--out` by size and program, so a run that was stopped goes on where it was (`--again`: anew). Peers are
installed once into `--tools`, never into ui/: `embedding-atlas` into a virtual environment, `regl-scatterplot` by npm.

- *first frame*: the page's own mark, set when the points are drawn; median of `--rounds`, each with a new server and
  a new browser. *empty page*: the same of a page that only fills a WebGL canvas with a colour, in turns with it: what
  this browser takes on this machine for nothing.
- *points seen*: from the navigation until a screenshot with points in it is in hand; one way for all, late by what a
  screenshot takes (0.1 to 0.5 s without a graphics card).
- *drag frame*: time between frames while a hand drags the map, median and 95th percentile.
- *answer*: the server's, with the mask of all rows and the counts of every column. *shown*: until the first frame
  with the change is drawn to its last pixel, over the whole view; *whole*: until every row and count is.
- *tab*: proportional set size of the page's process; without a graphics card, textures lie in the GPU process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

import browsing
import explorer_own
import explorer_peers

LINES = [
    "prepare s", "tiling s", "tiling peak MB", "disk MB",
    "first frame ms", "first frame, best ms", "empty page's first frame ms", "empty page's, best ms", "points seen ms",
    "drawing a frame ms", "drag frame ms", "drag frame p95 ms",
    "filter column, answer ms", "filter column, shown ms", "filter column, whole ms",
    "filter range, answer ms", "filter range, shown ms", "filter range, whole ms",
    "filter cluster, answer ms", "filter cluster, shown ms", "filter cluster, whole ms",
    "filter lasso, answer ms", "filter lasso, shown ms", "filter lasso, whole ms",
    "recolour, shown ms", "recolour, whole ms", "heap MB", "tab MB", "tab MB after filters", "GPU process MB",
]  # fmt: skip


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    chosen = _arguments()
    for folder in (chosen.maps, chosen.out):
        folder.mkdir(parents=True, exist_ok=True)
    programs: dict[str, Callable[[Playwright, int], dict[str, Any]]] = {
        "portolan": lambda play, n_rows: measure_own(play, n_rows, chosen)
    }
    if chosen.peers:
        for name, peer in explorer_peers.PEERS.items():
            programs[name] = lambda play, n_rows, peer=peer: measure_peer(play, n_rows, chosen, peer)
    columns = {}
    with sync_playwright() as play:
        for n_rows in chosen.rows:
            for name, run in programs.items():
                columns[f"{name} {n_rows:,}"] = kept(
                    chosen.out / f"{name}-{n_rows}.json", lambda run=run, n_rows=n_rows: run(play, n_rows), chosen.again
                )
                print(f"{name}, {n_rows:,} rows: done", flush=True)
    print(f"\n{describe_machine(gpu=chosen.gpu)}\n\n{table(columns)}")


def measure_own(play: Playwright, n_rows: int, chosen: argparse.Namespace) -> dict[str, Any]:
    path = chosen.maps / f"points-{n_rows}.portolan"
    tiling = explorer_own.make_map(path, n_rows)
    measured = explorer_own.measure(play, path, rounds=chosen.rounds, gpu=chosen.gpu)
    return {**tiling, "disk MB": browsing.folder_mb(path / "tiles"), **measured}


def measure_peer(play: Playwright, n_rows: int, chosen: argparse.Namespace, peer: Any) -> dict[str, Any]:
    explorer_own.make_map(chosen.maps / f"points-{n_rows}.portolan", n_rows)
    measured: dict[str, Any] = peer(
        play, chosen.maps / f"points-{n_rows}.portolan", tools=chosen.tools, rounds=chosen.rounds, gpu=chosen.gpu
    )
    return measured


def kept(path: Path, measure: Callable[[], dict[str, Any]], again: bool) -> dict[str, Any]:
    """What lies at `path`, or else what `measure` gives, which is then laid there. What fails is told in the table."""
    if path.exists() and not again:
        known: dict[str, Any] = json.loads(path.read_text())
        if "problem" not in known:
            return known
    try:
        measured = measure()
    except Exception as error:  # noqa: BLE001 - one program that fails must not cost the others' figures
        traceback.print_exc()
        measured = {"problem": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"}
    path.write_text(json.dumps(measured, indent=1))
    return measured


def table(columns: dict[str, dict[str, Any]]) -> str:
    """Figures as lines, programs and sizes as columns; a dash where there is none."""
    names = [name for name in LINES if any(name in measured for measured in columns.values())]
    lines = [["", *columns], ["---", *["---:" for _ in columns]]]
    lines += [[name, *[_shown(measured.get(name)) for measured in columns.values()]] for name in names]
    notes = [
        f"- {name}: {measured[key]}"
        for name, measured in columns.items()
        for key in ("note", "problem")
        if key in measured
    ]
    return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + [""] + list(dict.fromkeys(notes)))


def describe_machine(*, gpu: bool) -> str:
    """What the figures were measured on."""
    drawing = "with a graphics card" if gpu else "drawn without a graphics card (SwiftShader)"
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {drawing}."


def _shown(value: Any) -> str:
    if not isinstance(value, int | float) or value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:,.1f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--peers", action="store_true", help="measure the peers too")
    parser.add_argument("--rounds", type=int, default=3, help="starts whose first frame is measured")
    parser.add_argument("--gpu", action="store_true", help="draw with the graphics card, if there is one")
    parser.add_argument("--again", action="store_true", help="measure anew what is measured already")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portolan-bench"
    parser.add_argument("--maps", type=Path, default=cache / "maps", help="folder to keep the synthetic maps in")
    parser.add_argument("--out", type=Path, default=cache / "explorer", help="folder to keep what was measured in")
    parser.add_argument("--tools", type=Path, default=cache / "peers", help="folder to install the peers into")
    return parser.parse_args()


if __name__ == "__main__":
    main()
