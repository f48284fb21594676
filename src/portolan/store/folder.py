"""A map in a folder. The one place that knows its paths (drawn in docs/map-format.md).

Long, because it keeps each promise of `Store`; most methods are a few lines that say where something lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.query import Query
from portolan.core.tile_columns import TileColumn
from portolan.core.tiles import Tiling
from portolan.errors import InputError, MapFormatError, NoRowsError, NotFoundError, ShapeError
from portolan.store import former, journal, rows, search, storable, tables, tile_files
from portolan.store.files import read_errors, remove, sync_tree, write_array, write_errors
from portolan.store.lock import WriterLock
from portolan.store.manifest import (
    NAME,
    PREVIOUS,
    Manifest,
    Output,
    StageRecord,
    read_manifest,
    read_previous,
    write_manifest,
)
from portolan.types import ClusterIds, Points, RowIds, Vectors

if TYPE_CHECKING:
    import lance

LAYOUTS = "layouts"
LAYOUT_ENDING = ".portolan"
KEPT = {NAME, PREVIOUS, ".lock", LAYOUTS, *journal.FILES}
"""What `sweep` leaves alone, as it leaves the chunks of costly stages (`finish` removes those)."""


MEASURED = "columns/"
"""Kinds of outputs that are a column: `write_table` with row_id and value."""
SHARED = ("rows", "search")
"""What a further layout reads from the map that it is a layout of."""


class FolderStore:
    """A map in a folder of this machine. See `Store` for what the methods promise.

    Build one with `create` or `open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self.journal = journal.SqliteJournal(path)
        self._lock = WriterLock(path / ".lock")
        self._pending: dict[str, dict[str, Output]] = {}
        self._read: tuple[tuple[int, ...], Manifest] | None = None
        self._datasets: dict[tuple[str, int], lance.LanceDataset] = {}
        self._main: FolderStore | None = None

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
                store._replace(Manifest(facts=dict(facts)))
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
        try:
            status = (self.path / NAME).stat()
            mark: tuple[int, ...] = (status.st_ino, status.st_mtime_ns, status.st_size)
        except FileNotFoundError:
            mark = ()
        if self._read is None or self._read[0] != mark:
            manifest, notice = read_manifest(self.path)
            if notice and notice not in self.notices:
                self.notices.append(notice)
            self._read = (mark, manifest)
        return self._read[1]

    def update(self, facts: Mapping[str, Any]) -> None:
        """Set facts of the manifest (JSON values), all at once; the others stay."""
        with self._writing():
            known = self.manifest
            if any(name not in known.facts or known.facts[name] != value for name, value in facts.items()):
                self._replace(replace(known, facts={**known.facts, **facts}))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the map's lock; the thread that holds it may enter again. Raises MapLockedError."""
        with self._lock.held():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock, and say in our words why a write fails. Not around what a caller reads: that is no write."""
        with self._lock.held(), write_errors(self.path):
            yield

    def is_done(self, stage: str, key: str) -> bool:
        """Whether that stage is done under that key and what it wrote is still there."""
        record = self.manifest.stages.get(stage)
        if record is None or record.key != key:
            return False
        return all((self.path / output.path).exists() for output in record.outputs.values())

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
        with self._writing():
            outputs = self._pending.get(written_as or key, {})
            for output in outputs.values():
                sync_tree(self.path / output.path)
            finished = datetime.now(UTC).isoformat("T", "seconds")
            record = StageRecord(key, round(seconds, 3), finished, dict(info or {}), outputs)
            known = self.manifest
            gone = set(known.stages) - {stage} if "rows" in outputs else set(drops)
            if "rows" not in outputs:
                self._keep_layout(known, gone={stage, *gone})
            self._replace(known.with_stage(stage, record, drops=tuple(sorted(gone))))
            self._pending.pop(written_as or key, None)
            if "tiles" in outputs:
                remove(self._former_folder() / former.bare(self.layout))  # it is the present one again
            for leftover in self.path.glob(f"stages/{_safe(stage)}-*.chunks"):
                remove(leftover)

    def forget(self, stages: Sequence[str]) -> None:
        """Have those stages no longer done, so that they run again. Readers keep what they have opened."""
        with self._writing():
            known = self.manifest
            self._keep_layout(known, gone=set(stages))
            gone = {name: record for name, record in known.stages.items() if name in stages}
            kept = {name: record for name, record in known.stages.items() if name not in stages}
            self._replace(replace(known, stages=kept, previous={**known.previous, **gone}))

    def discard(self, key: str) -> None:
        """Forget what was written under `key` and is not finished; remove it."""
        with self._writing():
            for output in self._pending.pop(key, {}).values():
                remove(self.path / output.path)

    def has(self, kind: str) -> bool:
        """Whether a done stage has written that kind of output."""
        return self._done_output(kind) is not None

    def sweep(self) -> None:
        """Remove what killed runs left, and outputs older than the previous ones."""
        with self._writing():
            pending = [output.path for outputs in self._pending.values() for output in outputs.values()]
            named = {*self.manifest.paths(), *read_previous(self.path).paths(), *pending}
            keep = {self.path / name for name in named} | {self.answers_folder(), *self.path.glob("stages/*.chunks")}
            keep.add(self._former_folder())
            folders = {parent for path in keep for parent in path.parents}
            for child in self.path.iterdir():
                if child.name not in KEPT:
                    _sweep(child, keep=keep, folders=folders)

    def _replace(self, manifest: Manifest) -> None:
        with write_errors(self.path):
            write_manifest(self.path, manifest)
        self._read = None

    # Outputs: where they lie and how they are found.

    def _new(self, kind: str, *, key: str, ending: str) -> Path:
        """A path that nobody reads, cleared of what a killed run left there."""
        named = {*self.manifest.paths(), *read_previous(self.path).paths()}
        parent = "/".join(_safe(part) for part in kind.split("/"))
        number = 1
        while (name := f"{parent}/{key}{f'-{number}' if number > 1 else ''}{ending}") in named:
            number += 1
        path = self.path / name
        with write_errors(self.path):
            remove(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        self._datasets = {mark: known for mark, known in self._datasets.items() if mark[0] != name}
        return path

    def _wrote(self, kind: str, *, key: str, path: Path, version: int = 0, n_rows: int = 0, schema: str = "") -> None:
        output = Output(path.relative_to(self.path).as_posix(), version, n_rows, schema)
        self._pending.setdefault(key, {})[kind] = output

    def _output(self, kind: str) -> Output:
        """The done output, or the one this store has just written and not yet finished."""
        for outputs in reversed(self._pending.values()):
            if kind in outputs:
                return outputs[kind]
        found = self._done_output(kind)
        if found is None:
            raise NotFoundError(
                f"The map '{self.path}' has no {kind} yet.", fix="Let portolan map finish, or run it again on this map."
            )
        return found

    def _done_output(self, kind: str) -> Output | None:
        """What a done stage wrote of that kind; a further layout has its rows from its map."""
        found = self.manifest.output(kind)
        rows_of = self.manifest.facts.get("rows_of")
        if found is not None or rows_of is None or kind not in SHARED:
            return found
        self._main = self._main or FolderStore(self.path.joinpath(rows_of).resolve())
        shared = self._main.manifest.output(kind)
        return shared and replace(shared, path=str(self._main.path / shared.path))

    def _dataset(self, kind: str) -> lance.LanceDataset:
        return self._open(self._output(kind))

    def _open(self, output: Output) -> lance.LanceDataset:
        mark = (output.path, output.version)
        if mark not in self._datasets:
            self._datasets[mark] = tables.open_dataset(self.path / output.path, version=output.version)
        return self._datasets[mark]

    # Rows.

    def write_rows(self, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, key: str, batch_id: int = 0) -> int:
        """Write the user's rows as a stream; they get row_id 0, 1, … in order. Returns how many there were.

        Raises
        ------
        NoRowsError
            There was none.
        """
        with self.writing():
            path = self._new("rows", key=key, ending=".lance")
            version, n_rows = rows.write(path, batches, schema=schema, batch_id=batch_id)
            if n_rows == 0:
                raise NoRowsError("There are no rows to map.", fix="Check that the source is not empty.")
            text = storable.schema_to_text(schema)
            self._wrote("rows", key=key, path=path, version=version, n_rows=n_rows, schema=text)
        return n_rows

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._output("rows").n_rows

    @property
    def schema(self) -> pa.Schema:
        """The user's columns, as they came."""
        return storable.schema_from_text(self._output("rows").schema)

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
        dataset = self._dataset("rows")
        return rows.read(dataset, self.schema, columns=columns, row_ids=row_ids, offset=offset, limit=limit)

    def column_names(self) -> list[str]:
        """The user's columns, and those that Portolan has measured."""
        kinds = [kind for record in self.manifest.stages.values() for kind in record.outputs]
        measured = [kind.removeprefix(MEASURED) for kind in kinds if kind.startswith(MEASURED)]
        return list(dict.fromkeys([*self.schema.names, *measured]))

    def read_columns(self, names: Sequence[str], *, row_ids: Sequence[int] | RowIds | None = None) -> pa.Table:
        """As `read_rows`, of the columns that `column_names` lists."""
        given = [name for name in names if name in self.schema.names or not self.has(MEASURED + name)]
        table = self.read_rows(columns=given, row_ids=row_ids)
        for name in names:
            if name not in table.column_names:
                values = self.read_table(MEASURED + name, columns=["value"], row_ids=row_ids)
                table = table.append_column(name, values.column(0))
        return table

    def row_batches(self, *, columns: Sequence[str] | None = None, batch_rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """`row_id` and the user's columns in row order, a batch at a time."""
        yield from rows.batches(self._dataset("rows"), self.schema, columns=columns, batch_rows=batch_rows)

    # Vectors, points, clusters, and other tables keyed by row_id.

    def write_vectors(self, blocks: Iterable[Vectors], *, n_dims: int, key: str) -> int:
        """Write vectors as a stream of blocks in row order. Returns how many there were."""
        with self.writing():
            path = self._new("vectors", key=key, ending=".lance")
            batches = tables.vector_batches(blocks, n_dims=n_dims)
            version, n_rows = tables.write_dataset(path, batches, schema=tables.vector_schema(n_dims))
            self._wrote("vectors", key=key, path=path, version=version, n_rows=n_rows)
        return n_rows

    def read_vectors(self, row_ids: Sequence[int] | RowIds | None = None) -> Vectors:
        """Vectors of all rows, or of those named, in order: float32, shape (n, n_dims)."""
        dataset = self._dataset("vectors")
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
        self.write_table("points", _keyed({"x": x, "y": y}), key=key)

    def read_points(self) -> Points:
        """Positions of all rows, float32, shape (n_rows, 2)."""
        return _points_in(self._dataset("points"))

    def write_clusters(self, layers: Sequence[ClusterIds], *, key: str) -> None:
        """Write each row's cluster in each layer, layer 0 the finest."""
        columns = {f"cluster_{layer}": np.asarray(ids, dtype=np.int32) for layer, ids in enumerate(layers)}
        self.write_table("clusters", _keyed(columns), key=key)

    def read_clusters(self) -> list[ClusterIds]:
        """Each row's cluster in each layer: int32 (n_rows,) for each, layer 0 the finest."""
        return _clusters_in(self._dataset("clusters"))

    def write_table(self, kind: str, table: pa.Table, *, key: str) -> None:
        """Write a table of our own making (types that Lance holds)."""
        with self._writing():
            path = self._new(kind, key=key, ending=".lance")
            version, n_rows = tables.write_dataset(path, table.to_batches(), schema=table.schema)
            self._wrote(kind, key=key, path=path, version=version, n_rows=n_rows)

    def read_table(
        self, kind: str, *, columns: Sequence[str] | None = None, row_ids: Sequence[int] | RowIds | None = None
    ) -> pa.Table:
        """A table that `write_table` wrote; of all rows, or of those named, in order."""
        dataset = self._dataset(kind)
        names = list(columns) if columns is not None else None
        if row_ids is not None:
            return tables.take(dataset, np.asarray(row_ids, dtype=np.int64), columns=names)
        return tables.read(dataset, columns=names)

    # Arrays, folders, and chunks of costly work.

    def write_array(self, kind: str, array: NDArray[Any], *, key: str) -> None:
        """Write an array that is read as a whole (the neighbour graph)."""
        with self._writing():
            path = self._new(f"stages/{kind}", key=key, ending=".npy")
            write_array(path, array)
            self._wrote(kind, key=key, path=path, n_rows=len(array))

    def read_array(self, kind: str) -> NDArray[Any]:
        """An array that `write_array` wrote, mapped from disk: what is not looked at takes no memory."""
        path = self.path / self._output(kind).path
        with read_errors(path):
            loaded: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return loaded

    @contextmanager
    def new_folder(self, kind: str, *, key: str) -> Iterator[Path]:
        """An empty folder to write into; the map's once the stage is finished."""
        with self._writing():
            path = self._new(kind, key=key, ending="")
            path.mkdir()
            yield path
            self._wrote(kind, key=key, path=path)

    def folder(self, kind: str) -> Path:
        """The folder that was written under `new_folder`."""
        return self.path / self._output(kind).path

    # Tiles.

    def write_tiles(
        self, tiling: Tiling, *, points: Points, layout: str, key: str, columns: Sequence[TileColumn] = ()
    ) -> None:
        """Write the tiles of all rows as the layout of that name."""
        with self._writing():
            path = self._new("tiles", key=layout, ending="")
            path.mkdir()
            row_ids = np.arange(len(points), dtype=np.int64)
            tile_files.write_tiles(path, tiling, points=points, row_ids=row_ids, columns=columns)
            self._wrote("tiles", key=key, path=path, n_rows=len(points))
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
        present = [former.bare(self.layout)] if self.has("tiles") else []
        return [name for name in former.names(self._former_folder()) if name not in present] + present

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
        if self._is_former(layout):
            return former.read_points(self._former_folder(), layout, n_rows=self.n_rows)
        return self.read_points()

    def clusters_of_layout(self, layout: str) -> list[ClusterIds]:
        """Each row's cluster in each layer when the map had that layout; -1 for later rows. Raises NotFoundError."""
        layout = former.bare(layout)
        if self._is_former(layout):
            return former.read_clusters(self._former_folder(), layout, n_rows=self.n_rows)
        return self.read_clusters()

    def _is_former(self, layout: str) -> bool:
        known = self.layouts()
        if layout not in known:
            raise NotFoundError(
                f"The map has no layout {layout!r}.",
                fix=f"It has {', '.join(known) or 'none yet'}. The {former.MOST_KEPT} latest are kept.",
            )
        return not self.has("tiles") or layout != former.bare(self.layout)

    def _former_folder(self) -> Path:
        """Where former layouts of the present rows are kept."""
        found = self.manifest.output("rows")
        return self.path / former.FOLDER / (Path(found.path).stem if found else "none")

    def _keep_layout(self, known: Manifest, *, gone: set[str]) -> None:
        """Keep where the rows lie and how they are clustered, if one of the stages in `gone` has written the points."""
        tiles, points, clusters = (known.output(kind) for kind in ("tiles", "points", "clusters"))
        written = {kind for name in gone & set(known.stages) for kind in known.stages[name].outputs}
        if tiles is None or points is None or "points" not in written:
            return
        # What is damaged cannot be kept, and must not stop the run that mends it.
        with suppress(MapFormatError):
            layers = _clusters_in(self._open(clusters)) if clusters is not None else []
            xy = _points_in(self._open(points))
            former.keep(self._former_folder(), former.bare(Path(tiles.path).name), points=xy, layers=layers)

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
        return self.path / LAYOUTS / f"{_safe(name)}{LAYOUT_ENDING}"

    # Search.

    def write_search(self, texts: Iterable[pa.Array], *, key: str) -> None:
        """Index the words of the rows' texts, given in row order."""
        with self.writing():
            path = self._new("search", key=key, ending=".lance")
            version, n_rows = search.write_search(path, texts)
            self._wrote("search", key=key, path=path, version=version, n_rows=n_rows)

    def find_words(self, query: Query, *, limit: int) -> RowIds:
        """Rows that match by words, best first."""
        return search.find(self._dataset("search"), query, limit=limit)

    def match_words(self, query: Query) -> RowIds:
        """All rows that hold every word and phrase of the query, in no order."""
        return search.match(self._dataset("search"), query)

    def search_texts(self, row_ids: RowIds) -> list[str]:
        """What was indexed of rows, in the order asked."""
        return search.texts_of(self._dataset("search"), row_ids)

    def answers_folder(self) -> Path:
        """Where answers of a paid service are kept from run to run; it may not exist yet."""
        return self.path / "stages" / "answers"

    def write_chunk(self, stage: str, *, key: str, number: int, block: NDArray[np.float32]) -> None:
        """Keep a finished part of a costly stage at once: a killed run finds it again. `finish` removes the parts."""
        with self._writing():
            path = self._chunk(stage, key=key, number=number)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_array(path, block)

    def read_chunk(self, stage: str, *, key: str, number: int) -> NDArray[np.float32] | None:
        """A part that `write_chunk` kept, or None."""
        path = self._chunk(stage, key=key, number=number)
        if not path.exists():
            return None
        loaded: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return loaded

    def _chunk(self, stage: str, *, key: str, number: int) -> Path:
        return self.path / "stages" / f"{_safe(stage)}-{key}.chunks" / f"{number:06d}.npy"


def _keyed(columns: dict[str, NDArray[Any]]) -> pa.Table:
    n_rows = len(next(iter(columns.values()))) if columns else 0
    return pa.table({"row_id": np.arange(n_rows, dtype=np.int64), **columns})


def _points_in(dataset: lance.LanceDataset) -> Points:
    table = tables.read(dataset, columns=["x", "y"])
    return np.stack([table.column(0).to_numpy(), table.column(1).to_numpy()], axis=1)


def _clusters_in(dataset: lance.LanceDataset) -> list[ClusterIds]:
    table = tables.read(dataset, columns=None)
    return [table.column(name).to_numpy() for name in table.column_names if name != "row_id"]


def _safe(name: str) -> str:
    """`name` as a part of a path."""
    return re.sub(r"[^\w-]", "_", name)[:80] or "_"


def _sweep(path: Path, *, keep: set[Path], folders: set[Path]) -> None:
    if path in keep:
        return
    if path not in folders:
        remove(path)
        return
    for child in path.iterdir():
        _sweep(child, keep=keep, folders=folders)
