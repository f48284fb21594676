"""Cells as plain text: what is embedded of a transcript, a list of messages, or anything else that a cell may hold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from portolan.core.transcript import Style, content_of, style_named, turns_of
from portolan.types import Roles


def style_of(roles: Roles) -> Style | None:
    """How transcripts mark who speaks; None where they do not."""
    return style_named(roles.notes.get("style", ""))


def text_array(texts: list[str]) -> pa.LargeStringArray:
    """Texts as an Arrow array."""
    return pa.array(texts, pa.large_string())


def plain_texts(column: pa.Array, roles: Roles) -> pa.LargeStringArray:
    """Cells as plain text: role marks taken out, messages joined."""
    if pt.is_list(column.type):
        return _plain_messages(column)
    if not (pt.is_string(column.type) or pt.is_large_string(column.type)):
        return text_array([_plain_cell(value) for value in column.to_pylist()])
    texts = pc.fill_null(pc.cast(column, pa.large_string()), "")
    style = style_of(roles)
    if style is None:
        return texts
    if style.tail:
        texts = pc.replace_substring_regex(texts, style.tail, "\n\n")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, style.mark, "\n\n"))


def _plain_messages(column: pa.ListArray) -> pa.LargeStringArray:
    kind = column.type.value_type
    field = next((name for name in ("content", "value", "text") if _has_string(kind, name)), None)
    if field is None and not pt.is_string(kind):
        return text_array([_plain_cell(value) for value in column.to_pylist()])
    values = pc.struct_field(column.values, field) if field else column.values
    values = pc.fill_null(values, "")
    offsets = pa.array(column.offsets.to_numpy(zero_copy_only=False))
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, values), "\n\n")
    return pc.fill_null(pc.cast(texts, pa.large_string()), "")


def _has_string(kind: pa.DataType, name: str) -> bool:
    return bool(pt.is_struct(kind) and kind.get_field_index(name) >= 0 and pt.is_string(kind.field(name).type))


def _plain_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return "\n\n".join(turn.text for turn in turns_of(value))
    return content_of({"content": value})
