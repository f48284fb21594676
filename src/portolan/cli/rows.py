"""`portolan rows`: look at rows, filtered and sorted."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    import pyarrow as pa

    from portolan.map import Map

PART = 4096
WIDEST = 60
NARROWEST = 12

EXAMPLES = r"""
  portolan rows reviews --sort 'stars desc' --limit 20
  portolan rows reviews --where "stars = 1 AND text('refund')" --columns stars,text
  portolan rows reviews --where 'length(text) > 2000' --limit 0 --csv > long.csv
"""


def rows(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    where: Annotated[str | None, typer.Option(help="Only rows that meet a filter expression (SQL WHERE).")] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Sort by a column or expression; 'COLUMN desc' turns it round.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most this many rows; 0: all.", min=0)] = 10,
    columns: Annotated[str | None, typer.Option(metavar="A,B", help="Only these columns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows whole, as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows whole, as CSV.")] = False,
) -> None:
    """Show rows, filtered and sorted."""
    from portolan.api import open_map

    if as_json and as_csv:
        raise typer.BadParameter("Choose one of --json and --csv.")
    names = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    opened = open_map(map_path)
    if as_csv:
        _print_csv(opened, where=where, sort=sort, columns=names, limit=limit or opened.n_rows)
        return
    found = opened.table(where, sort=sort, columns=names, limit=limit or None)
    if as_json:
        out_json(found.to_pylist())
    elif found.num_rows == 0:
        note("No row matches.")
    else:
        _show(found, width=shutil.get_terminal_size((120, 24)).columns)


def _print_csv(opened: Map, *, limit: int, **asked: Any) -> None:
    """Print a part at a time: all rows of a large map need not fit in memory. Lists and structs stand as JSON."""
    lines = csv.writer(sys.stdout, lineterminator="\n")
    for offset in range(0, max(1, limit), PART):
        part = opened.table(**asked, offset=offset, limit=min(PART, limit - offset))
        if offset == 0:
            lines.writerow(part.column_names)
        lines.writerows([_written(value) for value in row.values()] for row in part.to_pylist())
        if part.num_rows < PART:
            return


def _written(value: object) -> object:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value


def _show(found: pa.Table, *, width: int) -> None:
    """One line a row, cells cut so that as many columns as can be stand in the window."""
    names = found.column_names
    cells = [[_cell(value) for value in found.column(place).to_pylist()] for place in range(len(names))]
    wanted = [min(WIDEST, max(map(len, [name, *column]))) for name, column in zip(names, cells, strict=True)]
    n_shown = _n_fitting([min(wish, NARROWEST) for wish in wanted], width)
    widths = _shared_out(wanted[:n_shown], width - 2 * (n_shown - 1))
    lines = [tuple(_cut(names[place], widths[place]) for place in range(n_shown))]
    for row in range(found.num_rows):
        lines.append(tuple(_cut(cells[place][row], widths[place]) for place in range(n_shown)))
    out(table(lines, align=">" + "<" * (n_shown - 1)))
    if n_shown < len(names):
        left_out = ", ".join(names[n_shown:])
        note(f"No room for {left_out}: choose with --columns, or print --csv or --json.")


def _n_fitting(least: list[int], width: int) -> int:
    """How many columns have room, at least two."""
    used, n_fitting = 0, 0
    for wish in least:
        used += wish + 2
        if used - 2 > width:
            break
        n_fitting += 1
    return max(min(2, len(least)), n_fitting)


def _shared_out(wanted: list[int], width: int) -> list[int]:
    """Widths of columns: narrow ones have what they want, the others share what is left."""
    widths, left = list(wanted), width
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for n_before, place in enumerate(order):
        share = max(NARROWEST, left // (len(order) - n_before))
        widths[place] = min(wanted[place], share)
        left -= widths[place]
    return widths


def _cell(value: object) -> str:
    # Only the beginning is shown: a text may be megabytes long.
    return "" if value is None else " ".join(str(value)[: 8 * WIDEST].split())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
