"""The clusters of a map as people made them: what was found, with the journal's edits on it.

Another process may add an edit at any time, so what is asked first is always what the journal says now; what follows
from it is worked out once for each state of the journal and kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from threading import Lock

import pyarrow as pa

from portolan.core.edits import Edited, cluster_edits
from portolan.core.events import Event
from portolan.errors import NotFoundError
from portolan.stages.edit import base_of, edit_clusters, edited_table
from portolan.store import Manifest, Store
from portolan.types import ClusterIds, Points

Marks = tuple[int, ...]
"""The ids of the edits that stand: others in each state of the journal."""


class Clusters:
    """The clusters of one map. Every method may be called from several threads at once.

    `manifest()` is the map as it was opened; `points()` gives the positions of all rows, when they are first needed.
    """

    def __init__(self, store: Store, *, manifest: Callable[[], Manifest], points: Callable[[], Points]) -> None:
        self._store = store
        self._manifest = manifest
        self._points = points
        self._lock = Lock()
        self._edited: tuple[Marks, Edited] | None = None
        self._table: tuple[Edited, pa.Table] | None = None
        self._known_edits: tuple[int, list[Event]] | None = None

    @property
    def base(self) -> str:
        """Names the clustering that was found; "" until there is one."""
        return base_of(self._manifest())

    @property
    def edits(self) -> list[Event]:
        """Edits of clusters that stand now, in order."""
        if not self.base:
            return []
        events = self._store.journal.events()
        # A journal of a hundred thousand labels need not be gone through each time one asks for a name.
        known = self._known_edits
        if known is None or known[0] != len(events):
            known = self._known_edits = (len(events), cluster_edits(events))
        return known[1]

    @property
    def edited(self) -> Edited:
        """What the edits come to."""
        edits = self.edits
        marks = tuple(event.id for event in edits)
        with self._lock:
            if self._edited is None or self._edited[0] != marks:
                edited = edit_clusters(self._store, edits, base=self.base, layers=lambda: self._found)
                self._edited = (marks, edited)
            return self._edited[1]

    @property
    def marks(self) -> Marks:
        """Others after every edit, a name given to a cluster too."""
        return tuple(event.id for event in self.edits)

    @property
    def state(self) -> str:
        """Names which rows are together: another one once any cluster holds other rows."""
        return self.edited.state

    @cached_property
    def _found(self) -> list[ClusterIds]:
        return self._store.read_clusters() if self._store.has("clusters") else []

    @property
    def layers(self) -> list[ClusterIds]:
        """Each row's cluster in each layer, the finest first."""
        edited = self.edited
        return edited.layers if edited.is_shaped else self._found

    @property
    def counts(self) -> list[int]:
        """Number of clusters of each layer, the finest first."""
        edited = self.edited
        if edited.is_shaped:
            counts = Counter(self.table["layer"].to_pylist())
            return [counts[layer] for layer in range(len(edited.layers))]
        record = self._manifest().stages.get("cluster")
        if record is not None and "clusters" in record.info:
            # As the stage told: the page asks for this first, and reading every row's clusters takes time.
            return list(record.info["clusters"])
        return [int(ids.max(initial=-1)) + 1 for ids in self._found]

    def ids(self, layer: int) -> ClusterIds:
        """Each row's cluster in `layer`: int32 (n_rows,); -1 where the row has no text. Raises NotFoundError."""
        layers = self.layers
        if not 0 <= layer < len(layers):
            raise NotFoundError(
                f"There is no layer {layer}.", fix=f"Layers go from 0 (the finest) to {len(layers) - 1}."
            )
        return layers[layer]

    @property
    def table(self) -> pa.Table:
        """A line a cluster: see `Map.clusters`."""
        edited = self.edited
        known = self._table
        if known is None or known[0] is not edited:
            known = self._table = (edited, edited_table(self._store, edited, points=self._points))
        return known[1]

    def names(self, layer: int) -> list[str]:
        """Name of each cluster of `layer` by its id; "" for ids that no cluster has."""
        lines = [one for one in self.table.to_pylist() if one["layer"] == layer] if self._store.has("topics") else []
        names = [""] * max(self.counts[layer], *(one["cluster_id"] + 1 for one in lines), 0)
        for one in lines:
            names[one["cluster_id"]] = one["name"]
        return names
