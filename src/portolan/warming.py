"""Compile what later stages need in a second process, while a first map's rows are read and embedded.

numba keeps compiled kernels on the disk, so this is worth something once after an installation or an upgrade. A stamp
in the user's cache folder says that it was done.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from portolan.core.parallel import thread_count

_started: list[subprocess.Popen[bytes]] = []
"""Kept, so that a process is not left before it has ended."""


def warm_in_background(*, threads: int | None = None) -> None:
    """Start compiling, unless it was done before or one core is all there is."""
    cores = thread_count(None)
    stamp = stamp_path()
    if min(cores, threads or cores) < 2 or stamp.exists():
        return
    command = [sys.executable, "-m", "portolan.warming", str(stamp)]
    nothing = subprocess.DEVNULL
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        _started.append(subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing))
    except OSError:
        # No place for the stamp, or no more processes: the stages compile for themselves.
        return


def stamp_path() -> Path:
    """Where the stamp lies: another one for other sources, another numba, or another place for its cache."""
    core = Path(__file__).parent / "core"
    changed = max(file.stat().st_mtime_ns for file in core.glob("*.py"))
    parts = (str(core), changed, sys.version, version("numba"), os.environ.get("NUMBA_CACHE_DIR"))
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "portolan" / f"compiled-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def warm() -> None:
    """Run the stages after embedding on a few made-up vectors, and look through texts."""
    import numpy as np
    import pyarrow as pa

    from portolan.core.cluster import cluster
    from portolan.core.metrics import measure_quality
    from portolan.core.neighbors import find_neighbors
    from portolan.core.project import project
    from portolan.core.query import parse_query
    from portolan.core.text_match import match_texts
    from portolan.core.word_bits import word_bits

    vectors = np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    graph = find_neighbors(vectors, threads=1)
    points = project(vectors, graph, n_epochs=2, threads=1)
    cluster(graph, vectors=vectors)
    measure_quality(vectors, points, graph)
    texts = pa.array(["first of all", "all"])
    match_texts(texts, parse_query("all"))
    word_bits(texts, ("all",))


if __name__ == "__main__":
    warm()
    Path(sys.argv[1]).touch()
