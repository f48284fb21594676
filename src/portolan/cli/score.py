"""`portolan score`: measure every row with a scorer, and see what has been measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.scoring import ScoreNote

EXAMPLES = r"""
  portolan score pairs --scorer length
  portolan score pairs --scorer refusal --scorer pii
  portolan score pairs --scorer hf:unitary/toxic-bert
  portolan score pairs --scorer judge:gpt-4o-mini,rubric=rubric.txt --dry-run
  portolan score pairs --list
  portolan rows pairs --where "refusal_chosen AND NOT refusal_rejected"
"""


def score(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    scorer: Annotated[
        list[str] | None, typer.Option(metavar="NAME[:ARG]", help="What to measure with; may be given again.")
    ] = None,
    is_list: Annotated[bool, typer.Option("--list", help="Tell which scorers there are, and what each has left.")] = (
        False
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell how much it would read and cost; do nothing.")] = (
        False
    ),
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print columns, figures and the scorer's card as JSON.")] = (
        False
    ),
) -> None:
    """Measure every row: length, language, refusals, personal data, harm, duplicates, or by a model of your own.

    Each scorer runs once and is kept. What it leaves are columns of the map: filter, sort and colour by them on the
    page (an open page shows them once it is loaded again), in `portolan rows --where` and in Python. Of preference
    pairs each reply is scored by itself: NAME_chosen and NAME_rejected; NAME is the chosen one.

    Run the same command again after a stop: what costly scorers have finished is kept.
    """
    from portolan.api import open_map

    m = open_map(map_path)
    if is_list or not scorer:
        if not is_list:
            note("No scorer is named: these are there. Name one with --scorer NAME.")
        _list(m, as_json=as_json)
        return
    if dry_run:
        _plan(m, scorer, as_json=as_json)
        return
    for name in scorer:
        m.score(name, threads=threads)
    found = {one.name: one for one in m.scores}
    made = [found[name] for name in scorer]
    if as_json:
        out_json([one.to_json() for one in made])
        return
    for one in made:
        out(_lines(m, one))


def _plan(m: Map, names: list[str], *, as_json: bool) -> None:
    plans = [m.plan_score(name) for name in names]
    if as_json:
        out_json([vars(plan) for plan in plans])
        return
    for plan in plans:
        state = "is there already" if plan.is_done else f"would read {plan.reading}"
        out(f"{plan.name} {state}{f': {plan.estimate}' if plan.estimate and not plan.is_done else ''}")


def _list(m: Map, *, as_json: bool) -> None:
    from portolan.plugins import scorers

    if as_json:
        out_json({"scorers": scorers.names(), "scores": [one.to_json() for one in m.scores]})
        return
    done = {one.name.partition(":")[0]: one for one in m.scores}
    rows: list[tuple[str, ...]] = [("scorer", "what it measures", "")]
    for name in scorers.names():
        rows.append((name, _what(name), "scored" if name in done else ""))
    out(table(rows, align="<<<"))
    for one in m.scores:
        out("\n" + _lines(m, one))


def _what(name: str) -> str:
    """What a scorer measures, from its card."""
    from portolan.plugins import scorers

    return str(scorers.get(name).card["what"])  # type: ignore[index]  # a class attribute, by contract


def _lines(m: Map, one: ScoreNote) -> str:
    state = "" if one.is_current else "  (the rows or the scorer have changed since: score again)"
    lines = [f"{one.name}  {one.seconds:.1f} s{state}"]
    rows: list[tuple[str, ...]] = [("  " + c["name"], c["kind"], _summary(m, c)) for c in one.columns]
    lines.append(table(rows, align="<<<"))
    for figure in one.card.get("figures", []):
        lines.append(f"  {figure['measure']} {figure['value']} on {figure['on']} (n = {figure.get('n', 'unknown')})")
    lines.append(f"  {one.card['limits']}")
    return "\n".join(lines)


def _summary(m: Map, column: dict[str, Any]) -> str:
    """What is in a column, in a few words."""
    from portolan.core.scored import summary_of

    return summary_of(m.measured(column["name"]), kind=column["kind"])
