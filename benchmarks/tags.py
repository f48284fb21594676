"""How long a column of tags takes to encode, and a filter on a tag: python benchmarks/tags.py [ROWS] [TAGS]."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from portolan.core.sifting import YES, states_by_code
from portolan.core.tags import tags_of
from portolan.core.tile_columns import encode_column


def main(n_rows: int = 1_000_000, n_tags: int = 6) -> None:
    """Print the figures for lists of up to three tags, some tags far more frequent than others."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, n_tags + 1)
    ends = np.cumsum(rng.integers(0, 4, n_rows))
    flat = rng.choice(n_tags, ends[-1], p=shares / shares.sum())
    words = pa.array([f"tag {place}" for place in range(n_tags)])
    lists = pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), words.take(pa.array(flat)))
    seconds, column = timed(lambda: encode_column("tags", lists, kind="category"))
    if column is None:
        sys.exit("So many different lists are no category.")
    about, codes = column.description, column.codes
    sys.stdout.write(f"{n_rows:,} rows, {len(about['values']):,} different lists: encoded in {seconds:.2f} s\n")

    def from_codes() -> Any:
        is_yes = np.array(["tag 3" in tags for tags in tags_of(about)])
        return states_by_code(is_yes, codes, missing=about["missing"])

    table = pa.table({"tags": lists})
    database = duckdb.connect().register("rows_of_tags", table)
    sql = "SELECT count(*) FROM rows_of_tags WHERE list_contains(tags, 'tag 3')"
    quick = min(timed(from_codes)[0] for _ in range(5))
    asked = min(timed(lambda: database.execute(sql).fetchone())[0] for _ in range(5))
    n_kept = int((from_codes() == YES).sum())
    sys.stdout.write(
        f"a filter on a tag keeps {n_kept:,}: {quick * 1e3:.1f} ms from codes, {asked * 1e3:.0f} ms by DuckDB\n"
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that `work` takes, and what it gives."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
