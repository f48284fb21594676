"""What the map is, and its clusters."""

from __future__ import annotations

import contextlib
from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import TypeAdapter

import portolan
from portolan.core.answers import jsonable
from portolan.core.link import format_link
from portolan.describing import describe_clusters, describe_map
from portolan.errors import PortolanError
from portolan.home import author_name
from portolan.server.current import CurrentMap, LayoutName
from portolan.server.models import Cluster, ComparisonAnswer, LinkAnswer, MapInfo, Ping
from portolan.server.reader import MapReader

MOST_LINK = 200_000
CLUSTERS = TypeAdapter(list[Cluster])
_clusters_json: WeakKeyDictionary[MapReader, tuple[str, bytes]] = WeakKeyDictionary()


def map_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for the map as a whole."""
    router = APIRouter(tags=["map"])

    @router.get("/ping")
    def ping() -> Ping:
        """Which map this server serves, even while it is being made."""
        return Ping(map=str(current.path), version=portolan.__version__)

    @router.get("/map")
    def map_info(layout: LayoutName = None) -> MapInfo:
        """What the map is, and how far it is made."""
        return info_of(current.read(layout))

    @router.get("/link")
    def present_link(of: Annotated[str, Query(max_length=MOST_LINK)]) -> LinkAnswer:
        """A link made on a former layout, said of the present one: clusters are found again by their rows."""
        present = current.read().present_link(of)
        return LinkAnswer(link=format_link(present.link), notices=list(present.notices))

    @router.get("/clusters", response_model=list[Cluster])
    def clusters(layout: LayoutName = None) -> Response:
        """Every cluster of every layer."""
        return Response(clusters_json(current.read(layout)), media_type="application/json")

    @router.get("/layouts/{name}")
    def comparison(name: str) -> ComparisonAnswer:
        """How far the map's clusters differ in a further layout."""
        current.read(name)
        return ComparisonAnswer.model_validate(jsonable(current.read().compare(name).to_json()))

    return router


def warm_page(current: CurrentMap) -> None:
    """Do once what the first page would wait for: open the map, count its rows, write its clusters down."""
    with contextlib.suppress(PortolanError):
        reader = current.read()
        info_of(reader)
        clusters_json(reader)


def clusters_json(reader: MapReader) -> bytes:
    """The clusters of a map as the page takes them; made once for each state of the map."""
    version = str(reader.version)
    known = _clusters_json.get(reader)
    if known is None or known[0] != version:
        clusters = [Cluster.model_validate(cluster) for cluster in describe_clusters(reader)]
        known = _clusters_json[reader] = (version, CLUSTERS.dump_json(clusters))
    return known[1]


def info_of(reader: MapReader) -> MapInfo:
    """The map's metadata as the page takes it."""
    return MapInfo.model_validate({**describe_map(reader), "author": author_name()})
