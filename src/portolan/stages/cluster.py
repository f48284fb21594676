"""Cluster and name: nested groups of similar rows, and what to call them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from portolan.core.cluster import cluster as find_clusters
from portolan.core.exemplars import describe_clusters
from portolan.core.keyphrases import keyphrases, rows_to_read
from portolan.options import plugin_name
from portolan.plugins import ClusterSketch, namers
from portolan.stages.embed import map_layout
from portolan.stages.run import Run
from portolan.stages.texts import layout_texts_of

EXEMPLAR_CHARACTERS = 600


def cluster(run: Run) -> None:
    """Nested layers of clusters, the finest first."""
    random_state = run.options.random_state

    def work(key: str) -> dict[str, Any]:
        layers = find_clusters(run.graph, vectors=run.vectors, random_state=random_state, report=run.report)
        run.store.write_clusters(layers, key=key)
        shares = {f"share_in_layer_{layer}": round(float((ids >= 0).mean()), 4) for layer, ids in enumerate(layers)}
        return {"clusters": [int(ids.max(initial=-1)) + 1 for ids in layers], "shares": shares}

    run.stage("cluster", after=["neighbors"], parameters={"random_state": random_state}, work=work)


def name_clusters(run: Run) -> None:
    """The table of clusters: keyphrases, exemplars, names, and where each name stands on the map."""
    name, argument = plugin_name(run.options.namer)
    namer = namers.get(name)(argument, cache_folder=run.store.answers_folder())

    def work(key: str) -> None:
        table = describe_clusters(run.layers, vectors=run.vectors, points=run.points)
        rows = rows_to_read(run.layers, random_state=run.options.random_state)
        phrases = keyphrases(
            layout_texts_of(run.store, run.roles, map_layout(run), rows),
            run.layers,
            rows=rows,
            threads=run.options.threads,
            report=run.report,
        )
        flat = [list(of_cluster) for of_layer in phrases for of_cluster in of_layer]
        names = namer.name(_sketches(run, table, flat), report=run.report)
        named = table.add_column(3, "name", pa.array(names, pa.string()))
        named = named.add_column(4, "keyphrases", pa.array(flat, pa.list_(pa.string())))
        run.store.write_table("topics", named, key=key)

    run.stage("name", after=["cluster", "project"], parameters={"namer": namer.key}, work=work)


def _sketches(run: Run, table: pa.Table, phrases: list[list[str]]) -> list[ClusterSketch]:
    """What a namer sees of each cluster of `table`."""
    clusters = table.to_pylist()
    shown = np.unique(np.array([row for cluster in clusters for row in cluster["exemplars"]], np.int64))
    text_of = dict(
        zip(shown.tolist(), layout_texts_of(run.store, run.roles, map_layout(run), shown).to_pylist(), strict=True)
    )
    siblings: dict[tuple[int, int], list[int]] = {}
    for entry in clusters:
        siblings.setdefault((entry["layer"], entry["parent_id"]), []).append(entry["cluster_id"])
    return [
        ClusterSketch(
            cluster_id=entry["cluster_id"],
            layer=entry["layer"],
            parent_id=entry["parent_id"],
            size=entry["size"],
            keyphrases=tuple(of_cluster),
            exemplars=tuple(text_of[row][:EXEMPLAR_CHARACTERS] for row in entry["exemplars"]),
            siblings=tuple(i for i in siblings[entry["layer"], entry["parent_id"]] if i != entry["cluster_id"]),
        )
        for entry, of_cluster in zip(clusters, phrases, strict=True)
    ]
