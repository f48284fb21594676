"""`portolan decide`: what is to become of rows, decided by hand; and where people decided otherwise than each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portolan.cli.label import SHOWN, as_json_line, row_numbers
from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = r"""
  portolan decide reviews drop --rows 17,42 --reason advertising
  portolan decide reviews keep --where "label_tone = 'calm' AND length(text) < 20"
  portolan decide reviews relabel --rows 204 --edit lang=en
  portolan decide reviews --list
  portolan decide reviews --conflicts
  portolan decide reviews keep --between 31,35 --reason 'short, and right'
"""


def decide(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    decision: Annotated[
        Literal["keep", "drop", "flip", "edit", "relabel", "review"] | None,
        typer.Argument(help="What becomes of the rows."),
    ] = None,
    where: Annotated[str | None, typer.Option(help="Rows that meet a filter expression (SQL WHERE).")] = None,
    rows: Annotated[str | None, typer.Option(help="Rows by id, with commas between.")] = None,
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="COLUMN=VALUE", help="With edit and relabel: a column's new value; repeat."),
    ] = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="It stands in the place of all that people decided of the rows by hand.")
    ] = False,
    between: Annotated[
        str | None,
        typer.Option(metavar="EVENTS", help="Settle what these events, see --conflicts, contradict each other on."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List what is decided, row by row.")] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="List rows of which people decided one thing and another.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    author: Annotated[
        str | None, typer.Option(help="Default: $PORTOLAN_AUTHOR, or the name you are logged in under.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Decide by hand what becomes of rows. The last decision counts, before every rule of a recipe.

    Where people contradict each other, --conflicts lists it and --between settles it. `portolan export` writes the
    dataset with the decisions applied; `portolan restore` takes all of them back.
    """
    from portolan.api import open_map
    from portolan.core.telling import told

    opened = open_map(map_path)
    if list_ or conflicts:
        found = opened.decision_conflicts if conflicts else opened.decisions
        if rows is not None:
            found = _of_rows(found, row_numbers(rows))
        _list(found, as_json=as_json, is_conflicts=conflicts)
        return
    if decision is None:
        raise typer.BadParameter("Say what becomes of the rows, or ask: --list, --conflicts.", param_hint="DECISION")
    event = opened.decide(
        decision,
        rows=None if rows is None else row_numbers(rows),
        where=where,
        edit=dict(map(_new_value, edit)) if edit else None,
        settles=settle,
        between=None if between is None else row_numbers(between, of="--between"),
        reason=reason,
        author=author,
    )
    if as_json:
        out_json(as_json_line(event))
    else:
        out(f"{event.id}: {told(event)}")


def _of_rows(found: pa.Table, row_ids: list[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return found.filter(pc.is_in(found["row_id"], value_set=pa.array(row_ids, pa.int64())))


def _list(found: pa.Table, *, as_json: bool, is_conflicts: bool) -> None:
    if as_json:
        out_json(found.to_pylist())
        return
    if not found.num_rows:
        note("Nobody contradicts anybody, or it is settled." if is_conflicts else "Nothing is decided.")
        return
    shown = [
        (
            str(one["row_id"]), one["decision"] + (f" {one['edit']}" if one["edit"] else ""), one["author"],
            one["time"][:16].replace("T", " "), str(one["event"]), one["reason"], one["rule"],
        )
        for one in found.slice(0, SHOWN).to_pylist()
    ]  # fmt: skip
    out(table([("row", "decision", "by", "time (UTC)", "event", "reason", "rule"), *shown], align="><<<><<"))
    if found.num_rows > SHOWN:
        note(f"… and {found.num_rows - SHOWN:,} more: --json lists all.")
    if is_conflicts:
        note("Of each row the last of them counts so far. To settle: portolan decide MAP DECISION --between EVENTS")


def _new_value(told: str) -> tuple[str, Any]:
    """A column and its new value: what reads as JSON is that, all else is text."""
    column, is_there, value = told.partition("=")
    if not is_there:
        raise typer.BadParameter(f"{told!r} names no value.", param_hint="--edit COLUMN=VALUE")
    try:
        return column, json.loads(value)
    except json.JSONDecodeError:
        return column, value
