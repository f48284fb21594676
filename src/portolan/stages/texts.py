"""The texts of the rows, a batch at a time, straight from the store."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.pairs import sides_of, text_columns, texts_of
from portolan.plugins import Texts
from portolan.store import Store
from portolan.types import Layout, Roles, RowIds


def layout_texts(store: Store, roles: Roles, layout: Layout) -> Iterator[Texts]:
    """What is embedded of each row: its text, or the side of the pair that the map is laid out by."""
    for batch in _batches(store, roles):
        yield texts_of(batch, roles, layout)


def reply_texts(store: Store, roles: Roles) -> Iterator[tuple[Texts, Texts]]:
    """Chosen and rejected reply of each row, for the layout by their difference."""
    for batch in _batches(store, roles):
        _, chosen, rejected = sides_of(batch, roles)
        yield chosen, rejected


def search_texts(store: Store, roles: Roles) -> Iterator[Texts]:
    """What search looks through: all of a row's text; of a pair the prompt once, then both replies."""
    for batch in _batches(store, roles):
        yield searched(batch, roles)


def layout_texts_of(store: Store, roles: Roles, layout: Layout, row_ids: RowIds) -> Texts:
    """What is embedded of the rows named, in their order."""
    return _concat([texts_of(batch, roles, layout) for batch in _rows(store, roles, row_ids)])


def search_texts_of(store: Store, roles: Roles, row_ids: RowIds) -> list[str]:
    """What search looks through of the rows named, in their order."""
    texts: list[str] = _concat([searched(batch, roles) for batch in _rows(store, roles, row_ids)]).to_pylist()
    return texts


def searched(batch: pa.RecordBatch, roles: Roles) -> Texts:
    """What search looks through of the rows of a batch."""
    if roles.kind != "pair":
        return texts_of(batch, roles)
    return pc.binary_join_element_wise(*sides_of(batch, roles), pa.scalar("\n\n", pa.large_string()))


def _concat(batches: list[Texts]) -> Texts:
    return pa.concat_arrays(batches) if batches else pa.array([], pa.large_string())


def _rows(store: Store, roles: Roles, row_ids: RowIds) -> list[pa.RecordBatch]:
    table = store.read_rows(columns=text_columns(roles), row_ids=row_ids).combine_chunks()
    batches: list[pa.RecordBatch] = table.to_batches()
    return batches


def _batches(store: Store, roles: Roles) -> Iterator[pa.RecordBatch]:
    yield from store.row_batches(columns=text_columns(roles))
