"""What an agent may ask of a map. Every tool reads; none writes, and none starts anything unless it was allowed to."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from portolan import running
from portolan.agents.clusters import layer_and_id, list_clusters, tell_cluster
from portolan.agents.describing import count_values, describe
from portolan.agents.opened import OpenedMap
from portolan.agents.texts import NOTICE, ROW_CHARACTERS, SNIPPET_CHARACTERS, plain, rows_for_agents
from portolan.core.search import Hit
from portolan.errors import InputError
from portolan.filtering import Clause
from portolan.map import Map

Where = Annotated[
    str | None, Field(description="Only rows that meet this filter: an SQL WHERE condition. See `describe`.")
]
By = Annotated[list[str], Field(max_length=8, description="Columns by which to count the rows")]
RowIds = Annotated[list[int], Field(max_length=500, description="Rows: the first is opened, all are marked")]
RowId = Annotated[int, Field(ge=0, description="Id of a row")]
Few = Annotated[int, Field(ge=1, le=50, description="At most this many")]
Many = Annotated[int, Field(ge=1, le=500, description="At most this many")]
Layer = Annotated[int | None, Field(ge=0, description="0 is the finest; default: the coarsest")]
ClusterName = Annotated[str, Field(description="LAYER/ID, for instance 2/17")]


class MapTools:
    """The tools, on one map. Each method's first line is what the agent is told of it."""

    def __init__(self, opened: OpenedMap, *, may_start_server: bool = False) -> None:
        self._opened = opened
        self._may_start_server = may_start_server

    @property
    def _map(self) -> Map:
        return self._opened.read()

    def describe(self) -> dict[str, Any]:
        """What the map holds: rows, columns with their values, clusters, how filters are written. Ask this first."""
        return {**describe(self._map), "notice": NOTICE}

    def search(
        self,
        query: Annotated[str, Field(description='Words, "exact phrases", -words to leave out; or a sentence')] = "",
        where: Where = None,
        like: Annotated[int | None, Field(ge=0, description="Instead of a query: find rows like this one")] = None,
        limit: Few = 10,
    ) -> dict[str, Any]:
        """Rows that match a query by words and by meaning, best first; or rows like a row."""
        if not query.strip() and like is None:
            raise InputError("There is nothing to search for.", fix="Give a query, or `like` with a row's id.")
        hits = self._map.search(query, limit=limit, like=like, where=where)
        return {"hits": [_hit(hit) for hit in hits], "notice": NOTICE}

    def filter(
        self,
        where: Annotated[str, Field(description="A filter: an SQL WHERE condition. See `describe`.")],
        by: By = [],  # noqa: B006 - pydantic copies it
        sample: Annotated[int, Field(ge=0, le=50, description="Rows to show: a fair sample")] = 5,
    ) -> dict[str, Any]:
        """How many rows meet a filter, a fair sample of them, and how they divide by columns."""
        of = self._map
        sift = of.filterer.sift([Clause("asked", where)])
        row_ids = of.filterer.memory.order[of.filterer.sample(sift, sample)].tolist()
        return {
            "rows": sift.n_shown,
            "share_of_map": round(sift.n_shown / max(1, of.n_rows), 6),
            "sample": rows_for_agents(of, row_ids, max_characters=SNIPPET_CHARACTERS),
            "by": [count_values(of, name, where=where, limit=20) for name in by],
            "notice": NOTICE,
        }

    def read_rows(
        self,
        row_ids: Annotated[list[RowId], Field(min_length=1, max_length=50)],
        max_characters: Annotated[int, Field(ge=50, le=50_000, description="Of each part of a row")] = ROW_CHARACTERS,
    ) -> dict[str, Any]:
        """Rows in full: what they say (of pairs: prompt, chosen, rejected), their columns and clusters."""
        return {"rows": rows_for_agents(self._map, row_ids, max_characters=max_characters), "notice": NOTICE}

    def clusters(
        self,
        layer: Layer = None,
        parent: Annotated[str | None, Field(description="Only the parts of this cluster: LAYER/ID")] = None,
        limit: Many = 100,
    ) -> dict[str, Any]:
        """Clusters of a layer, or the parts of one, the largest first: names, keyphrases, numbers of rows."""
        return {**list_clusters(self._map, layer=layer, parent=parent, limit=limit), "notice": NOTICE}

    def cluster(self, cluster: ClusterName) -> dict[str, Any]:
        """One cluster: keyphrases, rows that show what it is about, what is above and in it, values of its columns."""
        return {**tell_cluster(self._map, cluster), "notice": NOTICE}

    def neighbors(self, row_id: RowId, limit: Few = 10) -> dict[str, Any]:
        """The rows whose texts are most similar to a row's, the nearest first."""
        of = self._map
        found, similarities = of.neighbors([row_id], limit)
        rows = rows_for_agents(of, [int(row) for row in found[0]], max_characters=SNIPPET_CHARACTERS)
        near = [{"similarity": round(float(value), 4), **row} for value, row in zip(similarities[0], rows, strict=True)]
        return {"neighbors": near, "notice": NOTICE}

    def findings(
        self,
        name: Annotated[str | None, Field(description="One finding whole; default: all in short")] = None,
    ) -> dict[str, Any]:
        """What an audit of preference pairs found, where from, what its owner says of it; and what a model can tell."""
        page = self._map.audit_page
        if name is not None:
            return {"finding": page.finding(name), "notice": NOTICE}
        known = page.now()
        if not known["is_looked"]:
            raise InputError(
                "Nobody has audited these pairs yet.", fix=f"The person runs: portolan audit '{self._map.path}'."
            )
        return {**known, "effects": [effect["verdict"] for effect in known["effects"]], "notice": NOTICE}

    def facets(
        self,
        column: Annotated[str, Field(description="A category, boolean, number, time, or cluster_0, cluster_1 …")],
        where: Where = None,
        limit: Many = 30,
    ) -> dict[str, Any]:
        """How many rows have each value of a column (numbers and times: lie in each of 32 ranges), within a filter."""
        return {**count_values(self._map, column, where=where, limit=limit), "notice": NOTICE}

    def link(
        self,
        rows: RowIds = [],  # noqa: B006 - pydantic copies it
        cluster: Annotated[str | None, Field(description="A cluster to look at: LAYER/ID")] = None,
        where: Where = None,
        query: Annotated[str | None, Field(description="A search whose results are listed")] = None,
        color: Annotated[str | None, Field(description="Column that points are coloured by")] = None,
        beside: Annotated[
            str | None, Field(description="A further layout to compare with, beside the map's own: see `describe`")
        ] = None,
    ) -> dict[str, Any]:
        """A link for the person that opens the map's page at rows, a cluster, a filter, a search or a comparison."""
        of = self._map
        layer, cluster_id = layer_and_id(cluster) if cluster is not None else (None, None)
        what = {"where": where, "query": query, "color": color, "beside": beside}
        part = of.link_part(rows=rows, layer=layer, cluster=cluster_id, **what)
        server = running.find(of.path)
        if server is not None or self._may_start_server:
            return {"link": (server.url if server else running.background(of.path)) + part}
        return {
            "link": None,
            "part": part,
            "how_to_open": f"No page of this map is open. The person runs: portolan open '{of.path}' and adds `part` "
            "to the address that it prints.",
        }

    def picture(
        self,
        cluster: Annotated[str | None, Field(description="Show this cluster: LAYER/ID; default: the whole map")] = None,
        where: Annotated[str | None, Field(description="A filter: rows that do not meet it are faded")] = None,
        color: Annotated[str | None, Field(description="Column that points are coloured by")] = None,
        width: Annotated[int, Field(ge=320, le=1600)] = 1000,
        height: Annotated[int, Field(ge=240, le=1600)] = 700,
    ) -> bytes:
        """A picture of the map with the names of its clusters and a legend (PNG)."""
        shown = None if cluster is None else layer_and_id(cluster)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "map.png"
            self._map.picture(path, cluster=shown, where=where, color=color, width=width, height=height, scale=1)
            return path.read_bytes()


def _hit(hit: Hit) -> dict[str, Any]:
    text = "".join(piece for piece, _ in hit.snippet)
    return {
        "row_id": hit.row_id,
        "score": round(hit.score, 5),
        "found_by": list(hit.found_by),
        "text": plain(text, SNIPPET_CHARACTERS),
    }
