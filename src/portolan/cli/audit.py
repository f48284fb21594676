"""`portolan audit`: what is wrong in preference pairs, where it came from, and checks for pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.auditing.finding import FindingReport
    from portolan.core.audit_check import Check, Checked
    from portolan.map import Map

EXAMPLES = r"""
  portolan audit pairs
  portolan audit pairs --finding doubly-egregious --harm harm
  portolan audit pairs --provenance provenance.yaml
  portolan audit pairs --intend "doubly-egregious: subset = 'red-team'" --reason "collected by red teaming"
  portolan audit pairs --drop "identical" --reason "nothing to learn from"
  portolan audit pairs --define slanted "judge_slant_chosen >= 7"
  portolan audit pairs --fail-if "doubly-egregious outside red-team > 0.1 %" --fail-if "leakage > 0"
  portolan rows pairs --where "finding_identical IS NOT NULL"
"""
FAILED = 3


def audit(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    finding: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this finding; may be given again.")
    ] = None,
    harm: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:ARG]",
            help="The scorer that tells harm; by default what is there, or harm (above 20,000 rows harm:fast).",
        ),
    ] = None,
    provenance: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A provenance card to keep with the map: YAML.")
    ] = None,
    define: Annotated[
        tuple[str, str] | None, typer.Option(metavar="NAME EXPR", help="Make the rows that meet EXPR a finding.")
    ] = None,
    confidence: Annotated[
        str, typer.Option(metavar="EXPR", help="Of --define: how sure each row is, 0 to 1; without it all are 1.")
    ] = "",
    what: Annotated[str, typer.Option(help="Of --define: what such a row is, and what else it can be.")] = "",
    intend: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[: EXPR]", help="Say that these rows of a finding are intended; may be given again."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="NAME[: EXPR]", help="Say that these rows are to be dropped.")
    ] = None,
    reopen: Annotated[
        list[str] | None, typer.Option(metavar="NAME[: EXPR]", help="Say that these rows are open again.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why: kept with what is said and defined.")] = "",
    respond: Annotated[
        tuple[str, str] | None, typer.Option(metavar="NAME TEXT", help="Write into the thread on a finding.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print a recipe that drops what is to be dropped, and stop.")
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Print rows to judge blind, half of them not in the finding, and stop."),
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK", help='Exit code 3 if it holds: "NAME [in EXPR | outside EXPR] > NUMBER[%]".'),
    ] = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Fit no preference model, and leave out the findings that need one.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all as JSON, rows best first.")] = False,
) -> None:
    """Audit preference pairs: findings with rows, where they came from, and what is said of them.

    Each finding is a column of the map (finding_NAME, and all names in the list findings): filter, sort and colour by
    it. A row in a finding is not thereby wrong; what else it can be is told with --finding NAME.

    What is there and current is not looked for again.
    """
    from portolan.api import open_map

    m = open_map(map_path)
    checks = _checks(fail_if or [], with_model=not no_model)
    if provenance is not None:
        _declare(m, provenance)
    if define is not None:
        m.findings.define(*define, what=what, score=confidence, reason=reason)
    names = None if finding is None else [*finding, *(one.finding for one in checks)]
    m.findings.run(names, harm=harm, with_model=not no_model, threads=threads)
    for status, some in (("intended", intend), ("to-drop", drop), ("open", reopen)):
        for text in some or []:
            _say(m, status, text, reason)
    if respond is not None:
        m.findings[respond[0]].respond(respond[1])
    if recipe is not None:
        out(str(m.findings[recipe].recipe()).rstrip("\n"))
        return
    if sample is not None:
        _sample(m, sample, as_json=as_json)
        return
    results = [_checked(m, one) for one in checks]
    if as_json:
        out_json(_as_json(m, finding, results, with_model=not no_model))
    else:
        _show(m, finding, results)
    if any(one.is_found for one in results):
        raise typer.Exit(FAILED)


def _checks(texts: list[str], *, with_model: bool) -> list[Check]:
    """What is asked to be checked, understood before any work."""
    from portolan.auditing.checks import check_without_model
    from portolan.core.audit_check import parse_check

    checks = [parse_check(text) for text in texts]
    if not with_model:
        check_without_model(checks)
    return checks


def _declare(m: Map, card: Path) -> None:
    """Keep a provenance card, and tell what of it nothing here answers to."""
    m.declare_provenance(card)
    for line in m.provenance.unanswered:
        note(line)


def _say(m: Map, status: str, text: str, reason: str) -> None:
    """Give rows of a finding a status: NAME, or NAME: EXPR."""
    from portolan.auditing.checks import expression_of

    name, _, where = text.partition(":")
    one = m.findings[name.strip()]
    expression = expression_of(one, where) if where.strip() else ""
    one.set_status(status, where=expression, reason=reason)  # type: ignore[arg-type]  # of three words
    n = one.status_counts.get(status, 0)
    note(f"{one.name}: {n:,} of {one.count:,} rows are {status} now.")


def _checked(m: Map, check: Check) -> Checked:
    from portolan.auditing.checks import run_check

    return run_check(check, m.findings[check.finding])


def _as_json(m: Map, names: list[str] | None, results: list[Checked], *, with_model: bool) -> dict[str, Any]:
    card = m.provenance.card
    model = _model(m) if with_model else None
    return {
        "findings": m.findings.to_json(names), "model": model,
        "shortcuts": None if model is None else m.shortcuts.to_json(), "checks": [one.to_json() for one in results],
        "provenance": card.to_json(), "rows": m.n_rows, "harm": m.findings.harm,
    }  # fmt: skip


def _model(m: Map) -> dict[str, Any] | None:
    """What is told of the preference model; None where the pairs are too few for one."""
    from portolan.errors import InputError

    try:
        return m.preference.to_json()
    except InputError as error:
        note(f"There is no preference model: {error.problem}")
        return None


def _sample(m: Map, name: str, *, as_json: bool) -> None:
    """Rows to judge, and how to."""
    one = m.findings[name]
    rows = one.sample().tolist()
    if as_json:
        out_json({"finding": name, "set": one.label_set, "row_ids": rows})
        return
    out("\n".join(map(str, rows)))
    note(f"{one.title}? Judge each: portolan label MAP --set {one.label_set} --value right|wrong|unsure --rows IDS.")


def _show(m: Map, names: list[str] | None, results: list[Checked]) -> None:
    out(table(m.findings.lines(names), align="<>><<"))
    if m.roles.kind == "ranking":
        note("Findings are about the best reply of each ranking and its worst.")
    for column, n in m.provenance.too_many.items():
        note(f"Findings are not told by {column}: it has {n:,} values, which are too many.")
    note(f"Harm is told by the scorer {m.findings.harm}. A row in a finding is not thereby wrong: see --finding NAME.")
    for name in names or []:
        _show_one(m, m.findings[name])
    for result in results:
        out(str(result))


def _show_one(m: Map, one: FindingReport) -> None:
    out(f"\n{one.name}: {one.title}")
    out(f"  {one.what}")
    if one.power:
        out(f"  {one.power}" if one.note.is_looked_for else f"  Not looked for: {one.power}")
    if one.by_provenance:
        out(_rates(one))
    for region in one.clusters:
        out(f"  on the map in “{region.name}”: {region.rate.count:,} of {region.rate.n:,}")
    _show_said(one)
    precision = one.judged.precision
    if precision.n:
        out(f"  judged right {precision.value:.0%} ({precision.low:.0%} to {precision.high:.0%} of {precision.n} rows)")
    if one.count:
        out(f'  portolan rows {m.path} --where "{one.where}" --sort "{one.note.column} desc"')
    elif one.note.is_told:
        out("  No row is in it.")
    elif one.note.is_looked_for:
        out("  Nothing is listed, because nothing can be told: that is no sign that there is nothing.")


def _show_said(one: FindingReport) -> None:
    """What it is defined as, statuses, and the thread."""
    if one.definition is not None:
        sure = f", each as sure as {one.definition.score}" if one.definition.score else ""
        out(f"  Defined by {one.definition.author} as the rows where {one.definition.where}{sure}.")
    for said in one.said:
        where = f" where {said.where}" if said.where else ""
        out(f"  {said.status}{where}, {said.author}: {said.reason}")
    for response in one.responses:
        out(f"  {response.author}: {response.text}")


def _rates(one: FindingReport) -> str:
    """How often it is among the rows of each value of each column of provenance."""
    rows: list[tuple[str, ...]] = [("  where", "rows", "of", "rate", "elsewhere", "p", "status")]
    for column, some in one.by_provenance.items():
        for rate in some:
            elsewhere = "" if rate["expected"] is None else f"{rate['expected']:.2%}"
            told = (f"  {column} = {rate['value']}", f"{rate['count']:,}", f"{rate['n']:,}", f"{rate['rate']:.2%}")
            rows.append((*told, elsewhere, f"{rate['p']:.2g}", rate["status"] if rate["count"] else ""))
    return table(rows, align="<>>>>><")
