"""Columns whose values are lists of strings: in the tiles a category of whole lists, told and filtered by tags."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray


def holds_tags(kind: pa.DataType) -> bool:
    """Whether a column of this type has lists of strings for values."""
    is_list = pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind)
    return bool(is_list and (pt.is_string(kind.value_type) or pt.is_large_string(kind.value_type)))


def tags_of(column: Mapping[str, Any]) -> list[list[str | None]]:
    """The tags that each code of a column of lists (`is_list` in `tiles.json`) stands for, as they came."""
    return [json.loads(value) for value, _ in column["values"]]


def counts_by_tag(column: Mapping[str, Any], counts: Sequence[int]) -> dict[str, int]:
    """Rows that have each tag, the most frequent first, from `counts` by code. A row counts for each of its tags."""
    of_tag: Counter[str] = Counter()
    for tags, count in zip(tags_of(column), counts, strict=False):
        of_tag.update({tag: int(count) for tag in set(tags) if tag is not None})
    return dict(sorted(of_tag.items(), key=lambda one: (-one[1], one[0])))


def lists_as_texts(lists: pa.Array) -> pa.DictionaryArray:
    """Lists of strings as JSON, each different one written once; null where there is no list."""
    lists = lists.cast(pa.large_list(pa.large_string()))
    ids = _ids_of(lists)
    first = np.unique(ids, return_index=True)[1]
    # A missing list has the number of an empty one.
    written = pa.array([json.dumps(one or []) for one in lists.take(pa.array(first)).to_pylist()], pa.large_string())
    return pa.DictionaryArray.from_arrays(pa.array(ids, mask=~lists.is_valid().to_numpy(False)), written)


def _ids_of(lists: pa.Array) -> NDArray[np.int64]:
    """A number from 0 for each different list: int64, shape (n_rows,). A missing one counts as empty."""
    tags = lists.flatten().dictionary_encode()
    n_tags = len(tags.dictionary)
    flat = pc.fill_null(tags.indices.cast(pa.int64()), n_tags).to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(lists.value_lengths(), 0).to_numpy(zero_copy_only=False)
    starts = np.cumsum(lengths) - lengths
    ids = np.zeros(len(lists), np.int64)
    longer, place, n_ids = np.flatnonzero(lengths), 0, 1
    # Lists are alike as far as a place if they were so before it and have the same tag there.
    while len(longer):
        known, ids[longer] = np.unique(ids[longer] * (n_tags + 1) + flat[starts[longer] + place], return_inverse=True)
        ids[longer] += n_ids
        place, n_ids = place + 1, n_ids + len(known)
        longer = longer[lengths[longer] > place]
    numbered: NDArray[np.int64] = np.unique(ids, return_inverse=True)[1]
    return numbered
