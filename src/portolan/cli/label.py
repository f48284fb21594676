"""`portolan label`: what people say of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portolan.cli.output import note as tell
from portolan.cli.output import out, out_json, table

if TYPE_CHECKING:
    from portolan.core.events import Event
    from portolan.map import Map

EXAMPLES = r"""
  portolan label reviews --set topic --define 'price, delivery, other'
  portolan label reviews --set topic --value delivery --where "text('late parcel')"
  portolan label reviews --set topic --value price --rows 17,204 --note 'in euros'
  portolan label reviews --set topic --remove --rows 204
  portolan label reviews --set topic --queue 2 --json
  portolan label reviews --set topic --second --where "length(text) > 200"
  portolan label reviews --conflicts
  portolan label reviews --set topic --value price --rows 17 --settle --reason 'the parcel was free'
  portolan label reviews --history 204
"""
SHOWN = 20
SECOND = 2
"""People who label each row, where second labels are asked for."""


def label(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    set_: Annotated[str | None, typer.Option("--set", help="The set of labels.")] = None,
    value: Annotated[str | None, typer.Option(help="The label to give.")] = None,
    where: Annotated[str | None, typer.Option(help="Rows that meet a filter expression (SQL WHERE).")] = None,
    rows: Annotated[str | None, typer.Option(help="Rows by id, with commas between.")] = None,
    side: Annotated[Literal["chosen", "rejected"] | None, typer.Option(help="Only that reply of pairs.")] = None,
    span: Annotated[str | None, typer.Option(help="Only that part of one row's text: START:END, characters.")] = None,
    note: Annotated[str, typer.Option(help="About the rows; kept with the label.")] = "",
    settle: Annotated[
        bool, typer.Option("--settle", help="The label goes before what others say, earlier or later.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take labels away: yours, those of --value if given.")
    ] = False,
    of: Annotated[str | None, typer.Option(help="With --remove: whose labels; '*' for everyone's.")] = None,
    define: Annotated[
        str | None, typer.Option(help="Define the set: its labels, with commas between.", metavar="LABELS")
    ] = None,
    description: Annotated[str, typer.Option(help="With --define: what the set is for.")] = "",
    multiple: Annotated[bool, typer.Option("--multiple", help="With --define: rows may have several.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List labels: everybody's own.")] = False,
    sets: Annotated[bool, typer.Option("--sets", help="List the sets, and how often each label was given.")] = False,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="List labels that contradict each other.")] = False,
    queue: Annotated[
        int | None,
        typer.Option(metavar="PEOPLE", help="List the rows of --set that you are to label, so many people each."),
    ] = None,
    second: Annotated[
        bool,
        typer.Option(
            "--second",
            help="List rows of --set that one other person has labelled and you have not, without what they said; "
            "with --queue those that so many are to label and somebody has begun.",
        ),
    ] = False,
    agreement: Annotated[bool, typer.Option("--agreement", help="How far people agree on --set.")] = False,
    history: Annotated[int | None, typer.Option(metavar="ROW", help="What was said and decided of a row.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="List labels as they stood then.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with what is done.")] = "",
    author: Annotated[
        str | None, typer.Option(help="Default: $PORTOLAN_AUTHOR, or the name you are logged in under.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Label rows, list labels, see who said what. Whatever is done is kept in the journal, and can be undone.

    `portolan cluster MAP undo` undoes the last event.
    """
    from portolan.api import open_map

    opened = open_map(map_path)
    if list_ or conflicts or at is not None:
        _list(opened, _listed(opened, set_, at=at, conflicts=conflicts), as_json=as_json)
    elif sets:
        _sets(opened, as_json=as_json)
    elif history is not None:
        _history(opened.history(history), opened, as_json=as_json)
    elif set_ is None:
        raise typer.BadParameter(
            "Name the set: --set NAME (or ask: --list, --sets, --history ROW).", param_hint="--set"
        )
    elif queue is not None or second:
        people = SECOND if queue is None else queue
        found = opened.label_queue(set_, n_people=people, is_begun=second, where=where, side=side, author=author)
        none = (
            "No row has a label of somebody else's and none of yours."
            if second
            else "Nothing is left for you to label."
        )
        _queue(found.tolist(), none=none, as_json=as_json)
    elif agreement:
        _agreement(opened.agreement(set_, side=side), as_json=as_json)
    else:
        who: dict[str, Any] = {"reason": reason, "author": author}
        chosen: dict[str, Any] = {
            "where": where, "rows": None if rows is None else row_numbers(rows), "side": side, "span": _span(span),
            "note": note,
        }  # fmt: skip
        if define is not None:
            values = [part.strip() for part in define.split(",") if part.strip()]
            event = opened.define_labels(set_, values, description=description, is_multiple=multiple, **who)
        elif remove:
            event = opened.unlabel(set_, value, of=of, **chosen, **who)
        elif value is None:
            raise typer.BadParameter("Say which label: --value NAME.", param_hint="--value")
        else:
            event = opened.label(set_, value, settles=settle, **chosen, **who)
        _show(event, as_json=as_json)


