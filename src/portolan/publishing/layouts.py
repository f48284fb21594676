"""Further layouts in a published site: tiles and topics of their own, and where each row lies; rows are the map's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from portolan.core.answers import jsonable
from portolan.describing import describe_clusters, describe_map
from portolan.publishing.folder import write_json
from portolan.publishing.packs import Pack, file_bytes
from portolan.publishing.redaction import Redaction, describe_redacted
from portolan.publishing.tile_copy import copy_tiles, write_columns
from portolan.stages.edit import MAIN
from portolan.store.files import write_errors

if TYPE_CHECKING:
    from portolan.map import Map

ROWS_A_PIECE = 64


def write_layouts(folder: Path, reader: Map, redaction: Redaction) -> None:
    """Write each further layout that is published into `folder/layouts/NAME`, and where rows lie on the map itself."""
    if not redaction.layouts:
        return
    write_places(folder, reader)
    for name in redaction.layouts:
        beside = reader.layouts[name]
        place = folder / "layouts" / name
        with write_errors(place):
            place.mkdir(parents=True, exist_ok=True)
        _write_layout(place, beside, redaction)
        write_json(place / "comparison.json", jsonable(reader.compare(name).to_json()))


def _write_layout(folder: Path, beside: Map, redaction: Redaction) -> None:
    tiles = beside.tiles_folder()
    index = json.loads((tiles / "tiles.json").read_bytes())
    given = {column["name"] for column in index["columns"] if column["kind"] != "cluster"}
    # What the map has under a name is left out or not there; what only the layout has is what rows keep of the map.
    facets = frozenset(name for name in given if name in redaction.facets or name == f"kept_neighbors_{MAIN}")
    index = copy_tiles(tiles, folder / "tiles" / str(beside.layout_id), index, facets=facets, layouts=[MAIN])
    # A filter is answered on the map itself: of the layout it needs codes alone.
    write_columns(tiles, folder / "columns", index, points=beside.points, read=None)
    write_places(folder, beside)
    write_json(folder / "map.json", describe_redacted(redaction, describe_map(beside)))
    write_json(folder / "clusters.json", describe_clusters(beside))


def write_places(folder: Path, reader: Map) -> None:
    """Write where each row lies and the cluster of each layer it is in, of fixed size, in row order."""
    n_layers = reader.n_layers
    record = np.dtype([("x", "<f4"), ("y", "<f4"), ("clusters", "<i4", (n_layers,))])
    records = np.zeros(reader.n_rows, record)
    records["x"], records["y"] = reader.points[:, 0], reader.points[:, 1]
    for layer in range(n_layers):
        records["clusters"][:, layer] = reader.cluster_ids(layer)
    with Pack(folder, "places", file_bytes=file_bytes(reader.n_rows)) as pack:
        for start in range(0, reader.n_rows, ROWS_A_PIECE):
            pack.add(records[start : start + ROWS_A_PIECE].tobytes())
    about: dict[str, Any] = {"n_rows": reader.n_rows, "n_layers": n_layers, "rows_a_piece": ROWS_A_PIECE}
    write_json(folder / "places.json", {**pack.to_json(), **about})
