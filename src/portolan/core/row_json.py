"""Rows as lines of JSON, and decisions applied to a line as it was read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portolan.core.changing import Changer, in_texts, replacer, turn_verdict
from portolan.core.plain_json import plain_json
from portolan.core.ranking_flip import turned_value
from portolan.core.recipe import Edit

STYLES = tuple((ascii_only, marks) for ascii_only in (False, True) for marks in ((", ", ": "), (",", ":")))
"""Ways in which lines are commonly written: letters past ASCII as they are or escaped, with spaces or without."""
Style = tuple[bool, tuple[str, str]]
_ENCODERS = {style: json.JSONEncoder(ensure_ascii=style[0], separators=style[1], allow_nan=False) for style in STYLES}


def json_line(value: Any, style: Style = STYLES[0]) -> bytes:
    """`value` on one line of UTF-8."""
    try:
        text = _ENCODERS[style].encode(value)
    except (TypeError, ValueError):
        text = _ENCODERS[style].encode(plain_json(value))
    return text.encode("utf-8", "surrogatepass")


def style_of_line(line: bytes, value: Any) -> Style:
    """The way in which `line`, which holds `value`, is written."""
    bare = line.strip()
    return next((style for style in STYLES if json_line(value, style) == bare), STYLES[0])


def changed_line(line: bytes, changer: Changer, *, names: Mapping[str, str], is_flipped: bool, edit: Edit) -> bytes:
    """A line with a decision applied: what is not changed in it stays, in its order and its way of writing.

    Parameters
    ----------
    names : mapping of str to str
        What the map's columns are called in the file.
    """
    read = json.loads(line)
    style = style_of_line(line, read)
    # A bare string is a row with one column.
    row = read if isinstance(read, dict) else {"text": read}
    if is_flipped:
        flip_object(row, changer, names)
    for name, value in edit.get("set", {}).items():
        row[names[name]] = value
    for one in edit.get("replace", ()):
        if names[one["column"]] in row:
            replace = replacer(one["pattern"], one["with"])
            row[names[one["column"]]] = in_texts(row[names[one["column"]]], replace)
    whole = row if isinstance(read, dict) else row["text"]
    if whole == json.loads(line):
        return line
    end = line[len(line.rstrip(b"\r\n")) :]
    return json_line(whole, style) + end


def flip_object(row: dict[str, Any], changer: Changer, names: Mapping[str, str]) -> None:
    """Exchange the sides of one row, or turn its ranking upside down, in place."""
    for left, right in changer.swapped:
        mine, other = names[left], names[right]
        if mine in row or other in row:
            row[mine], row[other] = row.get(other), row.get(mine)
    for column, turned in changer.verdicts:
        if names[column] in row:
            row[names[column]] = turn_verdict(row[names[column]], turned)
    for column, fields in changer.rankings:
        if names[column] in row:
            row[names[column]] = turned_value(row[names[column]], fields)
