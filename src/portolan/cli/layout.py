"""`portolan layout`: further layouts of a map's rows, to compare with the map's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json, table
from portolan.errors import InputError

if TYPE_CHECKING:
    from portolan.map import Map

EXAMPLES = r"""
  portolan layout pairs add --layout rejected
  portolan layout pairs add --embedder sbert:all-MiniLM-L6-v2
  portolan layout pairs list --json | jq '.[].kept'
  portolan layout pairs remove rejected
"""


class Action(StrEnum):
    """What to do."""

    add = "add"
    list = "list"
    remove = "remove"


def layout(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    action: Annotated[Action, typer.Argument(help="add, list or remove.")] = Action.list,
    layout_name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which one to remove.")] = None,
    by: Annotated[
        str | None, typer.Option("--layout", help="Lay pairs out by chosen, prompt, rejected or difference.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(metavar="NAME[:ARG]", help="Another embedder. Default: the map's.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="What the new layout is called.")] = None,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the layouts as JSON.")] = False,
) -> None:
    """Lay a map's rows out in a further way, and see how far each row's neighbourhood differs.

    The page shows two layouts side by side. Run the same command again after a stop: what was finished is kept.
    """
    from portolan.api import open_map

    m = open_map(map_path)
    if action is Action.add:
        side: Any = by or m.info()["parameters"].get("layout", "chosen")
        made = m.add_layout(side, embedder=embedder, name=name, threads=threads)
        note(f"Compare them: portolan open {m.path}, then the button with two panes.")
        _show(m, [made.path.stem], as_json=as_json)
    elif action is Action.remove:
        if layout_name is None:
            raise InputError("No layout is named.", fix="Name the one to remove: portolan layout MAP remove NAME.")
        m.remove_layout(layout_name)
    else:
        _show(m, list(m.layouts), as_json=as_json)


def _show(m: Map, names: list[str], *, as_json: bool) -> None:
    told = [{**notes, **m.compare(notes["name"]).to_json()} for notes in m.layout_notes() if notes["name"] in names]
    if as_json:
        out_json(told)
        return
    if not told:
        note(f"No further layout. Add one: portolan layout {m.path} add --layout rejected")
    for one in told:
        out(_lines(one))


def _lines(one: dict[str, Any]) -> str:
    kept = "none" if one["kept"] is None else f"{one['kept']:.0%}"
    lines = [
        f"{one['name']}  by {one['by']}, {one['embedder']}",
        f"  rows keep {kept} of their {one['n_neighbors']} nearest rows (column {one['kept_column']})",
    ]
    for title, clusters in (("fall apart most", one["fall_apart"]), ("stay together most", one["stay_together"])):
        rows: list[tuple[str, ...]] = [(f"    {c['name']}", f"{c['size']:,}", f"{c['kept']:.0%}") for c in clusters]
        lines += [f"  {title}", table(rows, align="<>>")] if rows else []
    return "\n".join(lines)