def _listed(opened: Map, set_: str | None, *, at: str | None, conflicts: bool) -> list[dict[str, Any]]:
    if conflicts:
        _tell_of_decisions(opened)
    found = opened.label_conflicts if conflicts else opened.labels if at is None else opened.labels_at(at)
    lines: list[dict[str, Any]] = found.to_pylist()
    return [line for line in lines if set_ in (None, line["set"])]


def _list(opened: Map, lines: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        out_json(lines)
        return
    if not lines:
        tell("There is none.")
        return
    shown = [
        (str(one["row_id"]), one["set"], one["value"], one["side"] or "", one["author"], one["time"][:16], one["note"])
        for one in lines[:SHOWN]
    ]
    out(table([("row", "set", "label", "side", "by", "time (UTC)", "note"), *shown], align="><<<<<<"))
    if len(lines) > SHOWN:
        tell(f"… and {len(lines) - SHOWN:,} more: --json lists all.")


def _tell_of_decisions(opened: Map) -> None:
    """Labels are not all that people contradict each other in."""
    from portolan.core.counted import counted

    if n_rows := opened.decision_conflict_page(offset=0, limit=0, n_row_ids=0)["n_rows"]:
        tell(f"Decisions contradict each other, too, on {counted(n_rows, 'row')}: portolan decide MAP --conflicts")


def _queue(row_ids: list[int], *, none: str, as_json: bool) -> None:
    if as_json:
        out_json(row_ids)
        return
    if not row_ids:
        tell(none)
        return
    out("\n".join(map(str, row_ids[:SHOWN])))
    if len(row_ids) > SHOWN:
        tell(f"… and {len(row_ids) - SHOWN:,} more: --json lists all.")


def _sets(opened: Map, *, as_json: bool) -> None:
    found = opened.label_counts()
    if as_json:
        out_json(found)
        return
    if not found:
        tell("Nothing is labelled yet.")
        return
    for one in found:
        kind = " (several a row)" if one["is_multiple"] else ""
        out(f"{one['name']}{kind}" + (f": {one['description']}" if one["description"] else ""))
        out(table([(f"{value['rows']:,}", value["value"]) for value in one["values"]] or [("0", "")], align="><"))


def _history(events: list[Event], opened: Map, *, as_json: bool) -> None:
    from portolan.core.telling import told

    if as_json:
        out_json([as_json_line(event) for event in events])
        return
    if not events:
        tell("Nothing was said or decided of it.")
        return
    lines = [
        (
            str(one.id), one.time[:16].replace("T", " "), one.author,
            told(one) + (f": {one.reason}" if one.reason else "")
            + (f" (undone by {one.undone_by})" if one.undone_by is not None else ""),
        )
        for one in events
    ]  # fmt: skip
    out(table([("event", "time (UTC)", "by", "what"), *lines], align="><<<"))


def _agreement(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        from portolan.core.plain_numbers import without_nan

        out_json(without_nan(found))
        return
    out(f"{found['rows']:,} rows were labelled by several; on {found['agreed']:,} of them they agree.")
    for one in found["cohen"]:
        out(f"  {' and '.join(one['authors'])}: Cohen's kappa {one['kappa']:.3f} on {one['rows']:,} rows")
    out(f"  Fleiss' kappa {found['fleiss']:.3f}, Krippendorff's alpha {found['krippendorff']:.3f}")


def _show(event: Event, *, as_json: bool) -> None:
    from portolan.core.telling import told

    if as_json:
        out_json(as_json_line(event))
    else:
        out(f"{event.id}: {told(event)}")


def as_json_line(event: Event) -> dict[str, Any]:
    """An event as JSON tells it."""
    from portolan.core.telling import told

    return {
        "id": event.id, "time": event.time, "author": event.author, "kind": event.kind, "told": told(event),
        "reason": event.reason, "undone_by": event.undone_by, "payload": dict(event.payload),
    }  # fmt: skip


def row_numbers(text: str, *, of: str = "--rows") -> list[int]:
    """Whole numbers with commas between; `of`: the option that they were given with."""
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of whole numbers.", param_hint=of) from None


def _span(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    start, colon, end = text.partition(":")
    if not colon or not start.strip().isdigit() or not end.strip().isdigit():
        raise typer.BadParameter(f"{text!r} is no span.", param_hint="--span START:END")
    return int(start), int(end)
