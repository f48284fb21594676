"""Topics under the client's names: depth 1 is the coarsest layer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from portolan.atlas.frames import frame
from portolan.core.columns import seconds_of
from portolan.map import Map

NO_TOPIC = ""
"""The topic of a row without text."""


class AtlasTopics:
    """The clusters of a map."""

    def __init__(self, made: Map, ids: list[str], *, id_field: str | None) -> None:
        self._map = made
        self._ids = ids
        self._id_field = id_field or "id"

    @property
    def depth(self) -> int:
        """Number of layers."""
        return self._map.n_layers

    def _layer(self, topic_depth: int) -> int:
        return self._map.n_layers - topic_depth

    @cached_property
    def _clusters(self) -> list[dict[str, Any]]:
        """All clusters, coarse to fine; each knows its line here as `topic_id`."""
        clusters: list[dict[str, Any]] = self._map.clusters.to_pylist()
        clusters.sort(key=lambda cluster: (-cluster["layer"], cluster["cluster_id"]))
        return [{**cluster, "topic_id": place} for place, cluster in enumerate(clusters)]

    @cached_property
    def _by_id(self) -> dict[tuple[int, int], dict[str, Any]]:
        return {(cluster["layer"], cluster["cluster_id"]): cluster for cluster in self._clusters}

    def _names(self, topic_depth: int) -> list[str]:
        layer = self._layer(topic_depth)
        names = {key: cluster["name"] for key, cluster in self._by_id.items()}
        return [names.get((layer, int(cluster_id)), NO_TOPIC) for cluster_id in self._map.cluster_ids(layer)]

    @property
    def tb(self) -> pa.Table:
        """An Arrow table: id, topic_depth_1, …; the coarsest first."""
        columns = {f"topic_depth_{depth}": self._names(depth) for depth in range(1, self.depth + 1)}
        return pa.table({self._id_field: self._ids, **columns})

    @property
    def df(self) -> Any:
        """The same as a pandas frame."""
        return frame(self.tb)

    @property
    def metadata(self) -> Any:
        """A pandas frame with a line a topic: topic_id, depth, topic_depth_1 …, and descriptions."""
        lines = []
        for cluster in self._clusters:
            path = self._path(cluster)
            names = {f"topic_depth_{depth}": path.get(depth) for depth in range(1, self.depth + 1)}
            lines.append(
                {
                    "topic_id": cluster["topic_id"],
                    "depth": self._map.n_layers - cluster["layer"],
                    **names,
                    "topic_short_description": cluster["name"],
                    "topic_description": ", ".join(cluster["keyphrases"]),
                }
            )
        return frame(pa.Table.from_pylist(lines))

    def _path(self, cluster: dict[str, Any]) -> dict[int, str]:
        """Depth to name, of a cluster and those it lies in."""
        path = {}
        step: dict[str, Any] | None = cluster
        while step is not None:
            path[self._map.n_layers - step["layer"]] = step["name"]
            step = self._by_id.get((step["layer"] + 1, step["parent_id"]))
        return path

    def _children(self, cluster: dict[str, Any]) -> list[dict[str, Any]]:
        layer, cluster_id = cluster["layer"], cluster["cluster_id"]
        return [one for one in self._clusters if one["layer"] == layer - 1 and one["parent_id"] == cluster_id]

    @property
    def hierarchy(self) -> dict[tuple[str, int], list[str]]:
        """(topic, depth) to the names of its subtopics; topics of the finest layer are left out."""
        parents = [cluster for cluster in self._clusters if cluster["layer"] > 0]
        return {
            (cluster["name"], self._map.n_layers - cluster["layer"]): [
                child["name"] for child in self._children(cluster)
            ]
            for cluster in parents
        }

    def group_by_topic(self, topic_depth: int = 1) -> list[dict[str, Any]]:
        """A dict a topic of that depth: subtopics, subtopic_ids, topic_id, descriptions, datum_ids (a set)."""
        layer = self._layer(topic_depth)
        cluster_ids = self._map.cluster_ids(layer)
        groups = []
        for cluster in self._clusters:
            if cluster["layer"] == layer:
                children = self._children(cluster)
                members = np.flatnonzero(cluster_ids == cluster["cluster_id"])
                groups.append(
                    {
                        "subtopics": [child["name"] for child in children],
                        "subtopic_ids": [child["topic_id"] for child in children],
                        "topic_id": cluster["topic_id"],
                        "topic_short_description": cluster["name"],
                        "topic_long_description": ", ".join(cluster["keyphrases"]),
                        "datum_ids": {self._ids[row] for row in members},
                    }
                )
        return groups

    def get_topic_density(self, time_field: str, start: Any, end: Any) -> dict[str, int]:
        """Number of rows of each topic of depth 1 with a time from `start` up to, but not with, `end`."""
        times = seconds_of(self._map.rows.column(time_field))
        first, last = seconds_of(pa.array([start]))[0], seconds_of(pa.array([end]))[0]
        names = np.array(self._names(1))[(times >= first) & (times < last)]
        topics, counts = np.unique(names[names != NO_TOPIC], return_counts=True)
        return {str(topic): int(count) for topic, count in zip(topics, counts, strict=True)}
