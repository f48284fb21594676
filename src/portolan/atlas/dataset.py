"""AtlasDataset and AtlasProject: a map under the client's names for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import pyarrow as pa

from portolan import api
from portolan.atlas.arguments import understood
from portolan.atlas.projection import AtlasProjection
from portolan.core.counted import counted
from portolan.errors import InputError, NotFoundError
from portolan.home import slug
from portolan.loaders import open_source
from portolan.map import Map

_WHOLE = "A map is made of all its rows at once: call map_text again with the rows it should have, under a new name."


class AtlasDataset:
    """A named dataset and, once `create_index` or `map_text` has made it, its map.

    `AtlasDataset(name)` finds the map of that name. Where there is none, rows given to `add_data` wait in memory for
    `create_index`.
    """

    def __init__(
        self, identifier: str, description: str = "", unique_id_field: str | None = None, **options: Any
    ) -> None:
        understood({key: value for key, value in options.items() if key != "reset_project_if_exists"})
        self.name = identifier.rpartition("/")[2]
        self.description = description
        self.id_field = unique_id_field
        self._is_reset = bool(options.get("reset_project_if_exists"))
        self._waiting: list[pa.Table] = []
        self._map: Map | None = None
        if not self._is_reset:
            try:
                self._map = api.open_map(self.name)
            except NotFoundError:
                return
            self.description = description or self._map.description
            self.id_field = unique_id_field or self._map.roles.id

    @classmethod
    def of(cls, made: Map, *, id_field: str | None = None) -> Self:
        """The dataset of a map."""
        dataset = cls.__new__(cls)
        dataset.name, dataset.description, dataset.id_field = made.name, made.description, id_field
        dataset._map, dataset._waiting, dataset._is_reset = made, [], False
        return dataset

    @property
    def map(self) -> Map:
        """The map, as Portolan's own class.

        Raises
        ------
        InputError
            It has not been made yet.
        """
        if self._map is None:
            raise InputError(
                f"The dataset '{self.name}' has no map yet.",
                fix="Call add_data(…), then create_index(indexed_field=…).",
            )
        return self._map

    @property
    def maps(self) -> list[AtlasProjection]:
        """The map, in a list."""
        return [] if self._map is None else [AtlasProjection(self._map, id_field=self.id_field)]

    projections = maps
    indices = maps

    @property
    def id(self) -> str:
        """The map's folder name, without its ending."""
        return slug(self.name)

    slug = id
    identifier = id

    @property
    def total_datums(self) -> int:
        """Number of rows."""
        return self._map.n_rows if self._map else sum(table.num_rows for table in self._waiting)

    @property
    def dataset_fields(self) -> list[str]:
        """Names of the columns."""
        if self._map:
            return [name for name, _ in self._map.columns]
        return self._waiting[0].column_names if self._waiting else []

    project_fields = dataset_fields

    @property
    def modality(self) -> str:
        """Whether texts were embedded, or vectors given."""
        embedder = str(self._map.info()["parameters"].get("embedder", "")) if self._map else ""
        return "embedding" if embedder.startswith("vectors") else "text"

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        return self.map.rows.schema

    is_locked = False
    """Nothing works in the background: a call returns when it is done."""

    @property
    def is_accepting_data(self) -> bool:
        """Whether `add_data` can still be called."""
        return self._map is None

    @contextmanager
    def wait_for_dataset_lock(self) -> Iterator[AtlasDataset]:
        """Return at once: a dataset is never locked."""
        yield self

    wait_for_project_lock = wait_for_dataset_lock

    def get_map(self, name: str | None = None, *_ids: Any, **_more: Any) -> AtlasProjection:
        """The map; whatever it is asked by, there is one."""
        if self._map is None or (name is not None and name != self.name):
            raise NotFoundError(f"There is no map '{name or self.name}'.", fix="See dataset.maps.")
        return self.maps[0]

    def get_data(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The rows of these ids, in the order asked."""
        projection = self.get_map()
        return self.map.rows_by_id([int(row) for row in projection.row_ids(ids)])

    def add_data(self, data: Any, embeddings: Any = None, **options: Any) -> None:
        """Keep rows for `create_index`.

        Raises
        ------
        InputError
            The map is made already, or embeddings are given.
        """
        understood(options)
        if self._map is not None:
            raise InputError(f"The map of '{self.name}' is made; rows cannot be added to it.", fix=_WHOLE)
        if embeddings is not None:
            raise InputError("Embeddings cannot be added in parts.", fix="Use map_embeddings(embeddings, data=…).")
        self._waiting.append(pa.Table.from_batches(list(open_source(data).batches())))

    add_text = add_data

    def create_index(
        self, name: str | None = None, indexed_field: str | None = None, **options: Any
    ) -> AtlasProjection:
        """Make the map of the rows that `add_data` was given."""
        if not self._waiting:
            raise InputError(f"The dataset '{self.name}' has no rows.", fix="Call add_data(…) first.")
        chosen = understood({**options, "indexed_field": indexed_field})
        rows = pa.concat_tables(self._waiting, promote_options="permissive")
        given = {"description": self.description, "id": self.id_field, "replace": self._is_reset, **chosen}
        self._map = api.map_text(rows, **{**given, "name": self.name})
        self._waiting = []
        return self.maps[0]

    def delete_data(self, _ids: Sequence[str]) -> None:
        """Refuse, with what to do instead."""
        raise InputError("Rows cannot be taken out of a finished map.", fix=_WHOLE)

    def update_maps(self, *_data: Any, **_options: Any) -> None:
        """Refuse, with what to do instead."""
        raise InputError("Rows cannot be put into a finished map.", fix=_WHOLE)

    def rebuild_maps(self, **_options: Any) -> None:
        """Make everything derived again from the map's rows."""
        self._map = api.rebuild(self.map.path)

    def delete(self) -> None:
        """Delete the map's folder, with all that is in it."""
        shutil.rmtree(self.map.path)
        self._map = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}': {counted(self.total_datums, 'row')}>"

    def _repr_html_(self) -> str:
        return self.map._repr_html_()


class AtlasProject(AtlasDataset):
    """The same, under the client's first name for it."""

    def __init__(
        self, name: str, description: str = "", unique_id_field: str | None = None, modality: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, description, unique_id_field, **options)
