"""One schema for batches that differ: types are widened, missing columns filled, odd types made storable."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

NAME_KEY = b"portolan.name"
"""Field metadata: the name a column had before it was renamed."""


def promote(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    """The narrowest type that holds values of both; string (JSON text) where nothing narrower does."""
    if left == right or pt.is_null(right):
        return left
    if pt.is_null(left):
        return right
    if _is_number(left) and _is_number(right):
        return _wider_number(left, right)
    if pt.is_list(left) and pt.is_list(right):
        return pa.list_(promote(left.value_type, right.value_type))
    if pt.is_struct(left) and pt.is_struct(right):
        return pa.struct(_merge_fields(list(left), list(right)))
    if pt.is_temporal(left) and pt.is_temporal(right):
        return _wider_time(left, right)
    return pa.string()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pt.is_integer(kind) or pt.is_floating(kind))


def _wider_number(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if pt.is_floating(left) or pt.is_floating(right):
        return pa.float64()
    if pt.is_uint64(left) or pt.is_uint64(right):
        return pa.string()  # neither int64 nor float64 holds both without loss
    return pa.int64()


def _wider_time(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if pt.is_date(left) and pt.is_date(right):
        return pa.date32()
    if pt.is_timestamp(left) and pt.is_timestamp(right) and left.tz == right.tz:
        return pa.timestamp("us" if "ns" not in (left.unit, right.unit) else "ns", tz=left.tz)
    return pa.string()


def _merge_fields(left: list[pa.Field], right: list[pa.Field]) -> list[pa.Field]:
    merged = {field.name: field for field in left}
    for field in right:
        known = merged.get(field.name)
        merged[field.name] = known.with_type(promote(known.type, field.type)) if known else field
    return list(merged.values())


def merge_schemas(left: pa.Schema | None, right: pa.Schema) -> pa.Schema:
    """A schema that holds rows of both; columns in order of first appearance."""
    if left is None or left.equals(right):
        return right
    return pa.schema(_merge_fields(list(left), list(right)))


def storable(kind: pa.DataType) -> pa.DataType:
    """The type that a column of type `kind` is kept as.

    Values stay as they came; only ways of holding them become one (strings and lists of all kinds, dictionaries), so
    that what follows meets few types. Columns without a value, and unions, become strings.
    """
    if isinstance(kind, pa.BaseExtensionType):
        return storable(kind.storage_type)
    if pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
        return storable(kind.value_type)
    if pt.is_large_list(kind) or pt.is_list(kind) or pt.is_list_view(kind) or pt.is_large_list_view(kind):
        return pa.list_(storable(kind.value_type))
    if pt.is_fixed_size_list(kind):
        return pa.list_(storable(kind.value_type), kind.list_size)
    if pt.is_struct(kind):
        return pa.struct([field.with_type(storable(field.type)).with_nullable(True) for field in kind])
    if pt.is_large_string(kind) or pt.is_string_view(kind) or pt.is_null(kind) or pt.is_union(kind):
        return pa.string()
    return pa.binary() if pt.is_large_binary(kind) or pt.is_binary_view(kind) else kind


def storable_schema(schema: pa.Schema) -> pa.Schema:
    """`schema` with storable types; pandas' and Hugging Face's own notes about the table are dropped."""
    return pa.schema([pa.field(field.name, storable(field.type), metadata=field.metadata) for field in schema])


def cast_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """`column` as `kind`; numbers, lists and structs that become strings are written as JSON."""
    if column.type == kind:
        return column
    if pt.is_null(column.type):
        return pa.nulls(len(column), kind)
    if pt.is_struct(kind) and pt.is_struct(column.type):
        return _cast_struct(column, kind)
    if pt.is_list(kind) and pt.is_list(column.type):
        values = cast_column(column.values, kind.value_type)
        return pa.ListArray.from_arrays(_offsets(column), values, type=kind, mask=_mask(column))
    if pt.is_string(kind) and not _has_text(column.type):
        return pa.array([as_text(value) for value in column.to_pylist()], kind)
    if isinstance(column, pa.ExtensionArray):
        return cast_column(column.storage, kind)
    return pc.cast(column, kind, safe=False)


def _has_text(kind: pa.DataType) -> bool:
    if pt.is_dictionary(kind):
        return _has_text(kind.value_type)
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind))


def _cast_struct(column: pa.StructArray, kind: pa.StructType) -> pa.StructArray:
    have = {field.name: index for index, field in enumerate(column.type)}
    children = [
        cast_column(column.field(have[field.name]), field.type)
        if field.name in have
        else pa.nulls(len(column), field.type)
        for field in kind
    ]
    return pa.StructArray.from_arrays(children, fields=list(kind), mask=_mask(column))


def _mask(column: pa.Array) -> pa.Array | None:
    return column.is_null() if column.null_count else None


def _offsets(column: pa.ListArray) -> pa.Array:
    # A mask cannot be joined with offsets of a slice: count the offsets anew.
    return pa.array(column.offsets.to_numpy(zero_copy_only=False)) if column.offset else column.offsets


def as_text(value: Any) -> str | None:
    """A value as text: strings as they are, all else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """`batch` with exactly the columns of `schema`: cast, reordered, absent ones null."""
    if batch.schema.equals(schema):
        return batch
    have = {name: index for index, name in enumerate(batch.schema.names)}
    columns = [
        cast_column(batch.column(have[field.name]), field.type)
        if field.name in have
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def column_of(values: list[Any]) -> pa.Array:
    """A column of Python values: Arrow's own type where the values agree, else the promoted one; never fails."""
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeEncodeError):
        clean = [_plain(value) for value in values]
        kind: pa.DataType = pa.null()
        for value in clean:
            kind = promote(kind, _type_of(value))
        return pa.array([_fit(value, kind) for value in clean], kind)


def _plain(value: Any) -> Any:
    """`value` in types that Arrow and JSON know; half characters (lone surrogates) become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return _plain(value.tolist())
    return value


def _type_of(value: Any) -> pa.DataType:
    if isinstance(value, dict) and value:
        return pa.struct([(key, _type_of(item)) for key, item in value.items()])
    if isinstance(value, list):
        kind: pa.DataType = pa.null()
        for item in value:
            kind = promote(kind, _type_of(item))
        return pa.list_(kind)
    if isinstance(value, float) and math.isnan(value):
        return pa.float64()
    try:
        return pa.scalar(value).type
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.string()


def _fit(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pt.is_string(kind):
        return as_text(value)
    if pt.is_struct(kind):
        return {field.name: _fit(value.get(field.name), field.type) for field in kind}
    if pt.is_list(kind):
        return [_fit(item, kind.value_type) for item in value]
    return float(value) if pt.is_floating(kind) else value


def batch_of(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """Rows as a record batch; columns in order of first appearance, absent values null."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [column_of([row.get(name) for row in rows]) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=[_plain(str(name)) for name in names])
