"""Whole maps, timed stage by stage: from raw rows on the disk to finished tiles and an index.

    python benchmarks/pipeline.py SOURCE...           a line a source, a column a stage
    python benchmarks/pipeline.py --umap SOURCE       beside it umap-learn on the same vectors, both warm

Each source is mapped in a process of its own, whose peak memory is that of the stages alone. A first, small map warms
numba's cache on disk, so that compilation is paid once and not counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from portolan.stages import STAGES

AFTER_TILES = ["quality", "index"]
"""Stages that run after the last tile is written: the page is complete without them."""

MAP = """
import json, sys, portolan
m = portolan.map_text(sys.argv[1], path=sys.argv[2], progress=False, replace=True)
print(json.dumps(m.info()))
"""


def mapped(source: Path, folder: Path) -> tuple[dict, float]:
    """What `info` says of a map of `source`, and the seconds of the whole process."""
    started = time.perf_counter()
    said = subprocess.run([sys.executable, "-c", MAP, str(source), str(folder)], capture_output=True, text=True)
    if said.returncode:
        sys.exit(said.stderr)
    return json.loads(said.stdout), time.perf_counter() - started


def umap_seconds(folder: Path) -> float:
    """Seconds of umap-learn's fit_transform with its defaults (cosine) on the map's vectors, after a warm-up."""
    import umap

    import portolan

    vectors = portolan.open_map(folder).vectors
    umap.UMAP(metric="cosine").fit_transform(vectors[:2000])
    started = time.perf_counter()
    umap.UMAP(metric="cosine").fit_transform(vectors)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--umap", action="store_true", help="time umap-learn on the same vectors, in the same run")
    chosen = parser.parse_args()
    head = ["rows", "whole", "to tiles", *STAGES, "peak MB"]
    print("| " + " | ".join([*head, *(["umap-learn", "ratio"] if chosen.umap else [])]) + " |")
    print("|" + " --: |" * (len(head) + 2 * chosen.umap))
    with tempfile.TemporaryDirectory() as scratch:
        warm = Path(scratch) / "warm.jsonl"
        warm.write_text(
            "".join(json.dumps({"text": f"some words of row {n} about {n % 7}"}) + "\n" for n in range(3000))
        )
        mapped(warm, Path(scratch) / "warm")
        for source in chosen.sources:
            folder = Path(scratch) / source.name
            info, seconds = mapped(source, folder)
            to_tiles = seconds - sum(info["seconds"][stage] for stage in AFTER_TILES)
            cells = [f"{info['rows']:,}", f"{seconds:.1f}", f"{to_tiles:.1f}"]
            cells += [f"{info['seconds'][stage]:.1f}" for stage in STAGES] + [f"{info['peak_rss_mb']:,.0f}"]
            if chosen.umap:
                peer = umap_seconds(folder)
                cells += [f"{peer:.1f}", f"{to_tiles / peer:.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
