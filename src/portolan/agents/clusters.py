"""Clusters as an agent reads them: those of a layer or the parts of one, and one with what shows what it is about."""

from __future__ import annotations

from typing import Any

from portolan.agents.describing import count_values
from portolan.agents.texts import SNIPPET_CHARACTERS, cleaned, rows_for_agents
from portolan.core.link import parse_link
from portolan.errors import InputError, NotFoundError
from portolan.map import Map

BREAKDOWN_COLUMNS = 6
BREAKDOWN_VALUES = 8


def list_clusters(of: Map, *, layer: int | None, parent: str | None, limit: int) -> dict[str, Any]:
    """Clusters of a layer (default: the coarsest), or the parts of the cluster `parent`; the largest first.

    Raises
    ------
    NotFoundError
        There is no such layer or cluster, or the clusters are not made yet.
    """
    lines = _lines(of)
    coarsest = max(line["layer"] for line in lines)
    if parent is not None:
        above = find_cluster(of, parent)
        chosen = _parts(lines, above)
    else:
        layer = coarsest if layer is None else layer
        if not 0 <= layer <= coarsest:
            raise NotFoundError(f"There is no layer {layer}.", fix=f"Layers go from 0 (the finest) to {coarsest}.")
        chosen = [line for line in lines if line["layer"] == layer]
    chosen.sort(key=lambda line: (-line["size"], line["cluster_id"]))
    listed = [{**_brief(line), "parts": len(_parts(lines, line))} for line in chosen[:limit]]
    return {"clusters": listed, "left_out": max(0, len(chosen) - limit)}


def tell_cluster(of: Map, cluster: str) -> dict[str, Any]:
    """One cluster: names, phrases, what is above and in it, rows that show it, and its values beside all rows'."""
    lines = _lines(of)
    line = find_cluster(of, cluster)
    above = [one for one in lines if (one["layer"], one["cluster_id"]) == (line["layer"] + 1, line["parent_id"])]
    where = f"cluster_{line['layer']} = {line['cluster_id']}"
    counted = [column for column in of.filterer.memory.columns if column["kind"] in ("category", "boolean")]
    exemplars = [int(row) for row in line["exemplars"]][:5]
    return {
        **_brief(line),
        "where": where,
        "share_of_map": round(line["size"] / max(1, of.n_rows), 4),
        "above": _brief(above[0]) if above else None,
        "parts": [_brief(one) for one in sorted(_parts(lines, line), key=lambda one: -one["size"])],
        "exemplars": rows_for_agents(of, exemplars, max_characters=SNIPPET_CHARACTERS),
        "values": [
            count_values(of, column["name"], where=where, limit=BREAKDOWN_VALUES)
            for column in counted[:BREAKDOWN_COLUMNS]
        ],
    }


def find_cluster(of: Map, cluster: str) -> dict[str, Any]:
    """The line of a cluster given as `LAYER/ID`. Raises InputError, NotFoundError."""
    found = layer_and_id(cluster)
    for line in _lines(of):
        if (line["layer"], line["cluster_id"]) == found:
            return line
    raise NotFoundError(f"Layer {found[0]} has no cluster {found[1]}.", fix="The tool `clusters` lists them.")


def layer_and_id(cluster: str) -> tuple[int, int]:
    """Layer and cluster_id in `LAYER/ID`. Raises InputError."""
    found = parse_link(f"cluster={cluster}").cluster
    if found is None:
        raise InputError(f"There is no cluster {cluster!r}.", fix="Give LAYER/ID, 0/17 for one of the finest layer.")
    return found


def _lines(of: Map) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = of.clusters_table().to_pylist()
    if not lines:
        raise NotFoundError("The map has no clusters yet.", fix="Let portolan map finish.")
    return lines


def _parts(lines: list[dict[str, Any]], of: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in lines if (line["layer"] + 1, line["parent_id"]) == (of["layer"], of["cluster_id"])]


def _brief(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "cluster": f"{line['layer']}/{line['cluster_id']}",
        "name": cleaned(line["name"]),
        "keyphrases": cleaned(list(line["keyphrases"])[:8]),
        "rows": line["size"],
    }
