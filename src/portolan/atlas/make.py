"""map_text, map_data, map_embeddings: any era's call makes a map on this machine."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from portolan import api
from portolan.atlas.arguments import understood
from portolan.atlas.dataset import AtlasProject
from portolan.errors import InputError, ShapeError
from portolan.home import maps_home, slug
from portolan.loaders import open_source


def map_text(
    data: Any, indexed_field: str | None = None, id_field: str | None = None, name: str | None = None, **options: Any
) -> AtlasProject:
    """Make a map of texts.

    Parameters
    ----------
    data : iterable of dict, data frame, table, or anything that `portolan.map_text` takes
    indexed_field : str, optional
        The column of the text; inferred if left out.
    id_field : str, optional
        The column of ids; rows count from 0 if left out.
    name : str, optional
        The dataset's name. A map of that name with the same data is used again.
    **options
        The client's other arguments: description, colorable_fields (any column can colour the map), projection or
        projection_n_neighbors, reset_project_if_exists, …; those without effect here warn once.

    Returns
    -------
    AtlasProject
        Which is an AtlasDataset too; the map is `.maps[0]`.
    """
    chosen = understood({**options, "indexed_field": indexed_field, "id_field": id_field, "name": name})
    return _made(data, chosen)


def map_data(data: Any = None, *, embeddings: Any = None, **options: Any) -> AtlasProject:
    """Make a map of texts, or of embeddings with or without data; see `map_text` for the options."""
    if embeddings is not None:
        return map_embeddings(embeddings, data, **options)
    if data is None:
        raise InputError("There is neither data nor embeddings.", fix="Give data=… or embeddings=….")
    return _made(data, understood(options))


def map_embeddings(embeddings: Any, data: Any = None, **options: Any) -> AtlasProject:
    """Make a map of given vectors.

    Parameters
    ----------
    embeddings : array of numbers, shape (n_rows, n_dims)
        Kept beside the map, as `NAME.vectors.npy`.
    data : iterable of dict, data frame or table, optional
        One row for each vector; if left out, rows hold their number.
    """
    vectors = np.asarray(embeddings, dtype=np.float32)
    rows = pa.table({"id": [str(place) for place in range(len(vectors))]}) if data is None else _table(data)
    if len(vectors) != len(rows):
        raise ShapeError(
            f"There are {len(vectors):,} embeddings and {len(rows):,} rows of data.",
            fix="Give one vector for each row, in the same order.",
        )
    chosen = {"name": _free_name(), **understood(options)}
    path = maps_home() / f"{slug(chosen['name'])}.vectors.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return _made(rows, {**chosen, "embedder": f"vectors:{path}"})


def _table(data: Any) -> pa.Table:
    return pa.Table.from_batches(list(open_source(data).batches()))


def _made(data: Any, chosen: dict[str, Any]) -> AtlasProject:
    made = api.map_text(data, **{"name": _free_name(), **chosen})
    sys.stderr.write(f"The map '{made.name}' is in {made.path}. Open it: portolan open {made.path}\n")
    return AtlasProject.of(made, id_field=chosen.get("id"))


def _free_name() -> str:
    """A name for a map that was given none."""
    return f"Dataset {datetime.now(UTC):%Y-%m-%d %H%M%S}"
