"""What there is to know of one cluster: its rows, words, columns, and what lies in it and beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from portolan.core.answers import jsonable
from portolan.core.keyphrases import keyphrases
from portolan.core.preview import preview_line
from portolan.core.tags import counts_by_tag
from portolan.errors import NotFoundError
from portolan.filtering import Clause
from portolan.stages.texts import layout_texts_of
from portolan.types import Layout

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

READ_ROWS = 1500
"""Of a cluster and of its siblings, to find what sets it apart."""
MOST_PHRASES = 10
MOST_VALUES = 8
MOST_NEIGHBORS = 6


def cluster_page(of: Map, store: Store, layer: int, cluster_id: int) -> dict[str, Any]:
    """The page of a cluster, as `portolan.server.models.ClusterPage` has it.

    Raises
    ------
    NotFoundError
        There is no such cluster.
    """
    clusters = of.clusters.to_pylist()
    known = {(one["layer"], one["cluster_id"]): one for one in clusters}
    cluster = known.get((layer, cluster_id))
    if cluster is None:
        raise NotFoundError(f"Layer {layer} has no cluster {cluster_id}.", fix="See /api/clusters for ids and layers.")
    siblings = [
        one
        for one in clusters
        if one["layer"] == layer and one["parent_id"] == cluster["parent_id"] and one["cluster_id"] != cluster_id
    ]
    parent = known.get((layer + 1, cluster["parent_id"]))
    inside = [one for one in clusters if one["layer"] == layer - 1 and one["parent_id"] == cluster_id]
    return {
        "cluster": jsonable(cluster),
        "parent": None if parent is None else _brief(parent),
        "n_siblings": len(siblings),
        "exemplars": _exemplars(of, cluster["exemplars"]),
        "phrases": _phrases(of, store, layer, cluster_id, [one["cluster_id"] for one in siblings]),
        "columns": _columns(of, layer, cluster_id),
        "subclusters": [_brief(one) for one in sorted(inside, key=lambda one: -one["size"])],
        "neighbors": _neighbors(store, cluster, [one for one in clusters if one["layer"] == layer]),
    }


def _brief(cluster: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cluster[name] for name in ("layer", "cluster_id", "name", "size")}


def _exemplars(of: Map, row_ids: list[int]) -> list[dict[str, Any]]:
    rows = of.rows_by_id(row_ids)
    return [
        {"row_id": row_id, "preview": preview_line(jsonable(of.reading(row)))}
        for row_id, row in zip(row_ids, rows, strict=True)
    ]


def _phrases(of: Map, store: Store, layer: int, cluster_id: int, siblings: list[int]) -> list[dict[str, Any]]:
    """What is said in a cluster and not in its siblings; where it has none, not in the rest of its layer."""
    ids = of.cluster_ids(layer)
    own = np.flatnonzero(ids == cluster_id)
    others = np.flatnonzero(np.isin(ids, siblings) if siblings else (ids >= 0) & (ids != cluster_id))
    seen = [side[:: -(-len(side) // READ_ROWS) or 1].astype(np.int64) for side in (own, others)]
    texts = layout_texts_of(store, of.roles, _layout(of, store), np.concatenate(seen))
    if not len(seen[1]):
        return [
            {"phrase": phrase, "share": None, "share_of_siblings": None} for phrase in _names(of, layer, cluster_id)
        ]
    sides = np.repeat(np.array([0, 1], np.int32), [len(side) for side in seen])
    [[phrases, _]] = keyphrases(texts, [sides])
    lowered = pc.utf8_lower(texts)
    told = []
    for phrase in phrases[:MOST_PHRASES]:
        has = pc.match_substring(lowered, phrase.lower()).to_numpy(zero_copy_only=False)
        told.append(
            {
                "phrase": phrase,
                "share": round(float(has[: len(seen[0])].mean()), 4),
                "share_of_siblings": round(float(has[len(seen[0]) :].mean()), 4),
            }
        )
    return told


def _names(of: Map, layer: int, cluster_id: int) -> list[str]:
    table = of.clusters.filter((pc.field("layer") == layer) & (pc.field("cluster_id") == cluster_id))
    return list(table["keyphrases"].to_pylist()[0])


def _layout(of: Map, store: Store) -> Layout:
    layout: Layout = store.manifest.facts.get("parameters", {}).get("layout", "chosen")
    return layout if of.roles.kind == "pair" else "chosen"


def _columns(of: Map, layer: int, cluster_id: int) -> list[dict[str, Any]]:
    """Values of every column inside and in the whole map."""
    memory = of.filterer.memory
    columns = [one for one in memory.columns if one["kind"] != "cluster"]
    slugs = [one["slug"] for one in columns]
    inside = of.filterer.sift([Clause("", f"cluster_{layer} = {cluster_id}")], facets=slugs)
    whole = of.filterer.sift([], facets=slugs)
    return [_breakdown(one, inside.counts[one["slug"]].tolist(), whole.counts[one["slug"]].tolist()) for one in columns]


def _breakdown(column: Mapping[str, Any], inside: list[int], whole: list[int]) -> dict[str, Any]:
    """One column: of a category the values most frequent inside, of a number the 32 bins."""
    about = {name: column[name] for name in ("name", "slug", "kind")}
    about |= {"missing_inside": inside[-1], "missing": whole[-1], "n_inside": sum(inside), "n": sum(whole)}
    if column["kind"] in ("number", "time"):
        return {**about, "min": column["min"], "max": column["max"], "inside": inside[:-1], "whole": whole[:-1]}
    if column.get("is_list"):
        return {**about, **_tag_shares(column, inside, whole)}
    ranked = sorted(range(len(inside) - 1), key=lambda code: (-inside[code], code))[:MOST_VALUES]
    values = [
        {"value": str(column["values"][code][0]), "code": code, "inside": inside[code], "whole": whole[code]}
        for code in ranked
        if inside[code]
    ]
    return {**about, "values": values, "n_values": sum(1 for count in inside[:-1] if count)}


def _tag_shares(column: Mapping[str, Any], inside: list[int], whole: list[int]) -> dict[str, Any]:
    """The tags most frequent inside; `code` is a tag's place among the map's tags, the most frequent first."""
    of_all, here = counts_by_tag(column, whole), counts_by_tag(column, inside)
    places = {tag: place for place, tag in enumerate(of_all)}
    values = [
        {"value": tag, "code": places[tag], "inside": count, "whole": of_all[tag]}
        for tag, count in list(here.items())[:MOST_VALUES]
        if count
    ]
    return {"values": values, "n_values": sum(1 for count in here.values() if count)}


def _neighbors(store: Store, cluster: Mapping[str, Any], layer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Clusters of the layer nearest in meaning, by the middle of their exemplars."""
    rows = np.concatenate([np.asarray(one["exemplars"], np.int64) for one in layer])
    vectors = store.read_vectors(rows)
    at = np.cumsum([0, *(len(one["exemplars"]) for one in layer)])
    middles = np.stack([vectors[at[i] : at[i + 1]].mean(axis=0) for i in range(len(layer))])
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    own = next(place for place, one in enumerate(layer) if one["cluster_id"] == cluster["cluster_id"])
    similarities = middles @ middles[own]
    order = [place for place in np.argsort(-similarities, kind="stable").tolist() if place != own][:MOST_NEIGHBORS]
    return [{**_brief(layer[place]), "similarity": round(float(similarities[place]), 4)} for place in order]
