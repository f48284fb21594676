"""What people made of the clusters: edits from the journal, applied to the clusters that were found.

An edit names its cluster by the rows it held, wherever in the data those are by now. While nothing was clustered anew
that is exact; afterwards the edit goes to the cluster with the largest overlap (Jaccard index above `row_sets.ALIKE`),
and one that finds none is lost: told, kept in the journal, and applied to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from portolan.core.cluster_workshop import Ref, Workshop
from portolan.core.events import (
    CLUSTER_KINDS,
    CLUSTER_NOTED,
    CLUSTER_PINNED,
    CLUSTER_RENAMED,
    CLUSTER_SPLIT,
    CLUSTERS_MERGED,
    SHAPING_KINDS,
    Event,
    standing,
)
from portolan.core.row_sets import RowSet
from portolan.types import ClusterIds

SetOf = Callable[[Event, str], RowSet]
"""Gives the set of rows that an event names so."""


@dataclass(frozen=True)
class Born:
    """A cluster that a split made. `origin` is the one it was part of; `name` is "" where it goes by that one's."""

    origin: Ref
    name: str = ""
    keyphrases: tuple[str, ...] = ()


@dataclass
class Edited:
    """The clusters as people made them.

    Attributes
    ----------
    layers : list of ndarray of int32, shape (n_rows,)
        Nested as before, the finest first. Untouched layers are the arrays that were given.
    changed : set
        Clusters that hold other rows than were found; those with none are gone.
    names, notes, pinned
        What people gave to clusters.
    keyphrases : dict
        Of the rest of a split cluster: what sets it apart from the part.
    born, joined : dict
        Clusters made by a split, and by a merge (with those that went into it).
    into : dict
        Where the rows of a cluster went when another took them in.
    found : dict
        The cluster that each event is about now, by the event's id.
    lost : list of Event
        Events whose cluster is no longer there.
    """

    layers: list[ClusterIds]
    state: str = ""
    changed: set[Ref] = field(default_factory=set)
    names: dict[Ref, str] = field(default_factory=dict)
    notes: dict[Ref, str] = field(default_factory=dict)
    pinned: set[Ref] = field(default_factory=set)
    keyphrases: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    born: dict[Ref, Born] = field(default_factory=dict)
    joined: dict[Ref, list[Ref]] = field(default_factory=dict)
    into: dict[Ref, Ref] = field(default_factory=dict)
    found: dict[int, Ref] = field(default_factory=dict)
    lost: list[Event] = field(default_factory=list)

    @property
    def is_shaped(self) -> bool:
        """Whether any cluster holds other rows than were found."""
        return bool(self.changed)

    def now_in(self, ref: Ref) -> Ref:
        """The cluster that took in the rows of one that is gone; itself where none did."""
        seen = {ref}
        while (ref in self.into) and (ref := self.into[ref]) not in seen:
            seen.add(ref)
        return ref

    def origin_of(self, ref: Ref) -> int | None:
        """The cluster as found that one made by splits was part of, by its id; None for one that was found."""
        if ref not in self.born:
            return None
        while ref in self.born:
            ref = self.born[ref].origin
        return ref[1]


def cluster_edits(events: Sequence[Event]) -> list[Event]:
    """Edits of clusters that nobody has undone, in order."""
    return standing(events, CLUSTER_KINDS)


def shape_of(base: str, edits: Sequence[Event]) -> str:
    """Names the clusters that `edits` make of those of `base`: equal while the same rows belong together."""
    shaping = [event.id for event in edits if event.kind in SHAPING_KINDS]
    return sha256(repr((base, shaping)).encode()).hexdigest()[:16]


def apply_edits(edits: Sequence[Event], *, base: str, layers: Callable[[], list[ClusterIds]], rows: SetOf) -> Edited:
    """The clusters after `edits`.

    Parameters
    ----------
    edits : sequence of Event
        As `cluster_edits` gives them.
    base : str
        Names the clustering: another one has another name.
    layers : callable
        The clusters as they were found. Not asked for where no edit needs to be looked for by its rows.
    rows : callable
        Gives a set of rows that an edit names, as its rows are found now.
    """
    state = shape_of(base, edits)
    is_plain = not any(event.kind in SHAPING_KINDS for event in edits)
    if is_plain and all(event.payload["state"] == state for event in edits):
        edited = Edited([], state)
        for event in edits:
            _give(edited, event, (int(event.payload["layer"]), int(event.payload["cluster_id"])))
        return edited
    workshop = Workshop(list(layers()))
    edited = Edited(workshop.layers, state)
    for event in edits:
        workshop.rows = partial(rows, event)
        if event.kind == CLUSTERS_MERGED:
            _merge(edited, event, workshop)
        elif event.kind == CLUSTER_SPLIT:
            _split(edited, event, workshop)
        else:
            _give(edited, event, workshop.find(event.payload["rows"], layer=int(event.payload["layer"])))
    return edited


