"""What the map is, and its clusters."""

from __future__ import annotations

import contextlib
from typing import Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import TypeAdapter

import portolan
from portolan.errors import PortolanError
from portolan.server.answers import jsonable
from portolan.server.current import CurrentMap
from portolan.server.models import Cluster, ColumnInfo, LayerInfo, MapInfo, Ping
from portolan.server.reader import MapReader
from portolan.stages import STAGES
from portolan.types import Roles

SHOWN_KEYPHRASES = 5
CLUSTERS = TypeAdapter(list[Cluster])
_clusters_json: WeakKeyDictionary[MapReader, bytes] = WeakKeyDictionary()


def map_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for the map as a whole."""
    router = APIRouter(tags=["map"])

    @router.get("/ping")
    def ping() -> Ping:
        """Which map this server serves, even while it is being made."""
        return Ping(map=str(current.path), version=portolan.__version__)

    @router.get("/map")
    def map_info() -> MapInfo:
        """What the map is, and how far it is made."""
        return info_of(current.read())

    @router.get("/clusters", response_model=list[Cluster])
    def clusters() -> Response:
        """Every cluster of every layer."""
        return Response(clusters_json(current.read()), media_type="application/json")

    return router


def warm_page(current: CurrentMap) -> None:
    """Do once what the first page would wait for: open the map, count its rows, write its clusters down."""
    with contextlib.suppress(PortolanError):
        reader = current.read()
        info_of(reader)
        clusters_json(reader)


def clusters_json(reader: MapReader) -> bytes:
    """The clusters of a map as the page takes them; made once for each state of the map."""
    if reader not in _clusters_json:
        rows = reader.clusters_table().to_pylist()
        _clusters_json[reader] = CLUSTERS.dump_json([Cluster.model_validate(jsonable(_shown(row))) for row in rows])
    return _clusters_json[reader]


def _shown(cluster: dict[str, Any]) -> dict[str, Any]:
    """A cluster with figures as fine as a page can show: thousands of them stay well below a megabyte."""
    short = {name: float(f"{cluster[name]:.5g}") for name in ("x", "y", "density")}
    return {**cluster, **short, "keyphrases": cluster["keyphrases"][:SHOWN_KEYPHRASES]}


def info_of(reader: MapReader) -> MapInfo:
    """The map's metadata as the page takes it."""
    next_stage = next((stage for stage in STAGES if stage not in reader.stages), None)
    roles = roles_of_columns(reader.roles)
    return MapInfo(
        name=reader.name,
        description=reader.description,
        n_rows=reader.n_rows,
        kind=reader.roles.kind,
        roles=reader.roles_text,
        columns=[ColumnInfo(name=name, type=kind, role=roles.get(name)) for name, kind in reader.columns],
        layout=reader.layout_id,
        layers=[LayerInfo(layer=layer, clusters=n_clusters) for layer, n_clusters in reader.layers],
        quality=jsonable(reader.quality),
        stages=jsonable(reader.stages),
        state="ready" if next_stage is None else "building",
        next_stage=next_stage,
        is_searchable=reader.is_searchable,
        version=str(reader.version),
    )


def roles_of_columns(roles: Roles) -> dict[str, str]:
    """Which part each column plays. A column that plays two is named by the first of text, pair, id, time, others."""
    parts: list[tuple[Any, str]] = [(name, "number") for name in roles.numbers]
    parts += [(name, "category") for name in roles.categories]
    parts += [(name, part) for part, name in roles.notes.items()]
    parts += [(getattr(roles, part), part) for part in ("time", "id", "rejected", "chosen", "prompt", "text")]
    return {name: part for name, part in parts if name is not None}
