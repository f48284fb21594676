"""Columns as small codes beside the tiles: what the page colours and filters by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.columns import seconds_of
from portolan.core.tags import holds_tags, lists_as_texts

ColumnKind = Literal["category", "number", "time", "cluster", "boolean"]
Codes = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]

MOST_VALUES = 65_534
"""A category with more values colours nothing that an eye could read."""
MOST_TABLE_BYTES = 200_000
"""Of one category's values in `tiles.json`, which is fetched before the first frame."""
STEPS = 65_534
"""Numbers and times are told apart to 1/65,534 of their range."""
N_BINS = 32


@dataclass(frozen=True)
class TileColumn:
    """A column in codes. `description` is its entry in `tiles.json`, without the slug; `codes` are in row order."""

    name: str
    description: dict[str, Any]
    codes: Codes


def encode_column(
    name: str, values: pa.Array | pa.ChunkedArray | NDArray[Any], *, kind: ColumnKind, layer: int | None = None
) -> TileColumn | None:
    """`values` as codes; None where they make no such column (a category of too many values, no number at all).

    Parameters
    ----------
    values : Arrow array or ndarray, n_rows long
        One value a row; null, NaN and infinite count as missing. Clusters: ids, -1 is missing. Times: timestamps,
        dates, or what else `columns.seconds_of` reads.
    layer : int, optional
        The layer of a cluster column.
    """
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind == "cluster":
        return _encode_clusters(name, array, layer or 0)
    if kind == "boolean":
        return _encode_booleans(name, array)
    if kind == "category":
        return _encode_category(name, array)
    numbers = seconds_of(array) if kind == "time" else _numbers(array)
    return _encode_numbers(name, numbers, kind=kind)


def decode_column(column: TileColumn) -> list[Any]:
    """Values from codes, None where missing: what the page does, for tests and tools."""
    about = column.description
    if about["kind"] in ("category", "boolean"):
        values: list[Any] = [value for value, _ in about["values"]]
        return [None if code == about["missing"] else values[code] for code in column.codes.tolist()]
    if about["kind"] == "cluster":
        return [None if code == about["missing"] else code for code in column.codes.tolist()]
    span = about["max"] - about["min"]
    return [None if code == about["missing"] else about["min"] + code / STEPS * span for code in column.codes.tolist()]


def _narrow(codes: NDArray[np.int64], *, n_values: int) -> tuple[Codes, dict[str, Any]]:
    """Codes in the fewest bytes; -1 becomes the largest code, which means missing."""
    n_bytes = 1 if n_values <= 255 else 2 if n_values <= 65_535 else 4
    missing = 256**n_bytes - 1
    narrowed: Codes = np.where(codes < 0, missing, codes).astype(f"<u{n_bytes}")
    return narrowed, {"encoding": f"u{8 * n_bytes}", "missing": missing}


def _encode_clusters(name: str, array: pa.Array, layer: int) -> TileColumn:
    ids = pc.fill_null(array.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    codes, about = _narrow(ids, n_values=int(ids.max(initial=-1)) + 1)
    return TileColumn(name, {"name": name, "kind": "cluster", "layer": layer, **about}, codes)


def _encode_booleans(name: str, array: pa.Array) -> TileColumn:
    ids = pc.fill_null(array.cast(pa.int8()).cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    codes, about = _narrow(ids, n_values=2)
    table = [[False, int((ids == 0).sum())], [True, int((ids == 1).sum())]]
    return TileColumn(name, {"name": name, "kind": "boolean", "values": table, **about}, codes)


def _encode_category(name: str, array: pa.Array) -> TileColumn | None:
    is_list = holds_tags(array.type)
    if is_list:
        array = lists_as_texts(array)
    if pa.types.is_nested(array.type):
        array = pa.array([None if v is None else json.dumps(v, default=str) for v in array.to_pylist()], pa.string())
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    encoded = array.dictionary_encode()
    ids = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    values = [_plain(value) for value in encoded.dictionary.to_pylist()]
    if len(values) > MOST_VALUES:
        return None
    counts = np.bincount(ids[ids >= 0], minlength=len(values))
    ranked = sorted(range(len(values)), key=lambda place: (-counts[place], str(values[place])))
    table = [[values[place], int(counts[place])] for place in ranked]
    if len(json.dumps(table, ensure_ascii=False).encode(errors="replace")) > MOST_TABLE_BYTES:
        return None
    rank = np.full(len(values) + 1, -1, dtype=np.int64)  # the last place is where -1 looks
    rank[ranked] = np.arange(len(ranked))
    codes, about = _narrow(rank[ids], n_values=len(values))
    if is_list:
        about["is_list"] = True
    return TileColumn(name, {"name": name, "kind": "category", "values": table, **about}, codes)


def _plain(value: object) -> object:
    """`value` as JSON holds it."""
    return value if isinstance(value, (str, int)) or value is None else str(value)


def _numbers(array: pa.Array) -> NDArray[np.float64]:
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    return _with_nan(array.cast(pa.float64(), safe=False))


def _with_nan(array: pa.Array) -> NDArray[np.float64]:
    filled: NDArray[np.float64] = pc.fill_null(array, np.nan).to_numpy(zero_copy_only=False)
    return filled


def _encode_numbers(name: str, numbers: NDArray[np.float64], *, kind: ColumnKind) -> TileColumn | None:
    is_known = np.isfinite(numbers)
    if not is_known.any():
        return None
    known = numbers[is_known]
    low, high = float(known.min()), float(known.max())
    # Halves keep the range of the largest floats from overflowing.
    span = high / 2 - low / 2
    share = np.zeros(len(known)) if span == 0 else np.clip((known / 2 - low / 2) / span, 0, 1)
    codes = np.full(len(numbers), 65_535, dtype=np.uint16)
    codes[is_known] = np.rint(share * STEPS).astype(np.uint16)
    counts = np.bincount(np.minimum((share * N_BINS).astype(np.int64), N_BINS - 1), minlength=N_BINS)
    about = {"encoding": "u16", "missing": 65_535, "min": low, "max": high, "counts": counts.tolist()}
    return TileColumn(name, {"name": name, "kind": kind, **about}, codes)
