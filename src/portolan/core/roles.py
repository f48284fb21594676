"""Which column plays which part: found by names, types and values of a sample, or named by the user."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.types as pt

from portolan.core.columns import ColumnFacts, facts_of, is_category, is_id, is_number, is_time
from portolan.core.counted import counted
from portolan.core.kinds import detect, named_pair
from portolan.core.transcript import style_of
from portolan.core.votes import votes_of
from portolan.errors import ColumnError
from portolan.types import Kind, Roles, Shape

SAMPLE_ROWS = 200
"""Cells looked at to tell transcripts from plain text."""
ORIGINAL_NAME = b"portolan.name"
"""Field metadata under which a renamed column keeps the name it had."""


def infer_roles(
    table_sample: pa.Table,
    *,
    text: str | None = None,
    chosen: str | None = None,
    rejected: str | None = None,
    prompt: str | None = None,
    id: str | None = None,
    time: str | None = None,
    categories: Sequence[str] = (),
) -> Roles:
    """Roles of the columns of a sample (some thousand rows). What the user names is taken; the rest is inferred.

    Raises
    ------
    ColumnError
        A named column is missing, `chosen` is named without `rejected`, or no column holds text.
    """
    text, chosen, rejected, prompt, id, time = (
        column_named(table_sample, name) if name else None for name in (text, chosen, rejected, prompt, id, time)
    )
    given = tuple(column_named(table_sample, name) for name in categories)
    if bool(chosen) != bool(rejected):
        raise ColumnError(
            f"Only {'chosen' if chosen else 'rejected'} is named; a pair has two sides.",
            fix="Name both --chosen and --rejected.",
        )
    facts = facts_of(table_sample)
    if chosen and rejected:
        roles = named_pair(table_sample, chosen, rejected)
    elif text:
        roles = Roles(kind="text", text=text, prompt=prompt)
    else:
        roles = detect(table_sample, facts)
    roles = replace(roles, prompt=prompt or roles.prompt)
    return _with_others(_with_shape(roles, table_sample), table_sample, facts, id_=id, time=time, given=given)


def column_named(table: pa.Table, name: str) -> str:
    """The column of that name, or of that name before it was renamed.

    Raises
    ------
    ColumnError
        There is none; the fix lists the columns and the nearest name.
    """
    if name in table.column_names:
        return name
    for field in table.schema:
        if (field.metadata or {}).get(ORIGINAL_NAME) == name.encode():
            return str(field.name)
    by_lower = {column.lower(): column for column in table.column_names}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    hint = f"Did you mean '{by_lower[near[0]]}'? " if near else ""
    raise ColumnError(f"There is no column '{name}'.", fix=f"{hint}The columns are: {', '.join(table.column_names)}.")


def _with_shape(roles: Roles, table: pa.Table) -> Roles:
    """`roles` with the shape of the text columns, and with the style if they are transcripts."""
    column = roles.chosen or roles.text or roles.prompt
    if column is None:
        return roles
    kind = table.schema.field(column).type
    shape: Shape = "text"
    notes = dict(roles.notes)
    if pt.is_list(kind) or pt.is_struct(kind):
        shape = "messages"
    elif style := style_of(_strings(table, column)):
        shape = "transcript"
        notes["style"] = style.name
    row_kind: Kind = "conversation" if roles.kind == "text" and (shape != "text" or roles.prompt) else roles.kind
    if roles.prompt and shape != "text" and _repeats(table, column, roles.prompt):
        notes["repeats_prompt"] = "yes"
    if roles.prompt and "style" not in notes and (style := style_of(_strings(table, roles.prompt))):
        notes["style"] = style.name
    return replace(roles, kind=row_kind, shape=shape, notes=notes)


def _strings(table: pa.Table, column: str) -> list[str]:
    values = table.column(column).slice(0, SAMPLE_ROWS).to_pylist()
    return [value for value in values if isinstance(value, str)]


def _repeats(table: pa.Table, reply: str, prompt: str) -> bool:
    """Whether replies hold the prompt as well: most begin with a turn of the human's."""
    from portolan.core.transcript import turns_of

    cells = [cell for cell in table.column(reply).slice(0, SAMPLE_ROWS).to_pylist() if cell]
    style = style_of([cell for cell in cells if isinstance(cell, str)])
    human = sum(any(turn.role == "human" for turn in turns_of(cell, style, role="assistant")) for cell in cells)
    return human > 0.5 * len(cells)


def _with_others(
    roles: Roles,
    table: pa.Table,
    facts: list[ColumnFacts],
    *,
    id_: str | None,
    time: str | None,
    given: tuple[str, ...],
) -> Roles:
    """`roles` with id, time, categories and numbers from the columns that hold no text of the row."""
    used = {roles.text, roles.prompt, roles.chosen, roles.rejected, id_, time}
    used |= {roles.notes.get(part) for part in ("replies", "input", "choice")}
    free = [fact for fact in facts if fact.name not in used]
    times = [fact.name for fact in free if fact.n_values and is_time(fact, table.column(fact.name))]
    ids = [fact.name for fact in free if is_id(fact) and fact.name not in times]
    chosen_id = id_ or (ids[0] if ids else None)
    rest = [fact for fact in free if fact.name not in times and fact.name not in ids]
    inferred = [fact.name for fact in rest if is_category(fact) and fact.n_values and fact.name not in given]
    numbers = [fact.name for fact in rest if is_number(fact) and fact.name not in (*given, *inferred)]
    return replace(
        roles,
        id=chosen_id,
        time=time or (times[0] if times else None),
        categories=(*given, *inferred),
        numbers=tuple(numbers),
    )


def describe_roles(roles: Roles, n_rows: int) -> str:
    """The roles in one line: `text: chosen · pair: chosen/rejected · category: subset · 6,436 rows`."""
    parts = []
    if roles.kind == "pair":
        votes = votes_of(roles)
        parts += [f"pair: {roles.chosen}/{roles.rejected}"]
        parts = (
            [*parts, f"winner: {_list([vote['column'] for vote in votes])}"]
            if votes
            else [f"text: {roles.chosen}", *parts]
        )
    elif roles.kind == "ranking":
        parts.append(f"ranking: {roles.notes['replies']}")
    elif roles.text:
        parts.append(f"text: {roles.text}" if roles.kind == "text" else f"{roles.kind}: {roles.text}")
    named = {"prompt": [roles.prompt], "id": [roles.id], "time": [roles.time]}
    named |= {"category": list(roles.categories), "number": list(roles.numbers)}
    parts += [f"{part}: {_list(names)}" for part, names in named.items() if any(names)]
    return " · ".join([*parts, counted(n_rows, "row")])


def _list(names: list[str | None], *, most: int = 5) -> str:
    shown = [str(name) for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")
