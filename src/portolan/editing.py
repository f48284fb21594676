"""What a person does to a map's clusters: rename, merge, split, pin, note, and undo.

Each is an event of the journal, made here; what they come to is worked out on reading (`core.edits`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from portolan.acting import check_own, is_ours
from portolan.core.cluster_workshop import Ref
from portolan.core.counted import counted
from portolan.core.edits import shape_of
from portolan.core.events import (
    CLUSTER_NOTED,
    CLUSTER_PINNED,
    CLUSTER_RENAMED,
    CLUSTER_SPLIT,
    CLUSTERS_MERGED,
    UNDONE,
    Event,
    with_undone,
)
from portolan.core.halves import two_means
from portolan.core.keyphrases import keyphrases
from portolan.core.naming import distinct_name, fallback_name, join_phrases
from portolan.core.row_sets import name_of, pack, row_set
from portolan.errors import InputError, NotFoundError
from portolan.fitting import bring_up_to_date
from portolan.home import author_name
from portolan.stages.edit import base_of
from portolan.stages.texts import layout_texts_of
from portolan.store import Entry
from portolan.types import BoolArray, Layout, RowIds
from portolan.views import checked_name

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.store import Store

AnyRef = Ref | str
"""A cluster: (layer, id), or "LAYER/ID" as in links."""
LONGEST_NOTE = 10_000
READ_ROWS = 2000
"""Of each side of a split, to find what sets it apart."""


def parse_ref(cluster: AnyRef) -> Ref:
    """A cluster as (layer, id). Raises InputError."""
    parts = cluster.split("/") if isinstance(cluster, str) else list(cluster)
    try:
        layer, cluster_id = (int(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{cluster!r} names no cluster.", fix="Give its layer and id, as in map.clusters: (1, 17) or '1/17'."
        ) from error
    return layer, cluster_id


class Editor:
    """Edits the clusters of one map. Every method writes one event to the journal and returns it.

    Clusters are named by (layer, id) as in `map.clusters`, or "LAYER/ID" as in links. `author` is by default
    `$PORTOLAN_AUTHOR` or the name one is logged in under; `reason` is kept with the event.
    """

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store

    def rename(self, cluster: AnyRef, name: str, *, reason: str = "", author: str | None = None) -> Event:
        """Give a cluster another name."""
        to = checked_name(name, of="A cluster")
        return self._write(self._entry(CLUSTER_RENAMED, cluster, {"to": to}), reason=reason, author=author)

    def pin(self, cluster: AnyRef, is_pinned: bool = True, *, reason: str = "", author: str | None = None) -> Event:
        """Pin a cluster: it stands first in lists. `is_pinned=False` takes the pin away."""
        return self._write(
            self._entry(CLUSTER_PINNED, cluster, {"is_pinned": bool(is_pinned)}), reason=reason, author=author
        )

    def note(self, cluster: AnyRef, text: str, *, reason: str = "", author: str | None = None) -> Event:
        """Write a note on a cluster, in place of the one before; an empty text removes it."""
        note = text.strip()
        if len(note) > LONGEST_NOTE:
            raise InputError(f"The note has {len(note):,} characters.", fix=f"Keep it within {LONGEST_NOTE:,}.")
        return self._write(self._entry(CLUSTER_NOTED, cluster, {"note": note}), reason=reason, author=author)

    def merge(
        self, clusters: Sequence[AnyRef], *, name: str = "", reason: str = "", author: str | None = None
    ) -> Event:
        """Make one cluster of two or more of one layer: the first, which takes in the rows of the others.

        Their parents may differ: what comes from elsewhere moves under the parent of the first.
        """
        refs = list(dict.fromkeys(parse_ref(cluster) for cluster in clusters))
        layers = {layer for layer, _ in refs}
        if len(refs) < 2 or len(layers) > 1:
            what = f"clusters of {len(layers)} layers" if len(layers) > 1 else f"{len(refs)} cluster"
            raise InputError(f"Asked to merge {what}.", fix="Give two or more different clusters of one layer.")
        [layer] = layers
        found = [self._cluster(ref) for ref in refs]
        rows = [self._rows(ref) for ref in refs]
        packed = [pack(row_set(own)) for own in (*rows, np.concatenate(rows))]
        told = [
            {"cluster_id": ref[1], "name": one["name"], "size": one["size"], "rows": name_of(data)}
            for ref, one, data in zip(refs, found, packed, strict=False)
        ]
        payload = {"layer": layer, "clusters": told, "rows": name_of(packed[-1]), "state": self._state}
        payload["to"] = checked_name(name, of="A cluster") if name else ""
        entry = Entry(CLUSTERS_MERGED, payload, row_sets={name_of(data): data for data in packed})
        return self._write(entry, reason=reason, author=author)

    def split(
        self,
        cluster: AnyRef,
        *,
        where: str | None = None,
        rows: Sequence[int] | RowIds | None = None,
        name: str = "",
        rest_name: str = "",
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Make two clusters of one: the new one holds some of its rows, the rest keeps its id and name.

        Finer clusters with rows on both sides are cut in two as well.

        Parameters
        ----------
        where : str, optional
            A filter expression: the cluster's rows that meet it go.
        rows : sequence of int, optional
            These rows go, those of them that are in the cluster. With neither, the vectors are parted in two by
            2-means, and the smaller half goes.
        name, rest_name : str
            What to call the new cluster (by default what sets it apart) and the rest.
        """
        layer, cluster_id = ref = parse_ref(cluster)
        found, own = self._cluster(ref), self._rows(ref)
        is_part, how = self._part(own, where=where, rows=rows)
        if not is_part.any() or is_part.all():
            few = "None" if not is_part.any() else "Every one"
            raise InputError(
                f"{few} of the {counted(len(own), 'row')} of “{found['name']}” would go.",
                fix="Choose some of its rows: a filter that some of them meet, or a lasso around a part of it.",
            )
        part, rest = own[is_part], own[~is_part]
        part_phrases, rest_phrases = self._phrases(part, rest)
        whole, kept = pack(row_set(own)), pack(row_set(part, is_whole=True))
        part_name = checked_name(name, of="A cluster") if name else self._new_name(layer, part, part_phrases)
        payload = {
            "part": {
                "rows": name_of(kept), "size": len(part), "name": part_name, "is_named": bool(name),
                "keyphrases": part_phrases,
            },
            "rest": {
                "name": checked_name(rest_name, of="A cluster") if rest_name else "", "keyphrases": rest_phrases,
            },
            "how": how,
            "ids": self._ids_of_parts(layer, part),
        }  # fmt: skip
        entry = self._entry(CLUSTER_SPLIT, (layer, cluster_id), payload)
        entry = Entry(entry.kind, entry.payload, row_sets={name_of(whole): whole, name_of(kept): kept})
        return self._write(entry, reason=reason, author=author)

    def undo(self, event: int | Event | None = None, *, reason: str = "", author: str | None = None) -> Event:
        """Undo an event, by default the last that stands. To undo an undo is to do it again.

        Raises
        ------
        NotFoundError
            There is no such event, or nothing to undo.
        InputError
            It is undone already.
        RoleError
            It is somebody else's, and the server let one in as a labeller.
        """
        events = with_undone(self._store.journal.events())
        if event is None:
            last = (
                one for one in reversed(events) if one.undone_by is None and one.kind != UNDONE and is_ours(one.author)
            )
            asked = next(last, None)
        else:
            number = event.id if isinstance(event, Event) else int(event)
            asked = next((one for one in events if one.id == number), None)
        if asked is None:
            what = "Nothing is left to undo." if event is None else f"There is no event {event}."
            raise NotFoundError(what, fix="`portolan cluster MAP history` lists what was done.")
        check_own(asked.author, f"Event {asked.id}")
        if asked.undone_by is not None:
            raise InputError(
                f"Event {asked.id} is undone already, by event {asked.undone_by}.",
                fix=f"Undo event {asked.undone_by} to have it back.",
            )
        return self._write(Entry(UNDONE, {"event": asked.id}), reason=reason, author=author)

    # What is edited.

    @property
    def _state(self) -> str:
        """Names the clusters as the map has them now. Refuses where they were found anew since the map was opened."""
        if base_of(self._store.manifest) != self._map.base:
            raise InputError("The map was clustered anew since it was opened.", fix="Open it again: open_map(PATH).")
        return shape_of(self._map.base, self._map.edits)

    def _cluster(self, ref: Ref) -> Mapping[str, Any]:
        table = self._map.clusters
        is_it = np.asarray(table["layer"]) == ref[0]
        is_it &= np.asarray(table["cluster_id"]) == ref[1]
        found: list[dict[str, Any]] = table.filter(pa.array(is_it)).to_pylist()
        if not found:
            raise NotFoundError(f"Layer {ref[0]} has no cluster {ref[1]}.", fix="See map.clusters for ids and layers.")
        return found[0]

    def _rows(self, ref: Ref) -> RowIds:
        """Rows of a cluster, ascending."""
        return np.flatnonzero(self._map.cluster_ids(ref[0]) == ref[1]).astype(np.int64)

    def _entry(self, kind: str, cluster: AnyRef, payload: Mapping[str, Any]) -> Entry:
        """An entry about one cluster: what it is called, and which rows it holds."""
        ref = parse_ref(cluster)
        found = self._cluster(ref)
        data = pack(row_set(self._rows(ref)))
        about = {"layer": ref[0], "cluster_id": ref[1], "name": found["name"], "size": found["size"]}
        whole = {**about, "rows": name_of(data), "state": self._state, **payload}
        return Entry(kind, whole, row_sets={name_of(data): data})

    def _write(self, entry: Entry, *, reason: str, author: str | None) -> Event:
        whole = Entry(entry.kind, entry.payload, reason.strip(), entry.row_sets)
        [event] = self._store.journal.append([whole], author=author or author_name())
        bring_up_to_date(self._store)
        return event

    # Splitting.

    def _part(
        self, own: RowIds, *, where: str | None, rows: Sequence[int] | RowIds | None
    ) -> tuple[BoolArray, dict[str, Any]]:
        """Which of a cluster's rows go, and how that was told."""
        if where is not None and rows is not None:
            raise InputError("A split was told both by a filter and by rows.", fix="Give one of them.")
        if where is not None:
            return np.isin(own, self._map.filter(where)), {"by": "filter", "where": where}
        if rows is not None:
            return np.isin(own, np.asarray(rows, np.int64)), {"by": "rows"}
        return two_means(self._store.read_vectors(own)), {"by": "meaning"}

    def _phrases(self, part: RowIds, rest: RowIds) -> tuple[list[str], list[str]]:
        """What is said in a part and not in the rest, and the other way round; of a sample of both."""
        seen = [side[:: -(-len(side) // READ_ROWS)] for side in (part, rest)]
        texts = self._texts(np.concatenate(seen))
        sides = np.repeat(np.array([0, 1], np.int32), [len(side) for side in seen])
        [[of_part, of_rest]] = keyphrases(texts, [sides])
        return list(of_part), list(of_rest)

    def _texts(self, rows: RowIds) -> pa.Array:
        roles = self._map.roles
        laid_out: Layout = self._store.manifest.facts.get("parameters", {}).get("layout", "chosen")
        return layout_texts_of(self._store, roles, laid_out if roles.kind == "pair" else "chosen", rows)

    def _new_name(self, layer: int, part: RowIds, phrases: Sequence[str]) -> str:
        table = self._map.clusters
        taken = {
            name.lower() for name in table.filter(pa.array(np.asarray(table["layer"]) == layer))["name"].to_pylist()
        }
        name = join_phrases(phrases) or fallback_name(self._texts(part[:1]).to_pylist(), len(part))
        return distinct_name(name, phrases, taken)

    def _ids_of_parts(self, layer: int, part: RowIds) -> dict[str, dict[str, int]]:
        """For each layer down from `layer`, the id that the part of each cluster gets: one that no event has given."""
        given = self._ids_given()
        ids: dict[str, dict[str, int]] = {}
        for level in range(layer, -1, -1):
            of_rows = self._map.cluster_ids(level)
            inside = np.bincount(of_rows[part])
            sizes = np.bincount(of_rows[of_rows >= 0], minlength=len(inside))[: len(inside)]
            cut = np.flatnonzero((inside > 0) & (inside < sizes)).tolist()
            free = max(int(of_rows.max()) + 1, given.get(level, 0))
            ids[str(level)] = {str(cluster_id): free + place for place, cluster_id in enumerate(cut)}
        return ids

    def _ids_given(self) -> dict[int, int]:
        """For each layer, the first id that no split has given, undone ones too: an old link leads to nothing else."""
        free: dict[int, int] = {}
        for event in self._store.journal.events():
            if event.kind == CLUSTER_SPLIT:
                for level, ids in event.payload["ids"].items():
                    free[int(level)] = max(free.get(int(level), 0), *(one + 1 for one in ids.values()), 0)
        return free
