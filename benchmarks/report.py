"""How long a report takes and how large it is: its figures gathered, its maps drawn, written as each format.

    python benchmarks/report.py MAP

Findings and the preference model are made first, so that the report's own time is told.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import portolan
from portolan.reporting import ReportOptions, report_of, write_report

T = TypeVar("T")


def timed(what: str, do: Callable[[], T]) -> T:
    """What `do` gives; says how long it took."""
    started = time.perf_counter()
    given = do()
    print(f"{what:<34} {time.perf_counter() - started:7.1f} s")
    return given


def main() -> None:
    """Measure on one map."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    m = portolan.open_map(parser.parse_args().map)
    print(f"{m.name}: {m.n_rows:,} rows")
    timed("findings and model (first, or kept)", lambda: (m.findings.run(progress=False), m.preference))
    report = timed("figures gathered, maps drawn", lambda: report_of(m, ReportOptions()))
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".html", ".md", ".json"):
            path = Path(folder) / f"report{ending}"
            made = timed(f"written as {ending}", lambda path=path: write_report(report, path))  # type: ignore[misc]
            print(f"{'':<34} {made.size_bytes / 1e6:7.2f} MB")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
