"""Where a map's clusters lie, and which of their names a picture shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.cluster_colors import cluster_colors, palette_cluster
from portolan.core.color import Rgb
from portolan.core.palette import Ground, PaletteName
from portolan.core.picture import Box, Frame, Mark, name_marks
from portolan.core.picture_colors import ancestors
from portolan.core.picture_names import Measure, NameCluster, extents, place_names, spots_on_land
from portolan.errors import NotFoundError
from portolan.pictures.parts import MapParts
from portolan.types import FloatArray

SAMPLE = 200_000
"""Rows, a fair sample, that tell how far clusters reach."""
CLUSTER_ROOM = 1.25
"""What is shown of a cluster, as a share of its reach."""
N_SPOTTED = 2
"""In so many of the coarsest layers a name that has no room at its cluster's middle looks for other land."""


class ClusterPlaces:
    """The clusters of one map. `side`: how wide the map is, map units."""

    def __init__(self, parts: MapParts, *, side: float) -> None:
        self._parts = parts
        self._side = side
        self.palette = [palette_cluster(line) for line in parts.clusters]

    def bounds(self, layer: int, cluster_id: int) -> Box:
        """The part of the map to show of a cluster: x0, y0, x1, y1. Raises NotFoundError."""
        for line, (x, y, radius) in zip(self._parts.clusters, self._reaches.tolist(), strict=True):
            if (line["layer"], line["cluster_id"]) == (layer, cluster_id):
                reach = CLUSTER_ROOM * radius
                return x - reach, y - reach, x + reach, y + reach
        raise NotFoundError(
            f"The map has no cluster {layer}/{cluster_id}.",
            fix="Give LAYER/ID as the map's table of clusters has them; layer 0 is the finest.",
        )

    @cached_property
    def _owners(self) -> list[NDArray[np.int64]]:
        """Cluster of the sample's rows, for each layer."""
        lines, finest = ancestors(self.palette), self._parts.finest
        if finest is None or not lines:
            return []
        codes = self._parts.codes(finest)[:SAMPLE].astype(np.int64)
        known = codes < len(lines[0])
        return [np.where(known, line[np.where(known, codes, 0)], -1) for line in lines]

    @cached_property
    def _reaches(self) -> FloatArray:
        """Middle and reach of each cluster, map units: float64 (n_clusters, 3), in the order of the table."""
        clusters, n_rows = self._parts.clusters, max(1, len(self._parts.points))
        if not clusters:
            return np.empty((0, 3))
        # What the table says, for clusters of which the sample has too few rows.
        reaches = np.array(
            [[line["x"], line["y"], 0.4 * self._side * (line["size"] / n_rows) ** 0.5] for line in clusters], np.float64
        )
        points = self._parts.points[:SAMPLE].astype(np.float64)
        for layer, owner in enumerate(self._owners):
            measured = extents(points, owner, int(owner.max(initial=-1)) + 1)
            for place in self._of_layer(layer):
                cluster_id = clusters[place]["cluster_id"]
                if cluster_id < len(measured) and np.isfinite(measured[cluster_id]).all():
                    reaches[place] = measured[cluster_id]
        reaches[:, 2] = np.maximum(reaches[:, 2], 1e-5 * self._side)
        return reaches

    def _of_layer(self, layer: int) -> list[int]:
        """Places in the table of a layer's clusters."""
        return [place for place, line in enumerate(self._parts.clusters) if line["layer"] == layer]

    def names(self, frame: Frame, measure: Measure, *, ground: Ground, palette: PaletteName) -> list[Mark]:
        """The names that have room in a frame."""
        clusters: Sequence[Mapping[str, Any]] = self._parts.clusters
        if not clusters:
            return []
        left, top, right, bottom = frame.box
        width, height = right - left, bottom - top
        corner = np.array([left, top])
        middles = frame.to_px(self._reaches[:, :2]).astype(np.float64) - corner
        radius = self._reaches[:, 2] * frame.px_per_unit
        spots = self._spots(frame, middles, radius)
        inside = [
            NameCluster(
                line["layer"], line["cluster_id"], line["name"], line["size"], x, y, reach, spots.get(place, ())
            )
            for place, (line, (x, y), reach) in enumerate(zip(clusters, middles.tolist(), radius.tolist(), strict=True))
            if line["name"] and -reach < x < width + reach and -reach < y < height + reach
        ]
        top_layer = max(line["layer"] for line in clusters)
        placed = place_names(inside, top=top_layer, width=width, height=height, measure=measure)
        colors = cluster_colors(self.palette, ground, palette=palette)
        inks: list[Rgb] = [colors[name.cluster.layer][name.cluster.cluster_id] for name in placed]
        return name_marks([replace(name, x=name.x + left, y=name.y + top) for name in placed], inks, ground)

    def _spots(
        self, frame: Frame, middles: FloatArray, radius: FloatArray
    ) -> dict[int, tuple[tuple[float, float], ...]]:
        """Further places for names of the coarsest layers, by place in the table."""
        left, top, right, bottom = frame.box
        sample = frame.to_px(self._parts.points[:SAMPLE]).astype(np.float64) - np.array([left, top])
        found: dict[int, tuple[tuple[float, float], ...]] = {}
        for layer in range(max(0, len(self._owners) - N_SPOTTED), len(self._owners)):
            places, owner = self._of_layer(layer), self._owners[layer]
            rank = np.full(int(owner.max(initial=-1)) + 2, -1, np.int64)  # the last place is where -1 looks
            for number, place in enumerate(places):
                if self._parts.clusters[place]["cluster_id"] < len(rank) - 1:
                    rank[self._parts.clusters[place]["cluster_id"]] = number
            at = np.column_stack([middles[places], radius[places]])
            spots = spots_on_land(at, sample, rank[owner], width=right - left, height=bottom - top)
            found.update(zip(places, spots, strict=True))
        return found
