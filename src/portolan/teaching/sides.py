"""Whole rows, or one side of each pair: the texts and vectors that are labelled, learnt from and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from portolan.core.lesson import WHOLE
from portolan.errors import InputError, MapLockedError
from portolan.stages.embed import load_embedder
from portolan.stages.texts import layout_texts, layout_texts_of, search_texts_of
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import Layout, RowIds, Vectors

if TYPE_CHECKING:
    from portolan.map import Map


class Sides:
    """Texts and vectors of a map's rows (side WHOLE), or of one side of its pairs."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store

    @property
    def layout(self) -> Layout:
        """What the map is laid out by. Raises InputError where it is not embedded yet."""
        if "embed" not in self._store.manifest.stages:
            raise InputError("The map has no vectors yet.", fix="Let portolan map finish, and teach it then.")
        layout: Layout = self._store.manifest.stages["embed"].info["layout"]
        return layout

    def vectors(self, side: str) -> Vectors:
        """Vectors of all rows, or of one side of all pairs: those of the map, or made once and kept."""
        if side in (WHOLE, self.layout):
            return self._map.vectors
        kind, embedded = f"vectors-{side}", self._store.manifest.stages["embed"].key
        key = stage_key(kind, inputs=[embedded], parameters={})
        if not self._store.is_done(kind, key):
            made = self._embedded(side)
            try:
                with self._store.writing():
                    self._store.write_array(kind, made, key=key)
                    self._store.finish(kind, key=key)
            except MapLockedError:
                # Somebody is writing the map: the next time they are kept.
                return made
        return self._store.read_array(kind)

    def _embedded(self, side: str) -> Vectors:
        embedder = load_embedder(self._store)
        blocks = [embedder.embed(texts) for texts in layout_texts(self._store, self._map.roles, layout_of(side))]
        return np.concatenate(blocks)

    def texts(self, side: str, row_ids: RowIds) -> list[str]:
        """Texts of some rows, in their order."""
        roles = self._map.roles
        if side == WHOLE:
            return search_texts_of(self._store, roles, row_ids)
        found: list[str] = layout_texts_of(self._store, roles, layout_of(side), row_ids).to_pylist()
        return found


def layout_of(side: str) -> Layout:
    """What a map would be laid out by, to be of that side."""
    return "rejected" if side == "rejected" else "chosen"
