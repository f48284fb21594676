"""The texts of the rows, a batch at a time, straight from the store."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from portolan.core.pairs import sides_of, texts_of
from portolan.plugins import Texts
from portolan.store import Store
from portolan.types import Layout, Roles


def text_columns(roles: Roles) -> list[str]:
    """The columns that texts are made of."""
    named = [roles.text, roles.prompt, roles.chosen, roles.rejected, *roles.notes.values()]
    return list(dict.fromkeys(name for name in named if name))


def layout_texts(store: Store, roles: Roles, layout: Layout) -> Iterator[Texts]:
    """What is embedded of each row: its text, or the side of the pair that the map is laid out by."""
    for batch in _batches(store, roles):
        yield texts_of(batch, roles, layout)


def reply_texts(store: Store, roles: Roles) -> Iterator[tuple[Texts, Texts]]:
    """Chosen and rejected reply of each row, for the layout by their difference."""
    for batch in _batches(store, roles):
        _, chosen, rejected = sides_of(batch, roles)
        yield chosen, rejected


def _batches(store: Store, roles: Roles) -> Iterator[pa.RecordBatch]:
    known = set(store.schema.names)
    yield from store.row_batches(columns=[name for name in text_columns(roles) if name in known])
