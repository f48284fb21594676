"""How long pictures take, and how much memory: `pictures.py MAP…` prints a line of docs/benchmarks.md for each map.

Each picture is drawn by a process of its own, so that its peak of memory is its own too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import portolan

ROUNDS = 3


def main() -> None:
    """Measure the maps that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maps", nargs="+", type=Path)
    print("| rows | PNG | SVG | peak MB | at scale 8 | peak MB |\n| --: | --: | --: | --: | --: | --: |")
    for path in parser.parse_args().maps:
        png, svg, large = (measured(path, *way) for way in ((".png", 2, ROUNDS), (".svg", 2, ROUNDS), (".png", 8, 1)))
        cells = [f"{png['rows']:,}", f"{png['s']:.1f}", f"{svg['s']:.1f}", f"{png['mb']:,.0f}"]
        print(f"| {' | '.join(cells)} | {large['s']:.1f} | {large['mb']:,.0f} |", flush=True)


def measured(path: Path, ending: str, scale: float, rounds: int) -> dict[str, float]:
    """Rows, the least seconds, and the peak of memory."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    arguments = (theirs, path, ending, scale, rounds)
    process = multiprocessing.get_context("spawn").Process(target=draw, args=arguments)
    process.start()
    told: dict[str, float] = json.loads(ours.recv())
    process.join()
    return told


def draw(pipe: Connection, path: Path, ending: str, scale: float, rounds: int) -> None:
    """Draw some pictures and send what they took."""
    m = portolan.open_map(path)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        m.picture(Path(folder) / "first.png", width=400, height=400, scale=1)  # reads, and compiles
        for _ in range(rounds):
            started = time.perf_counter()
            m.picture(Path(folder) / f"picture{ending}", scale=scale)
            seconds.append(time.perf_counter() - started)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(json.dumps({"rows": m.n_rows, "s": min(seconds), "mb": peak_mb}))


if __name__ == "__main__":
    main()
