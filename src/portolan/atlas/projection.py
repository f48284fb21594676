"""AtlasProjection: what `dataset.maps[0]` offers. Topics, embeddings, rows, duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from portolan.atlas.duplicates import AtlasDuplicates
from portolan.atlas.frames import frame
from portolan.atlas.topics import AtlasTopics
from portolan.core.counted import counted
from portolan.core.nearest import nearest
from portolan.errors import InputError, NotFoundError
from portolan.map import Map
from portolan.types import Points, RowIds, Vectors

DUPLICATE_CUTOFF = 0.1
"""Cosine distance up to which rows count as duplicates; the client's own default."""


class AtlasProjection:
    """A map, read under the client's names."""

    def __init__(self, made: Map, *, id_field: str | None = None) -> None:
        self.map = made
        self.id_field = id_field

    @cached_property
    def ids(self) -> list[str]:
        """Each row's id as a string: the id column's value, or the row's number if no column was named."""
        column = self.id_field or "row_id"
        return [str(value) for value in self.map.rows.column(column).to_pylist()]

    def row_ids(self, ids: Sequence[Any]) -> RowIds:
        """Row numbers of these ids.

        Raises
        ------
        NotFoundError
            An id that no row has.
        """
        place = {name: row for row, name in reversed(list(enumerate(self.ids)))}
        missing = [name for name in ids if str(name) not in place]
        if missing:
            raise NotFoundError(f"No row has the id '{missing[0]}'.", fix="Ids are those of dataset.maps[0].data.df.")
        return np.array([place[str(name)] for name in ids], dtype=np.int64)

    @property
    def name(self) -> str:
        """The map's name."""
        return self.map.name

    @property
    def id(self) -> str:
        """The map's folder."""
        return str(self.map.path)

    projection_id = id
    atlas_index_id = id

    @property
    def map_link(self) -> str:
        """A link that opens the map on this machine; starts its server if none runs."""
        return self.map.link()

    dataset_link = map_link

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        return self.map.rows.schema

    @cached_property
    def topics(self) -> AtlasTopics:
        """The clusters of each layer, the coarsest first."""
        return AtlasTopics(self.map, self.ids, id_field=self.id_field)

    @cached_property
    def embeddings(self) -> AtlasEmbeddings:
        """Positions and vectors."""
        return AtlasEmbeddings(self)

    @cached_property
    def data(self) -> AtlasData:
        """The rows as they came."""
        return AtlasData(self.map)

    @cached_property
    def duplicates(self) -> AtlasDuplicates:
        """Rows whose vectors are nearly the same."""
        return self.duplicates_within(DUPLICATE_CUTOFF)

    def duplicates_within(self, cutoff: float) -> AtlasDuplicates:
        """Rows whose vectors lie within a cosine distance of `cutoff`, in [0, 2]."""
        return AtlasDuplicates(self.map.vectors, self.ids, id_field=self.id_field, cutoff=cutoff)

    def vector_search(
        self, queries: Any = None, ids: Any = None, k: int = 5
    ) -> tuple[list[list[str]], list[list[float]]]:
        """See `AtlasEmbeddings.vector_search`."""
        return self.embeddings.vector_search(queries=queries, ids=ids, k=k)

    def get_tags(self) -> dict[str, list[str]]:
        """No tags: this version keeps none."""
        return {}

    def __repr__(self) -> str:
        return f"<AtlasProjection '{self.name}': {counted(self.map.n_rows, 'row')}>"

    def _repr_html_(self) -> str:
        return self.map._repr_html_()


class AtlasData:
    """The rows as they came."""

    def __init__(self, made: Map) -> None:
        self._map = made

    @property
    def tb(self) -> pa.Table:
        """An Arrow table of all rows."""
        return self._map.rows

    @property
    def df(self) -> Any:
        """A pandas frame of all rows."""
        return frame(self.tb)


class AtlasEmbeddings:
    """Positions on the map (projected) and vectors (latent)."""

    def __init__(self, projection: AtlasProjection) -> None:
        self._projection = projection
        self._map = projection.map

    @property
    def tb(self) -> pa.Table:
        """An Arrow table: id, x, y."""
        points: Points = self._map.points
        names = [self._projection.id_field or "id", "x", "y"]
        return pa.table([pa.array(self._projection.ids), pa.array(points[:, 0]), pa.array(points[:, 1])], names=names)

    @property
    def df(self) -> Any:
        """A pandas frame: id, x, y."""
        return frame(self.tb)

    projected = df

    @property
    def latent(self) -> Vectors:
        """Vectors of all rows: float32, shape (n_rows, n_dims)."""
        return self._map.vectors

    def vector_search(
        self, queries: Any = None, ids: Any = None, k: int = 5
    ) -> tuple[list[list[str]], list[list[float]]]:
        """Ids of the `k` nearest rows of each query, the nearest first, and their cosine distances.

        Parameters
        ----------
        queries : array of float, shape (n_queries, n_dims), optional
        ids : list of str, optional
            Rows to start from; each finds itself first. Give these or `queries`.
        """
        if (queries is None) == (ids is None):
            raise InputError("vector_search needs queries or ids.", fix="Give one of the two.")
        if queries is None:
            vectors = self.latent[self._projection.row_ids(ids)]
        else:
            vectors = np.atleast_2d(np.asarray(queries, dtype=np.float32))
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        rows, similarities = nearest(self.latent, vectors, limit=k)
        names = self._projection.ids
        return [[names[row] for row in found] for found in rows], (1 - similarities).tolist()
