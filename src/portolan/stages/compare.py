"""Compare: how much of each row's neighbourhood two layouts share, as a column of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from portolan.core.compare import compared_count, kept_neighbors, mean_of
from portolan.core.tile_columns import encode_column
from portolan.stages.edit import guest_column, guest_columns
from portolan.stages.run import Run
from portolan.store import Store


def compare(run: Run, other: Run, *, name: str) -> None:
    """Leave with the layout of `run`, for each row, how many of its neighbours are its neighbours in `other` as well.

    The finest clusters of `other` come along as codes: the page shows by them where its clusters lie here.

    Parameters
    ----------
    name : str
        What `other` is called.
    """

    def work(key: str) -> dict[str, Any]:
        shares = kept_neighbors(
            run.graph,
            other=other.graph,
            # Read for this alone: two sets of vectors at a time are enough in memory.
            other_vectors=other.store.read_vectors(),
            threads=run.options.threads,
            report=run.report,
        )
        row_ids = np.arange(len(shares), dtype=np.int64)
        table = pa.table({"row_id": row_ids, "value": pa.array(shares, from_pandas=True)})
        columns = [
            encode_column(kept_column(name), shares, kind="number"),
            *guest_columns(other.store, other.layers, name),
        ]
        run.store.write_table(f"columns/{kept_column(name)}", table, key=key)
        run.store.drop_tile_columns(compared_columns(name))
        run.store.add_tile_columns([column for column in columns if column is not None])
        return {"mean": mean_of(shares), "n_neighbors": compared_count(run.graph, other.graph)}

    theirs = {stage: other.keys[stage] for stage in ("neighbors", "cluster")}
    run.stage(compare_stage(name), after=["neighbors", "tile-clusters"], parameters=theirs, work=work)


def compare_stage(name: str) -> str:
    """Name of the stage that compares with the layout `name`."""
    return f"compare-{name}"


def kept_column(name: str) -> str:
    """The column that says how many neighbours are kept in the layout `name`: their share, in [0, 1]."""
    return f"kept_neighbors_{name.replace('-', '_')}"


def compared_columns(name: str) -> list[str]:
    """Columns of the tiles that a comparison with the layout `name` leaves."""
    return [kept_column(name), guest_column(name)]


def keys_of(store: Store) -> dict[str, str]:
    """Keys of the stages that are done."""
    return {stage: record.key for stage, record in store.manifest.stages.items()}
