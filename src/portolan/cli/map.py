"""`portolan map`: make a map of a text dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from portolan.cli.open import serve_map
from portolan.cli.output import note, out, out_json

EXAMPLES = r"""
  portolan map reviews.csv
  portolan map 'logs/*.jsonl.gz' --text message --time created_at
  portolan map pairs.parquet --chosen good --rejected bad --category source
  cat notes.txt | portolan map - --name Notes --no-open
"""


Name = Annotated[str | None, typer.Option("--name", "-n", help="What the map is called. Default: the source's name.")]
Out = Annotated[
    Path | None, typer.Option("--output", "-o", help="The map's folder. Default: $PORTOLAN_HOME/NAME.portolan.")
]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Make the map and stop: no server, no browser.")]
Json = Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")]


def map_(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, globs, folders, URLs, a Hugging Face dataset's name, or - for standard input. "
            "Parquet, JSON lines (.gz, .zst), JSON, CSV, TSV, Arrow, Feather, plain text.",
        ),
    ],
    output: Out = None,
    name: Name = None,
    description: Annotated[str, typer.Option("--description", "-d", help="A sentence about the data.")] = "",
    text: Annotated[str | None, typer.Option(help="The column to map. Default: inferred.")] = None,
    chosen: Annotated[str | None, typer.Option(help="A pair's chosen reply.")] = None,
    rejected: Annotated[str | None, typer.Option(help="A pair's rejected reply.")] = None,
    prompt: Annotated[str | None, typer.Option(help="A pair's prompt, where it has a column of its own.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="A column that names each row.")] = None,
    time: Annotated[str | None, typer.Option(help="A column that dates each row.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="A column to colour by; repeat for more.")] = None,
    layout: Annotated[str, typer.Option(help="Lay pairs out by chosen, prompt, rejected or difference.")] = "chosen",
    embedder: Annotated[
        str,
        typer.Option(
            metavar="NAME[:ARG]",
            help="static (bundled), model2vec:PATH, sbert:MODEL, openai:MODEL, vectors:COLUMN or vectors:FILE.npy.",
        ),
    ] = "static",
    namer: Annotated[str, typer.Option(metavar="NAME[:ARG]", help="keyphrases, or openai:MODEL.")] = "keyphrases",
    seed: Annotated[int, typer.Option(help="Same seed, same map, on any number of threads.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a file with a broken line, instead of leaving the line out.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put this data in the place of a map's other data.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would run and about how long; write nothing.")
    ] = False,
    journal: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Keep what people do in PostgreSQL: postgresql://USER@HOST/DATABASE. Default: sqlite."
        ),
    ] = None,
    provenance: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A provenance card. Default: the provenance.yaml beside the data."),
    ] = None,
    no_provenance: Annotated[
        bool, typer.Option("--no-provenance", help="Leave a provenance card beside the data alone.")
    ] = False,
    no_open: NoOpen = False,
    as_json: Json = False,
) -> None:
    """Make a map of a text dataset, and open it in the browser.

    Which columns hold texts, pairs, times and categories is inferred and shown. Run the same command again after a
    stop: what was finished is kept.
    """
    from portolan import api
    from portolan.options import MapOptions

    options = MapOptions(
        name=name,
        description=description,
        path=output,
        text=text,
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        id=id_,
        time=time,
        categories=tuple(category or ()),
        layout=layout,  # type: ignore[arg-type]  # MapOptions checks it, with a fix
        embedder=embedder,
        namer=namer,
        random_state=seed,
        threads=threads,
        is_strict=strict,
        is_replacing=replace,
        journal=journal,
        provenance=provenance,
        looks_for_card=not no_provenance,
    )
    # Paths, so that several sources are never taken for several texts.
    several: list[Any] = [source if "://" in source else Path(source) for source in sources]
    source: Any = sources[0] if len(sources) == 1 else several
    if dry_run:
        plan = api.plan(source, options)
        (out_json(plan.to_json()) if as_json else out(plan.to_text()))
        return
    made = api.make_map(source, options, tell=note)
    if as_json:
        out_json(made.info())
    if not no_open:
        serve_map(made.path, is_quiet=as_json)
    elif not as_json:
        note(f"Open it: portolan open {made.path}")
        out(str(made.path))