def _give(edited: Edited, event: Event, ref: Ref | None) -> None:
    """Give a cluster its name, note or pin."""
    if ref is None:
        edited.lost.append(event)
        return
    edited.found[event.id] = ref
    if event.kind == CLUSTER_RENAMED:
        edited.names[ref] = str(event.payload["to"])
    elif event.kind == CLUSTER_NOTED:
        edited.notes[ref] = str(event.payload["note"])
    elif event.kind == CLUSTER_PINNED and event.payload["is_pinned"]:
        edited.pinned.add(ref)
    else:
        edited.pinned.discard(ref)


def _merge(edited: Edited, event: Event, workshop: Workshop) -> None:
    """Put all rows of some clusters into the first; what lies above it takes them in too."""
    together = event.payload["clusters"]
    for layer in workshop.layers_from(int(event.payload["layer"])):
        refs = [workshop.find_in(layer, one["rows"]) for one in together]
        # Only in its own layer: that all lie in one cluster of a coarser one says nothing.
        is_own = layer == int(event.payload["layer"])
        whole = workshop.find_in(layer, event.payload["rows"]) if is_own else None
        if whole is not None and not all(workshop.is_mostly_in(layer, whole, one["rows"]) for one in together):
            whole = None
        ids = [cluster_id for cluster_id in refs if cluster_id is not None]
        if len(set(ids)) == len(together):
            changed = workshop.merge(layer, ids)
            edited.changed |= changed
            for level in {level for level, _ in changed}:
                first = workshop.cluster_of(level, layer, ids[0])
                edited.into |= {one: (level, first) for one in changed if one[0] == level and one[1] != first}
            edited.joined[layer, ids[0]] = [(layer, cluster_id) for cluster_id in ids]
            whole = ids[0]
        if whole is not None:  # otherwise, or found as one cluster by itself: nothing is left to do
            edited.found[event.id] = (layer, whole)
            if event.payload.get("to"):
                edited.names[layer, whole] = str(event.payload["to"])
            return
    edited.lost.append(event)


def _split(edited: Edited, event: Event, workshop: Workshop) -> None:
    """Make a cluster of some of a cluster's rows; finer clusters that have rows on both sides are cut too."""
    part = event.payload["part"]
    meant = workshop.rows(part["rows"])
    rest = workshop.rows(event.payload["rows"]) - meant
    for layer in workshop.layers_from(int(event.payload["layer"])):
        cluster_id = workshop.find_in(layer, event.payload["rows"])
        already, other = workshop.find_set(layer, meant), workshop.find_set(layer, rest)
        is_own = layer == int(event.payload["layer"])
        if is_own and already is not None and other is not None and already != other:
            ref = (layer, already)
            edited.found[event.id] = (layer, other)
            cluster_id = other
        elif cluster_id is not None:
            made = workshop.split(layer, cluster_id, meant, wanted_ids=event.payload.get("ids", {}))
            if not made:
                continue
            ref = (layer, made[layer, cluster_id])
            edited.found[event.id] = (layer, cluster_id)
            for (level, origin), new in made.items():
                edited.born[level, new] = Born((level, origin), edited.names.get((level, origin), ""))
                edited.changed |= {(level, origin), (level, new)}
            edited.born[ref] = Born((layer, cluster_id), part["name"], tuple(part["keyphrases"]))
            edited.keyphrases[layer, cluster_id] = tuple(event.payload["rest"]["keyphrases"])
            edited.joined.pop((layer, cluster_id), None)
        else:
            continue
        if part.get("is_named"):
            edited.names[ref] = part["name"]
        if event.payload["rest"].get("name"):
            edited.names[layer, cluster_id] = event.payload["rest"]["name"]
        return
    edited.lost.append(event)


def parents_of(layers: Sequence[ClusterIds]) -> list[NDArray[np.int32]]:
    """For each layer, the cluster above each of its clusters, by id; -1 in the last layer and for ids without rows."""
    found = []
    for number, lower in enumerate(layers):
        parents = np.full(int(lower.max(initial=-1)) + 1, -1, np.int32)
        if number + 1 < len(layers):
            has_text = lower >= 0
            parents[lower[has_text]] = layers[number + 1][has_text]
        found.append(parents)
    return found
