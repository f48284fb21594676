"""A map in a folder, as docs/map-format.md draws it: what `Store` promises, each promise kept by a module beside this.

Long, because the promises are many; most methods are a few lines that say of what kind something is and who writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.query import Query
from portolan.core.tile_columns import TileColumn
from portolan.core.tiles import Tiling
from portolan.core.word_bits import WordBits
from portolan.errors import InputError, NoRowsError, NotFoundError, ShapeError
from portolan.store import former, journal_sqlite, journals, rows, search, storable, tables, tile_files
from portolan.store.chunks import Chunks
from portolan.store.files import new_array, read_errors, remove, write_array, write_errors
from portolan.store.journal import SqlJournal
from portolan.store.journal_postgres import Place
from portolan.store.judged import LIST, Judged
from portolan.store.layouts import Layouts
from portolan.store.manifest import NAME, PREVIOUS, Manifest
from portolan.store.outputs import Outputs, safe
from portolan.types import ClusterIds, Points, RowIds, Vectors

LAYOUTS = "layouts"
LAYOUT_ENDING = ".portolan"
KEPT = {NAME, PREVIOUS, ".lock", LAYOUTS, *journal_sqlite.FILES}
"""What `sweep` leaves alone, as it leaves the chunks of costly stages (`finish` removes those)."""
MEASURED = "columns/"
"""Kinds of outputs that are a column: `write_table` with row_id and value."""


class FolderStore:
    """A map in a folder of this machine. See `Store` for what the methods promise.

    Build one with `create` or `open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal: tuple[object, SqlJournal] | None = None
        self._outputs = Outputs(path)
        self._layouts = Layouts(self._outputs)
        self._chunks = Chunks(path)
        self.notices = self._outputs.notices

    @classmethod
    def create(cls, path: str | Path, *, facts: Mapping[str, Any]) -> FolderStore:
        """The map at `path`, with `facts` in its manifest: a new one, or the one that lies there, to be continued.

        Raises
        ------
        InputError
            The folder holds other things and is no map.
        MapWriteError
            It cannot be written.
        """
        folder = Path(path).expanduser().absolute()
        with write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            has_others = any(not child.name.startswith(".") for child in folder.iterdir())
        is_map = (folder / NAME).exists() or (folder / PREVIOUS).exists()
        if has_others and not is_map:
            raise InputError(f"'{folder}' holds other files and is no map.", fix="Choose a new or an empty folder.")
        store = cls(folder)
        with store.writing():
            if not is_map:
                store._outputs.replace(Manifest(facts=dict(facts)))
            else:
                store.update(facts)
        return store

    @classmethod
    def open(cls, path: str | Path) -> FolderStore:
        """The map at `path`, which must exist. Raises as `read_manifest` does."""
        store = cls(Path(path).expanduser().absolute())
        _ = store.manifest
        return store

    # The manifest and the stages.

    @property
    def manifest(self) -> Manifest:
        """What `map.json` says now; read again when it has changed."""
        return self._outputs.manifest

    def update(self, facts: Mapping[str, Any]) -> None:
        """Set facts of the manifest (JSON values), all at once; the others stay."""
        with self._writing():
            known = self.manifest
            if any(name not in known.facts or known.facts[name] != value for name, value in facts.items()):
                self._outputs.replace(replace(known, facts={**known.facts, **facts}))

    @property
    def journal(self) -> SqlJournal:
        """What people did to the map, where its facts say that it lies now."""
        place = self._journal_fact()
        known = self._journal
        if known is None or known[0] != place:
            known = self._journal = (place, journals.open_journal(self.path, {journals.FACT: place}))
        return known[1]

    def _journal_fact(self) -> dict[str, str] | None:
        """What the facts say of the journal's place; a further layout has a journal of its own beside its map's."""
        if self.main is self:
            return self.manifest.facts.get(journals.FACT)
        fact = self.main._journal_fact()
        return fact and {**fact, "name": f"{fact['name']}/{self.path.stem}"}

    @cached_property
    def main(self) -> FolderStore:
        """The map whose rows these are: another one for a further layout."""
        rows_of = self.manifest.facts.get("rows_of")
        return self if rows_of is None else FolderStore.open(self.path.joinpath(rows_of).resolve())

    @property
    def journal_place(self) -> Place | None:
        """Where in PostgreSQL the journal lies; None for the map's folder."""
        return journals.place_of({journals.FACT: self._journal_fact()})

    def move_journal(self, place: Place | None) -> None:
        """Keep the journal at `place` from now on, with all that is in it; None: in the map's folder.

        Raises
        ------
        InputError
            There are other events at that place.
        JournalError
            The database cannot be reached.
        """
        before, fact = self.journal, journals.fact_of(place)
        if fact == self.manifest.facts.get(journals.FACT):
            return
        after = journals.open_journal(self.path, {journals.FACT: fact})
        journals.move(before, after)
        self.update({journals.FACT: fact})
        # What was written while the facts still named the former place.
        journals.move(before, after)

    def writing(self) -> AbstractContextManager[None]:
        """Hold the map's lock; the thread that holds it may enter again. Raises MapLockedError."""
        return self._outputs.locked()

    def _writing(self) -> AbstractContextManager[None]:
        return self._outputs.writing()

    def is_done(self, stage: str, key: str) -> bool:
        """Whether that stage is done under that key and what it wrote is still there."""
        return self._outputs.is_done(stage, key)

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
        """Make a stage done, with all that was written under `key` (or under `written_as`, where the key came later).

        Stages in `drops` are no longer done; after new rows, none of the others is.
        """
        written_as = written_as or key
        with self._writing():
            kinds = set(self._outputs.pending(written_as))
            gone = set(self.manifest.stages) - {stage} if "rows" in kinds else set(drops)
            if "rows" not in kinds:
                self._layouts.keep_present(gone={stage, *gone})
            self._outputs.finish(
                stage, key=key, written_as=written_as, seconds=seconds, info=info or {}, drops=sorted(gone)
            )
            if "tiles" in kinds:
                self._layouts.drop_present()
            self._chunks.clear(stage)

    def forget(self, stages: Sequence[str]) -> None:
        """Have those stages no longer done, so that they run again. Readers keep what they have opened."""
        with self._writing():
            self._layouts.keep_present(gone=set(stages))
            self._outputs.forget(stages)

    def discard(self, key: str) -> None:
        """Forget what was written under `key` and is not finished; remove it."""
        with self._writing():
            self._outputs.discard(key)

    def has(self, kind: str) -> bool:
        """Whether a done stage has written that kind of output."""
        return self._outputs.done(kind) is not None

    def sweep(self) -> None:
        """Remove what killed runs left, and outputs older than the previous ones."""
        with self._writing():
            self._outputs.sweep(keep={self._layouts.folder, *self._chunks.kept()}, leave=KEPT)

    # Rows.

    def write_rows(self, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, key: str, batch_id: int = 0) -> int:
        """Write the user's rows as a stream; they get row_id 0, 1, … in order. Returns how many there were.

        Raises
        ------
        NoRowsError
            There was none.
        """
        with self.writing():
            path = self._outputs.new("rows", key=key, ending=".lance")
            version, n_rows = rows.write(path, batches, schema=schema, batch_id=batch_id)
            if n_rows == 0:
                raise NoRowsError("There are no rows to map.", fix="Check that the source is not empty.")
            text = storable.schema_to_text(schema)
            self._outputs.wrote("rows", key=key, path=path, version=version, n_rows=n_rows, schema=text)
        return n_rows

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._outputs.find("rows").n_rows

    @property
    def schema(self) -> pa.Schema:
        """The user's columns, as they came."""
        return storable.schema_from_text(self._outputs.find("rows").schema)

    def read_rows(
        self,
        *,
        columns: Sequence[str] | None = None,
        row_ids: Sequence[int] | RowIds | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> pa.Table:
        """`row_id` and the user's columns (all, or those named) as they came, in the order of `row_ids` or of the rows.

        Raises
        ------
        NotFoundError
            No row has one of the ids.
        ColumnError
            No column has one of the names.
        """
        dataset = self._outputs.dataset("rows")
        return rows.read(dataset, self.schema, columns=columns, row_ids=row_ids, offset=offset, limit=limit)

    @cached_property
    def judged(self) -> Judged:
        """Labels and decisions of the rows, and the columns that they make."""
        if self.main is not self:
            return self.main.judged
        return Judged(lambda: self.journal, n_rows=lambda: self.n_rows, data=self._data_key, taken=self._kept_columns)

    def _data_key(self) -> str:
        """Names the data whose rows the map has."""
        record = self.manifest.stages.get("load")
        return record.key if record is not None else ""

    def _kept_columns(self) -> list[str]:
        """The user's columns, and those that Portolan has measured."""
        kinds = [kind for record in self.manifest.stages.values() for kind in record.outputs]
        measured = [kind.removeprefix(MEASURED) for kind in kinds if kind.startswith(MEASURED)]
        return list(dict.fromkeys([*self.schema.names, *measured]))

    def column_names(self) -> list[str]:
        """The user's columns, those that Portolan has measured, and those that labels and decisions make."""
        return list(dict.fromkeys([*self._kept_columns(), *(column.name for column in self.judged.columns())]))

    def column_type(self, name: str) -> pa.DataType:
        """The type of one of the columns that `column_names` lists."""
        if name in self.schema.names:
            return self.schema.field(name).type
        if self.has(MEASURED + name):
            return self._outputs.dataset(MEASURED + name).schema.field("value").type
        [column] = [column for column in self.judged.columns() if column.name == name]
        return LIST if column.is_list else pa.string()

    def read_columns(self, names: Sequence[str], *, row_ids: Sequence[int] | RowIds | None = None) -> pa.Table:
        """As `read_rows`, of the columns that `column_names` lists."""
        kept = set(self._kept_columns())
        judged = {} if kept.issuperset(names) else {column.name: column for column in self.judged.columns()}
        given = [name for name in names if name in self.schema.names or name not in {*kept, *judged}]
        table = self.read_rows(columns=given, row_ids=row_ids)
        for name in names:
            if name in judged and name not in table.column_names:
                said = self.judged.read(judged[name])
                said = said if row_ids is None else said.take(pa.array(np.asarray(row_ids, np.int64)))
                table = table.append_column(name, said)
            elif name not in table.column_names:
                values = self.read_table(MEASURED + name, columns=["value"], row_ids=row_ids)
                table = table.append_column(name, values.column(0))
        return table

    def row_batches(self, *, columns: Sequence[str] | None = None, batch_rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """`row_id` and the user's columns in row order, a batch at a time."""
        yield from rows.batches(self._outputs.dataset("rows"), self.schema, columns=columns, batch_rows=batch_rows)

    # Vectors, points, clusters, and other tables keyed by row_id.

    def write_vectors(self, blocks: Iterable[Vectors], *, n_dims: int, key: str) -> int:
        """Write vectors as a stream of blocks in row order. Returns how many there were."""
        with self.writing():
            path = self._outputs.new("vectors", key=key, ending=".lance")
            batches = tables.vector_batches(blocks, n_dims=n_dims)
            version, n_rows = tables.write_dataset(path, batches, schema=tables.vector_schema(n_dims))
            self._outputs.wrote("vectors", key=key, path=path, version=version, n_rows=n_rows)
        return n_rows

    def read_vectors(self, row_ids: Sequence[int] | RowIds | None = None) -> Vectors:
        """Vectors of all rows, or of those named, in order: float32, shape (n, n_dims)."""
        dataset = self._outputs.dataset("vectors")
        if row_ids is None:
            return tables.read_vectors(dataset)
        table = tables.take(dataset, rows.checked(row_ids, self.n_rows), columns=["vector"])
        n_dims = dataset.schema.field("vector").type.list_size
        column = table.column(0).combine_chunks()
        return np.asarray(column.flatten().to_numpy().reshape(-1, n_dims), dtype=np.float32)

    def write_points(self, points: Points, *, key: str) -> None:
        """Write the positions of all rows, shape (n_rows, 2)."""
        if points.ndim != 2 or points.shape[1] != 2:
            raise ShapeError(f"points has shape {points.shape}.", fix="Give two numbers for each row.")
        x, y = (np.ascontiguousarray(points[:, axis], dtype=np.float32) for axis in (0, 1))
        self.write_table("points", tables.keyed({"x": x, "y": y}), key=key)

    def read_points(self) -> Points:
        """Positions of all rows, float32, shape (n_rows, 2)."""
        return tables.read_points(self._outputs.dataset("points"))

    def write_clusters(self, layers: Sequence[ClusterIds], *, key: str) -> None:
        """Write each row's cluster in each layer, layer 0 the finest."""
        columns = {f"cluster_{layer}": np.asarray(ids, dtype=np.int32) for layer, ids in enumerate(layers)}
        self.write_table("clusters", tables.keyed(columns), key=key)

    def read_clusters(self) -> list[ClusterIds]:
        """Each row's cluster in each layer: int32 (n_rows,) for each, layer 0 the finest."""
        return tables.read_clusters(self._outputs.dataset("clusters"))

    def write_table(self, kind: str, table: pa.Table, *, key: str) -> None:
        """Write a table of our own making (types that Lance holds)."""
        with self._writing():
            path = self._outputs.new(kind, key=key, ending=".lance")
            version, n_rows = tables.write_dataset(path, table.to_batches(), schema=table.schema)
            self._outputs.wrote(kind, key=key, path=path, version=version, n_rows=n_rows)

    def read_table(
        self, kind: str, *, columns: Sequence[str] | None = None, row_ids: Sequence[int] | RowIds | None = None
    ) -> pa.Table:
        """A table that `write_table` wrote; of all rows, or of those named, in order."""
        dataset = self._outputs.dataset(kind)
        names = list(columns) if columns is not None else None
        if row_ids is not None:
            return tables.take(dataset, np.asarray(row_ids, dtype=np.int64), columns=names)
        return tables.read(dataset, columns=names)

    # Arrays, folders, and chunks of costly work.

    def write_array(self, kind: str, array: NDArray[Any], *, key: str) -> None:
        """Write an array that is read as a whole (the neighbour graph)."""
        with self._writing():
            path = self._outputs.new(f"stages/{kind}", key=key, ending=".npy")
            write_array(path, array)
            self._outputs.wrote(kind, key=key, path=path, n_rows=len(array))

    @contextmanager
    def new_array(
        self, kind: str, shape: tuple[int, ...], dtype: str, *, key: str
    ) -> Iterator[Callable[[NDArray[Any]], None]]:
        """An array that is written a part at a time, from its first line on; `read_array` reads it."""
        with self.writing():
            path = self._outputs.new(f"stages/{kind}", key=key, ending=".npy")
            with new_array(path, shape, dtype) as append:
                yield append
            self._outputs.wrote(kind, key=key, path=path, n_rows=shape[0])

    def read_array(self, kind: str) -> NDArray[Any]:
        """An array that `write_array` wrote, mapped from disk: what is not looked at takes no memory."""
        path = self._outputs.path_of(kind)
        with read_errors(path):
            loaded: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return loaded

    @contextmanager
    def new_folder(self, kind: str, *, key: str) -> Iterator[Path]:
        """An empty folder to write into; the map's once the stage is finished."""
        with self._writing():
            path = self._outputs.new(kind, key=key, ending="")
            path.mkdir()
            yield path
            self._outputs.wrote(kind, key=key, path=path)

    def folder(self, kind: str) -> Path:
        """The folder that was written under `new_folder`."""
        return self._outputs.path_of(kind)

    # Tiles.

    def write_tiles(
        self, tiling: Tiling, *, points: Points, layout: str, key: str, columns: Sequence[TileColumn] = ()
    ) -> None:
        """Write the tiles of all rows as the layout of that name."""
        with self._writing():
            path = self._outputs.new("tiles", key=layout, ending="")
            path.mkdir()
            row_ids = np.arange(len(points), dtype=np.int64)
            tile_files.write_tiles(path, tiling, points=points, row_ids=row_ids, columns=columns)
            self._outputs.wrote("tiles", key=key, path=path, n_rows=len(points))
            self.write_array("tile-order", tiling.order, key=key)

    def add_tile_columns(self, columns: Sequence[TileColumn]) -> None:
        """Add columns to the tiles, in place of those of the same name; `tiles.json` changes at once."""
        with self._writing():
            folder = self.folder("tiles")
            tile_files.add_columns(folder, tile_files.read_tiling(folder, self.tile_order()), columns)

    def drop_tile_columns(self, names: Sequence[str]) -> None:
        """Take columns out of the tiles, if they are there."""
        with self._writing():
            tile_files.drop_columns(self.folder("tiles"), names)

    def tile_order(self) -> NDArray[np.uint32]:
        """Row ids in tile order, the order of the page's masks: uint32, shape (n_rows,)."""
        return self.read_array("tile-order")

    def tile_columns(self) -> list[dict[str, Any]]:
        """What `tiles.json` says of each column: name, slug, kind, encoding, missing and so on."""
        columns: list[dict[str, Any]] = tile_files.read_index(self.folder("tiles"))["columns"]
        return columns

    def tile_codes(self, column: Mapping[str, Any]) -> NDArray[Any]:
        """Codes of a column, an entry of `tile_columns`: unsigned, shape (n_rows,), in tile order."""
        dtype = f"<{column['encoding'][0]}{int(column['encoding'][1:]) // 8}"
        return tile_files.read_codes(self.folder("tiles"), column["slug"], dtype=dtype)

    @property
    def layout(self) -> str:
        """Name of the layout the tiles show."""
        return self.folder("tiles").name

    # Former layouts.

    def layouts(self) -> list[str]:
        """Names of the layouts whose points are known: the former ones, the oldest first, then the present one."""
        return self._layouts.names()

    def points_of_layout(self, layout: str) -> Points:
        """Where the rows lie on a layout, present, further or former: float32, shape (n_rows, 2); NaN for later rows.

        Raises
        ------
        NotFoundError
            No such layout is known.
        """
        layout = former.bare(layout)
        for name in self.layout_names():
            beside = self.open_layout(name)
            if beside.has("tiles") and former.bare(beside.layout) == layout:
                return beside.read_points()
        is_former = self._layouts.is_former(layout)
        return self._layouts.points(layout, n_rows=self.n_rows) if is_former else self.read_points()

    def clusters_of_layout(self, layout: str) -> list[ClusterIds]:
        """Each row's cluster in each layer when the map had that layout; -1 for later rows. Raises NotFoundError."""
        layout = former.bare(layout)
        is_former = self._layouts.is_former(layout)
        return self._layouts.clusters(layout, n_rows=self.n_rows) if is_former else self.read_clusters()

    # Further layouts of the same rows.

    def layout_names(self) -> list[str]:
        """Names of the further layouts that lie in the map, finished or not."""
        return sorted(
            path.stem for path in (self.path / LAYOUTS).glob(f"[!.]*{LAYOUT_ENDING}") if (path / NAME).exists()
        )

    def open_layout(self, name: str) -> FolderStore:
        """A further layout: a map of its own, but for its rows and their words. Raises NotFoundError."""
        if name not in self.layout_names():
            known = ", ".join(self.layout_names()) or "none"
            raise NotFoundError(f"The map has no further layout '{name}'.", fix=f"Its further layouts: {known}.")
        return FolderStore.open(self._layout_path(name))

    def create_layout(self, name: str, *, facts: Mapping[str, Any]) -> FolderStore:
        """A further layout, new or to be continued; as `open_layout`."""
        with self.writing():
            return FolderStore.create(self._layout_path(name), facts={"rows_of": "../..", **facts})

    def remove_layout(self, name: str) -> None:
        """Remove a further layout."""
        with self._writing():
            path = self.open_layout(name).path
            gone = path.with_name(f".{path.name}.removed")
            remove(gone)
            # Under another name first: who comes while it is being removed finds no half of a layout.
            path.rename(gone)
            remove(gone)

    def _layout_path(self, name: str) -> Path:
        return self.path / LAYOUTS / f"{safe(name)}{LAYOUT_ENDING}"

    # Search.

    def write_search(self, texts: Iterable[pa.Array], *, key: str) -> None:
        """Index the words of the rows' texts, given in row order."""
        with self.writing():
            path = self._outputs.new("search", key=key, ending=".lance")
            version, n_rows = search.write_search(path, texts)
            self._outputs.wrote("search", key=key, path=path, version=version, n_rows=n_rows)
            if n_rows >= search.LEAST_TOLD:
                frequent = search.tell_words(self._outputs.dataset("search"))
                self.write_array("frequent-words", np.array(frequent.words, np.str_), key=key)
                self.write_array("word-bits", frequent.bits, key=key)

    def find_words(self, query: Query, *, limit: int) -> RowIds:
        """Rows that match by words, best first."""
        return search.find(self._outputs.dataset("search"), query, limit=limit)

    def match_words(self, query: Query) -> RowIds:
        """All rows that hold every word and phrase of the query, in no order."""
        frequent = None
        if self.has("word-bits"):
            frequent = WordBits(tuple(self.read_array("frequent-words").tolist()), self.read_array("word-bits"))
        return search.match(self._outputs.dataset("search"), query, frequent)

    def search_texts(self, row_ids: RowIds) -> list[str]:
        """What was indexed of rows, in the order asked."""
        return search.texts_of(self._outputs.dataset("search"), row_ids)

    # What costly stages keep as they go.

    def answers_folder(self) -> Path:
        """Where answers of a paid service are kept from run to run; it may not exist yet."""
        return self._chunks.answers

    def write_chunk(self, stage: str, *, key: str, number: int, block: NDArray[np.float32]) -> None:
        """Keep a finished part of a costly stage at once: a killed run finds it again. `finish` removes the parts."""
        with self._writing():
            self._chunks.write(stage, key=key, number=number, block=block)

    def read_chunk(self, stage: str, *, key: str, number: int) -> NDArray[np.float32] | None:
        """A part that `write_chunk` kept, or None."""
        return self._chunks.read(stage, key=key, number=number)

    def write_chunk_table(self, stage: str, *, key: str, number: int, table: pa.Table) -> None:
        """As `write_chunk`, of a table; needs no lock, for such stages run for hours beside people who work."""
        with write_errors(self.path):
            self._chunks.write_table(stage, key=key, number=number, table=table)

    def read_chunk_table(self, stage: str, *, key: str, number: int) -> pa.Table | None:
        """A part that `write_chunk_table` kept, or None."""
        return self._chunks.read_table(stage, key=key, number=number)
