"""The columns of an export: under the names that they had, in the types that the source states."""

from __future__ import annotations

import pyarrow as pa

from portolan.core.roles import ORIGINAL_NAME


def schema_out(schema: pa.Schema, stated: pa.Schema | None) -> pa.Schema:
    """The columns under the names that they had, in the types that the source states where values fit them."""
    names = [(field.metadata or {}).get(ORIGINAL_NAME, b"").decode() or field.name for field in schema]
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        names = schema.names
    types = [_stated_type(field, name, stated) for field, name in zip(schema, names, strict=True)]
    fields = [pa.field(name, kind) for name, kind in zip(names, types, strict=True)]
    metadata = stated.metadata if stated is not None and stated.names == names else None
    return pa.schema(fields, metadata=metadata)


def _stated_type(field: pa.Field, name: str, stated: pa.Schema | None) -> pa.DataType:
    if stated is None or name not in stated.names or len(stated.get_all_field_indices(name)) > 1:
        return field.type
    kind = stated.field(name).type
    try:
        pa.nulls(1, field.type).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return field.type
    return kind
