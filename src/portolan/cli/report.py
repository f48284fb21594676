"""`portolan report`: a map and its audit as an article."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out, out_json
from portolan.core.counted import counted
from portolan.errors import InputError

EXAMPLES = r"""
  portolan report pairs -o report.html
  portolan report pairs -o report.md --finding doubly-egregious --finding identical
  portolan report pairs -o report.html --drop "finding_doubly_egregious IS NOT NULL" --seeds 40
  portolan report pairs -o report.html --link https://example.org/pairs/ --examples redacted
  portolan report pairs --write-texts texts.md      # write them anew, then:
  portolan report pairs -o report.html --texts texts.md
"""


def report(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="The file to write: .html (one file), .md or .json."),
    ] = None,
    finding: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this finding; may be given again.")
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="EXPR", help="Measure what dropping these pairs changes; may be given again."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="With --drop: random draws to compare with.")] = 20,
    examples: Annotated[
        str,
        typer.Option(
            metavar="none|redacted|blurred|shown",
            help="Texts of the surest rows. redacted: little words alone. blurred, shown: all is in the file.",
        ),
    ] = "none",
    link: Annotated[
        str, typer.Option(metavar="URL", help="The address of the map's page (see portolan publish): for live links.")
    ] = "",
    texts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Texts in place of the report's own, by their keys.")
    ] = None,
    write_texts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report's texts, to begin with, and stop.")
    ] = None,
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The date it gives. Default: today.")] = "",
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a map and its audit as an article: the map, findings, what a model can tell, effects, method.

    Findings and the preference model are made where they are not there yet; experiments that were made before are told.
    Nothing is claimed where the interval includes none. The file is read without a network, and prints.
    """
    from portolan.api import open_map

    if (output is None) == (write_texts is None):
        raise InputError("One of -o and --write-texts says what to write.", fix="portolan report MAP -o report.html")
    m = open_map(map_path)
    about = {"examples": examples, "findings": finding, "drop": drop or [], "seeds": seeds, "link": link, "date": date,
             "threads": threads}  # fmt: skip
    if write_texts is not None:
        out(str(m.report_texts(write_texts, **about)))
        return
    assert output is not None
    made = m.report(output, texts=texts, **about)  # type: ignore[arg-type]  # checked where they are used
    if as_json:
        out_json(made.to_json())
        return
    told = f"{counted(made.n_findings, 'finding')}, {counted(made.n_effects, 'experiment')}"
    note(f"{told}, {made.size_bytes / 1e6:.2f} MB")
    if examples in ("blurred", "shown"):
        note("The file holds texts of the data: think before you pass it on.")
    out(str(made.path))
