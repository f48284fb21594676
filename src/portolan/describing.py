"""What the page is told of a map as a whole: the same from the server and in a published site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portolan.core.answers import jsonable
from portolan.stages import STAGES
from portolan.types import Roles

if TYPE_CHECKING:
    from portolan.server.reader import MapReader

SHOWN_KEYPHRASES = 5


def describe_map(reader: MapReader) -> dict[str, Any]:
    """The map's metadata, as `portolan.server.models.MapInfo` has it."""
    next_stage = next((stage for stage in STAGES if stage not in reader.stages), None)
    roles = roles_of_columns(reader.roles)
    return {
        "name": reader.name,
        "description": reader.description,
        "n_rows": reader.n_rows,
        "kind": reader.roles.kind,
        "roles": reader.roles_text,
        "columns": [{"name": name, "type": kind, "role": roles.get(name)} for name, kind in reader.columns],
        "layout": reader.layout_id,
        "layouts": jsonable(reader.layout_notes()),
        "layers": [{"layer": layer, "clusters": n_clusters} for layer, n_clusters in reader.layers],
        "quality": jsonable(reader.quality),
        "stages": jsonable(reader.stages),
        "state": "ready" if next_stage is None else "building",
        "next_stage": next_stage,
        "is_searchable": reader.is_searchable,
        "version": str(reader.version),
    }


def describe_clusters(reader: MapReader) -> list[dict[str, Any]]:
    """Every cluster of every layer, as `portolan.server.models.Cluster` has it."""
    return [jsonable(_shown(row)) for row in reader.clusters_table().to_pylist()]


def _shown(cluster: dict[str, Any]) -> dict[str, Any]:
    """A cluster with figures as fine as a page can show: thousands of them stay well below a megabyte."""
    found = [_rounded(one, "x", "y") for one in cluster["found"]]
    short = {"found": found, "keyphrases": cluster["keyphrases"][:SHOWN_KEYPHRASES]}
    return {**_rounded(cluster, "x", "y", "density"), **short}


def _rounded(figures: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**figures, **{name: float(f"{figures[name]:.5g}") for name in names}}


def roles_of_columns(roles: Roles) -> dict[str, str]:
    """Which part each column plays. A column that plays two is named by the first of text, pair, id, time, others."""
    parts: list[tuple[Any, str]] = [(name, "number") for name in roles.numbers]
    parts += [(name, "category") for name in roles.categories]
    parts += [(name, part) for part, name in roles.notes.items()]
    parts += [(getattr(roles, part), part) for part in ("time", "id", "rejected", "chosen", "prompt", "text")]
    return {name: part for name, part in parts if name is not None}
