"""The table of clusters after people's edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.cluster_workshop import Ref
from portolan.core.edits import Edited, parents_of
from portolan.core.exemplars import Shown
from portolan.types import ClusterIds

MOST_PHRASES = 8

Describe = Callable[[NDArray[np.intp]], Shown]
"""How a cluster of these rows is shown."""
FOUND = pa.struct(
    {"cluster_id": pa.int32(), "parent_id": pa.int32(), "size": pa.int64(), "x": pa.float32(), "y": pa.float32()}
)
"""A cluster as it was found: what its colour depends on."""
_Rows = dict[Ref, dict[str, Any]]


def edit_table(found: pa.Table, edited: Edited, describe: Describe) -> pa.Table:
    """The table of clusters as people made them, with four more columns.

    `is_pinned`; `note` ("" for none); `found`, where an edit changed it: the cluster as it was found, and those that
    went into it; `origin`, where a split made it: the cluster of its layer, as found, that it was part of.

    Parameters
    ----------
    found : pyarrow.Table
        Of the clusters that were found: `exemplars.describe_clusters`, with names and keyphrases.
    edited : Edited
        What people made of them.
    describe : callable
        Asked for each cluster that holds other rows than were found.
    """
    table = _reshaped(found, edited, describe) if edited.is_shaped else found
    refs = list(zip(table["layer"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))
    if edited.names:
        names = [edited.names.get(ref, name) for ref, name in zip(refs, table["name"].to_pylist(), strict=True)]
        table = table.set_column(table.column_names.index("name"), "name", pa.array(names, pa.string()))
    table = table.append_column("is_pinned", pa.array([ref in edited.pinned for ref in refs], pa.bool_()))
    table = table.append_column("note", pa.array([edited.notes.get(ref, "") for ref in refs], pa.string()))
    before = _before(found, table, edited) if edited.is_shaped else {}
    table = table.append_column("found", pa.array([before.get(ref, []) for ref in refs], pa.list_(FOUND)))
    return table.append_column("origin", pa.array([edited.origin_of(ref) for ref in refs], pa.int32()))


def _before(found: pa.Table, table: pa.Table, edited: Edited) -> dict[Ref, list[dict[str, Any]]]:
    """What stood in the place of each cluster that is not as it was found."""
    facts = ["layer", *(field.name for field in FOUND)]
    now = {(one["layer"], one["cluster_id"]): one for one in table.select(facts).to_pylist()}
    before: dict[Ref, list[dict[str, Any]]] = {}
    for one in found.select(facts).to_pylist():
        ref = (one["layer"], one["cluster_id"])
        if one != now.get(ref):
            before.setdefault(ref if ref in now else edited.now_in(ref), []).append(
                {name: value for name, value in one.items() if name != "layer"}
            )
    return before


def _reshaped(found: pa.Table, edited: Edited, describe: Describe) -> pa.Table:
    rows: _Rows = {(row["layer"], row["cluster_id"]): row for row in found.to_pylist()}
    for ref, phrases in edited.keyphrases.items():
        if ref in rows:
            rows[ref] = {**rows[ref], "keyphrases": list(phrases)}
    for ref, born in edited.born.items():
        origin = rows[born.origin]
        # A part may have been split in its turn: then what sets it apart from that part counts.
        phrases = edited.keyphrases.get(ref) or born.keyphrases or origin["keyphrases"]
        row = {"layer": ref[0], "cluster_id": ref[1], "name": born.name or origin["name"], "keyphrases": list(phrases)}
        rows[ref] = {**origin, **row}
    for ref, together in edited.joined.items():
        if ref in rows:
            rows[ref] = {
                **rows[ref],
                "keyphrases": _in_turn(rows[one]["keyphrases"] for one in together if one in rows),
            }
    members = _members(edited.layers, edited.changed)
    for ref in edited.changed:
        own = members.get(ref)
        if own is None:
            rows.pop(ref, None)
            continue
        shown = describe(own)
        x, y = shown.place.tolist()
        figures = {"size": len(own), "exemplars": shown.exemplars.tolist(), "density": shown.density, "x": x, "y": y}
        rows[ref] = {**rows[ref], **figures}
    parents = parents_of(edited.layers)
    ordered = [{**rows[ref], "parent_id": int(parents[ref[0]][ref[1]])} for ref in sorted(rows)]
    return pa.Table.from_pylist(ordered, schema=found.schema)


def _members(layers: Sequence[ClusterIds], refs: Iterable[Ref]) -> dict[Ref, NDArray[np.intp]]:
    """Rows of each of the clusters that has any, ascending."""
    wanted: dict[int, list[int]] = {}
    for layer, cluster_id in refs:
        wanted.setdefault(layer, []).append(cluster_id)
    members: dict[Ref, NDArray[np.intp]] = {}
    for layer, ids in wanted.items():
        rows = np.flatnonzero(np.isin(layers[layer], np.asarray(ids, np.int32)))
        rows = rows[np.argsort(layers[layer][rows], kind="stable")]
        present, starts = np.unique(layers[layer][rows], return_index=True)
        for cluster_id, own in zip(present.tolist(), np.split(rows, starts[1:]), strict=True):
            members[layer, cluster_id] = own
    return members


def _in_turn(lists: Iterable[Sequence[str]]) -> list[str]:
    """The first of each list, then the second of each, and so on; none twice."""
    mixed = [phrase for turn in zip_longest(*lists) for phrase in turn if phrase is not None]
    return list(dict.fromkeys(mixed))[:MOST_PHRASES]
