"""`portolan token`: who else may come to a map that is served, and as what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.team import Team

ACTIONS = ("add", "list", "remove")
USUAL_PORT = 8722

EXAMPLES = r"""
  portolan token reviews add grace --role labeller
  portolan token reviews add 'Ada L.' --role owner --json
  portolan token reviews list
  portolan token reviews remove grace
"""


def token(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="|".join(ACTIONS))],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Whose: the author of what they do.")] = None,
    role: Annotated[
        Literal["viewer", "labeller", "owner"],
        typer.Option(help="viewer: look. labeller: also label, decide, save views. owner: everything."),
    ] = "labeller",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Give people tokens of their own to a map, list who has one, take one away. It holds at once, without a restart.

    A token is shown once, with the URL to open; only a hash of it is kept. For people at other machines serve the map
    with `portolan open MAP --host 0.0.0.0 --port 8722`.
    """
    from portolan.home import find_map
    from portolan.team import Team

    if action not in ACTIONS:
        raise typer.BadParameter(f"{action!r} is none of {', '.join(ACTIONS)}.", param_hint="ACTION")
    if (name is None) != (action == "list"):
        problem = "list takes no name." if name is not None else f"{action} wants a name."
        raise typer.BadParameter(problem, param_hint="NAME")
    path = find_map(map_path)
    team = Team(path)
    if action == "list":
        _list(team, as_json=as_json)
    elif action == "add":
        _show(path, name or "", role, team.add(name or "", role), as_json=as_json)
    else:
        team.remove(name or "")
        out_json({"removed": name}) if as_json else out(f"{name} has no token any more.")


def _list(team: Team, *, as_json: bool) -> None:
    members = team.members()
    if as_json:
        out_json([{"name": one.name, "role": one.role, "added": one.added} for one in members])
    elif not members:
        note("Nobody has a token but you, as owner: the one in the URL that `portolan open` prints.")
    else:
        lines = [(one.name, one.role, one.added[:16].replace("T", " ")) for one in members]
        out(table([("name", "role", "since (UTC)"), *lines], align="<<<"))


def _show(path: Path, name: str, role: str, token: str, *, as_json: bool) -> None:
    from portolan import running

    server = running.find(path)
    url = server.url_for(token) if server else running.address_of("127.0.0.1", USUAL_PORT, token)
    if as_json:
        out_json({"name": name, "role": role, "token": token, "url": url, "is_served": server is not None})
        return
    out(url)
    note(f"That URL lets {name} in as {role}. It is shown this once: send it to nobody else.")
    if server is None:
        note(f"No server runs yet: portolan open '{path}' --port {USUAL_PORT} (--host 0.0.0.0 for other machines).")
