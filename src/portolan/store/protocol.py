"""What a store does for the rest of Portolan. It speaks Arrow and NumPy; how things lie on disk is its own business."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.events import Event
from portolan.core.query import Query
from portolan.core.tile_columns import TileColumn
from portolan.core.tiles import Tiling
from portolan.store.journal import Entry
from portolan.store.judged import Judged
from portolan.store.manifest import Manifest
from portolan.types import ClusterIds, Points, RowIds, Vectors

AnyRowIds = Sequence[int] | RowIds


class Journal(Protocol):
    """What people did to a map: a log that only grows. Several processes may write at once; readers wait for none."""

    @property
    def place(self) -> str:
        """Where it lies: a path, or a URL without a password."""
        ...

    def stamp(self) -> object | None:
        """Another one whenever anything may have been written; None: that is not known without asking the database."""
        ...

    def append(self, entries: Sequence[Entry], *, author: str) -> list[Event]:
        """Write events, all or none; they are safe when this returns. Raises MapWriteError, MapLockedError."""
        ...

    def of_request(self) -> list[Event]:
        """What the request that is being answered wrote when it came before; nothing where it is new."""
        ...

    def events(self) -> list[Event]:
        """All events, in order."""
        ...

    def read_row_set(self, name: str) -> bytes:
        """A packed set of rows that an event named. Raises NotFoundError."""
        ...

    def read_row_sets(self, names: Iterable[str]) -> dict[str, bytes]:
        """Several packed sets of rows, by name. Raises NotFoundError."""
        ...


class Store(Protocol):
    """One map, kept.

    A stage writes its outputs under its key and then calls `finish`: one atomic change makes all of them the map's.
    Until then readers see what was there before, and a killed run leaves nothing that a reader could take for done.
    Each writing method takes the map's lock; hold it over a whole run with `writing()`. Reading needs no lock.

    Kinds of outputs: `rows`, `vectors`, `points`, `clusters`, any table (`topics`, `scores/harm`), any array
    (`neighbors`), any folder (`embedder`).
    """

    path: Path
    """Where the map lies."""
    notices: list[str]
    """What a person should be told: a damaged manifest that was mended."""

    @property
    def main(self) -> Store:
        """The map whose rows these are: the store itself, or for a further layout the map that it lies in."""
        ...

    @property
    def journal(self) -> Journal:
        """What people did to the map. It is source: nothing removes it."""
        ...

    @property
    def judged(self) -> Judged:
        """Labels and decisions of the rows, and the columns that they make."""
        ...

    @property
    def manifest(self) -> Manifest:
        """What the map is now."""
        ...

    def update(self, facts: Mapping[str, Any]) -> None:
        """Set facts of the manifest (JSON values), all at once; the others stay."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Hold the map's lock; the thread that holds it may enter again. Raises MapLockedError."""
        ...

    def is_done(self, stage: str, key: str) -> bool:
        """Whether that stage is done under that key and what it wrote is still there."""
        ...

    def finish(
        self,
        stage: str,
        *,
        key: str,
        written_as: str | None = None,
        seconds: float = 0.0,
        info: Mapping[str, Any] | None = None,
        drops: Sequence[str] = (),
    ) -> None:
        """Make a stage done, with all that was written under `key` (or `written_as`); `drops` no longer are."""
        ...

    def discard(self, key: str) -> None:
        """Forget what was written under `key` and is not finished; remove it."""
        ...

    def forget(self, stages: Sequence[str]) -> None:
        """Make stages undone, so that they run again; what they wrote stays until they have."""
        ...

    def has(self, kind: str) -> bool:
        """Whether a done stage has written that kind of output."""
        ...

    def sweep(self) -> None:
        """Remove what killed runs left, and outputs older than the previous ones."""
        ...

    def write_rows(self, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, key: str, batch_id: int = 0) -> int:
        """Write the user's rows as a stream; they get row_id 0, 1, … in order. Returns how many there were."""
        ...

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The user's columns, as they came."""
        ...

    def read_rows(
        self,
        *,
        columns: Sequence[str] | None = None,
        row_ids: AnyRowIds | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> pa.Table:
        """`row_id` and the user's columns as they came, in the order of `row_ids` or of the rows."""
        ...

    def column_names(self) -> list[str]:
        """The user's columns, those that Portolan has measured (tables `columns/NAME` of row_id and value), labels'."""
        ...

    def column_type(self, name: str) -> pa.DataType:
        """The type of one of the columns that `column_names` lists."""
        ...

    def read_columns(self, names: Sequence[str], *, row_ids: AnyRowIds | None = None) -> pa.Table:
        """As `read_rows`, of the columns that `column_names` lists."""
        ...

    def row_batches(self, *, columns: Sequence[str] | None = None, batch_rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """`row_id` and the user's columns in row order, a batch at a time."""
        ...

    def write_vectors(self, blocks: Iterable[Vectors], *, n_dims: int, key: str) -> int:
        """Write vectors as a stream of blocks in row order. Returns how many there were."""
        ...

    def read_vectors(self, row_ids: AnyRowIds | None = None) -> Vectors:
        """Vectors of all rows, or of those named, in order: float32, shape (n, n_dims)."""
        ...

    def write_points(self, points: Points, *, key: str) -> None:
        """Write the positions of all rows, shape (n_rows, 2)."""
        ...

    def read_points(self) -> Points:
        """Positions of all rows, float32, shape (n_rows, 2)."""
        ...

    def write_clusters(self, layers: Sequence[ClusterIds], *, key: str) -> None:
        """Write each row's cluster in each layer, layer 0 the finest."""
        ...

    def read_clusters(self) -> list[ClusterIds]:
        """Each row's cluster in each layer: int32 (n_rows,) for each, layer 0 the finest."""
        ...

    def write_table(self, kind: str, table: pa.Table, *, key: str) -> None:
        """Write a table of our own making."""
        ...

    def read_table(
        self, kind: str, *, columns: Sequence[str] | None = None, row_ids: AnyRowIds | None = None
    ) -> pa.Table:
        """A table that `write_table` wrote; all of it, or the places named, in order."""
        ...

    def write_array(self, kind: str, array: NDArray[Any], *, key: str) -> None:
        """Write an array that is read as a whole (the neighbour graph)."""
        ...

    def new_array(
        self, kind: str, shape: tuple[int, ...], dtype: str, *, key: str
    ) -> AbstractContextManager[Callable[[NDArray[Any]], None]]:
        """An array that is written a part at a time, from its first line on; `read_array` reads it."""
        ...

    def read_array(self, kind: str) -> NDArray[Any]:
        """An array that `write_array` or `new_array` wrote, mapped from disk."""
        ...

    def new_folder(self, kind: str, *, key: str) -> AbstractContextManager[Path]:
        """An empty folder to write into; the map's once the stage is finished."""
        ...

    def folder(self, kind: str) -> Path:
        """The folder that was written under `new_folder`."""
        ...

    def write_tiles(
        self, tiling: Tiling, *, points: Points, layout: str, key: str, columns: Sequence[TileColumn] = ()
    ) -> None:
        """Write the tiles of all rows as the layout of that name (kind `tiles`)."""
        ...

    def add_tile_columns(self, columns: Sequence[TileColumn]) -> None:
        """Add columns to the tiles, in place of those of the same name."""
        ...

    def tile_order(self) -> NDArray[np.uint32]:
        """Row ids in tile order, the order of the page's masks: uint32, shape (n_rows,)."""
        ...

    def tile_columns(self) -> list[dict[str, Any]]:
        """What `tiles.json` says of each column: name, slug, kind, encoding, missing and so on."""
        ...

    def tile_codes(self, column: Mapping[str, Any]) -> NDArray[Any]:
        """Codes of a column, an entry of `tile_columns`: unsigned, shape (n_rows,), in tile order."""
        ...

    @property
    def layout(self) -> str:
        """Name of the layout the tiles show."""
        ...

    def layouts(self) -> list[str]:
        """Names of the layouts whose points are known: the former ones, the oldest first, then the present one."""
        ...

    def points_of_layout(self, layout: str) -> Points:
        """Where the rows lie on a layout, present, further or former: float32 (n_rows, 2); NaN for later rows."""
        ...

    def clusters_of_layout(self, layout: str) -> list[ClusterIds]:
        """Each row's cluster in each layer when the map had that layout; -1 for later rows."""
        ...

    def drop_tile_columns(self, names: Sequence[str]) -> None:
        """Take columns out of the tiles, if they are there."""
        ...

    def layout_names(self) -> list[str]:
        """Names of the further layouts of the map's rows, finished or not."""
        ...

    def open_layout(self, name: str) -> Store:
        """A further layout: a store of its own, whose rows and search are this one's. Raises NotFoundError."""
        ...

    def create_layout(self, name: str, *, facts: Mapping[str, Any]) -> Store:
        """A further layout, new or to be continued."""
        ...

    def remove_layout(self, name: str) -> None:
        """Remove a further layout. Raises NotFoundError."""
        ...

    def write_search(self, texts: Iterable[pa.Array], *, key: str) -> None:
        """Index the words of the rows' texts (Arrow strings, in row order; kind `search`)."""
        ...

    def find_words(self, query: Query, *, limit: int) -> RowIds:
        """Rows that match by words, best first."""
        ...

    def match_words(self, query: Query) -> RowIds:
        """All rows that hold every word and phrase of the query, in no order."""
        ...

    def search_texts(self, row_ids: RowIds) -> list[str]:
        """What was indexed of rows, in the order asked."""
        ...

    def answers_folder(self) -> Path:
        """Where answers of a paid service are kept from run to run; it may not exist yet."""
        ...

    def write_chunk(self, stage: str, *, key: str, number: int, block: NDArray[np.float32]) -> None:
        """Keep a finished part of a costly stage at once; `finish` removes the parts."""
        ...

    def read_chunk(self, stage: str, *, key: str, number: int) -> NDArray[np.float32] | None:
        """A part that `write_chunk` kept, or None."""
        ...

    def write_chunk_table(self, stage: str, *, key: str, number: int, table: pa.Table) -> None:
        """As `write_chunk`, of a table, and without the map's lock."""
        ...

    def read_chunk_table(self, stage: str, *, key: str, number: int) -> pa.Table | None:
        """A part that `write_chunk_table` kept, or None."""
        ...
