"""Every quality figure, as tables in one run: the layout, the clusters, the embedding, each beside its peer.

    PORTOLAN_DATA=… python benchmarks/quality.py --cache FOLDER

It runs `layout.py` at each number of rows, `clusters.py` and `embedding.py`, which say what they measure. FOLDER keeps
what is slow (umap-learn's layouts, the teacher's vectors): with it filled this takes about half an hour, from nothing
several hours. Only real labelled rows are used, none made by mixing others.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LARGE = ("persona", "arxiv", "wordnet")
MIDDLE = (*LARGE, "edos")
RUNS = {
    "Layout, 6,000 rows": ["layout.py", "--rows", "6000", "--seeds", "14", "15", "16", "17", "18", "19"],
    "Layout, 20,000 rows": ["layout.py", "--rows", "20000", "--seeds", "10", "11", "12", "--sets", *MIDDLE],
    "Layout, 120,000 rows or the whole set": ["layout.py", "--rows", "120000", "--seeds", "10", "--sets", *LARGE],
    "Clusters": ["clusters.py", "--rows", "8000"],
    "Embedding": ["embedding.py"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS), metavar="TABLE")
    options = parser.parse_args()
    for title in options.only:
        script, *arguments = RUNS[title]
        print(f"\n## {title}\n", flush=True)
        subprocess.run([sys.executable, HERE / script, *arguments, *_where(script, options.cache)], check=True)


def _where(script: str, cache: Path) -> list[str]:
    """What tells a script where data and cache are."""
    if script == "layout.py":
        return ["--cache", str(cache)]
    return [os.environ["PORTOLAN_DATA"], str(cache)] if script == "embedding.py" else []


if __name__ == "__main__":
    main()
