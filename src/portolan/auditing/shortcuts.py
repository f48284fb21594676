"""How far plain traits alone tell which reply of a map's pairs was chosen: everywhere, by provenance, by topic.

What replies look like was read when a preference model was fitted; nothing here reads a text.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from portolan.auditing.writers import writer_columns_of, writers_of
from portolan.core.provenance import MOST_VALUES
from portolan.core.shortcut_figures import Column, rules_by_part, rules_of
from portolan.core.shortcuts import RulePairs
from portolan.core.shortcuts_told import TOPIC, Shortcuts
from portolan.core.writers import CHOSEN_BY, REJECTED_BY
from portolan.preferring import Preference, seen_pairs
from portolan.stages.measured import patiently_writing
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import RowIds

if TYPE_CHECKING:
    from portolan.map import Map

STAGE = "shortcuts"
VERSION = 1
LEAST_TOPICS = 4
"""The coarsest layer with so many topics is the one that is told by."""


def shortcuts(of: Map, store: Store, preference: Preference, *, threads: int | None = None) -> Shortcuts:
    """What plain traits tell of the pairs that a preference model was fitted on; kept until what decides it changes."""
    key = _key(of, store, preference)
    if not store.is_done(STAGE, key):
        started = time.perf_counter()
        told = _measured(of, store, threads)
        with patiently_writing(store):
            store.write_table(STAGE, pa.table({"told": [json.dumps(told)]}), key=key)
            store.finish(STAGE, key=key, seconds=time.perf_counter() - started)
            store.sweep()
    return _kept(of, store)


def kept_shortcuts(of: Map, store: Store, preference: Preference) -> Shortcuts | None:
    """What was measured, if it still stands; nothing is measured."""
    return _kept(of, store) if store.is_done(STAGE, _key(of, store, preference)) else None


def _kept(of: Map, store: Store) -> Shortcuts:
    [told] = store.read_table(STAGE, columns=["told"]).column("told").to_pylist()
    return Shortcuts.from_json(json.loads(told), _names(of))


def _key(of: Map, store: Store, preference: Preference) -> str:
    return stage_key(
        STAGE,
        inputs=[preference.key],
        parameters={
            "version": VERSION, "columns": _columns(of), "writers": repr(writer_columns_of(store)),
            "topics": [of.base, of.cluster_state, _layer(of)],
        },
    )  # fmt: skip


def _measured(of: Map, store: Store, threads: int | None) -> dict[str, Any]:
    pairs, rows = seen_pairs(store)
    pairs = _with_writers(pairs, rows, store)
    columns = [Column(name, *_values(of, name, rows)) for name in _columns(of)]
    layer = _layer(of)
    if layer is not None:
        ids = of.cluster_ids(layer).astype(np.int64)[rows]
        names = _names(of)
        values = [names.get((layer, cluster), str(cluster)) for cluster in range(int(ids.max(initial=-1)) + 1)]
        columns.append(Column(TOPIC, ids, values, [(layer, cluster) for cluster in range(len(values))]))
    found = Shortcuts(rules_of(pairs, threads=threads), rules_by_part(pairs, columns, threads=threads))
    return found.to_json()


def _with_writers(pairs: RulePairs, rows: RowIds, store: Store) -> RulePairs:
    found = writers_of(store)
    if found is None:
        return pairs
    codes = np.stack([found.chosen, found.rejected], axis=1)[rows]
    return replace(pairs, writers=codes)


def _columns(of: Map) -> list[str]:
    """Columns of provenance. Who wrote the chosen reply is none: it says what was chosen."""
    known = of.provenance
    skipped = {CHOSEN_BY, REJECTED_BY, *known.card.derived}
    names = [one.column for one in known.card.columns if one.part not in (CHOSEN_BY, REJECTED_BY)]
    return [name for name in dict.fromkeys(names) if name not in skipped and len(known.values(name)[1]) <= MOST_VALUES]


def _values(of: Map, column: str, rows: RowIds) -> tuple[Any, list[str]]:
    codes, names = of.provenance.values(column)
    return codes[rows], names


def _layer(of: Map) -> int | None:
    """The coarsest layer that has a few topics, else the finest; None where there is none."""
    layers = of.layers
    if not layers:
        return None
    return next((layer for layer, n in reversed(layers) if n >= LEAST_TOPICS), 0)


def _names(of: Map) -> dict[tuple[int, int], str]:
    table = of.clusters_table()
    if not table.num_rows:
        return {}
    parts = (table.column(name).to_pylist() for name in ("layer", "cluster_id", "name"))
    return {(layer, cluster): str(name) for layer, cluster, name in zip(*parts, strict=True)}
