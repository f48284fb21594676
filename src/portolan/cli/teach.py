"""`portolan teach`: from a few labels, a concept that scores every row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from portolan.cli.output import note, out, out_json, table

if TYPE_CHECKING:
    from portolan.map import Map
    from portolan.teaching import Concept

EXAMPLES = r"""
  portolan teach reviews --set tone --value rude
  portolan teach reviews --set tone --value rude --name abuse --next 10
  portolan teach reviews --set tone --value rude --save rude.concept.json
  portolan score others --scorer concept:rude.concept.json
  portolan rows reviews --where "concept_rude >= 0.8"
"""
SHOWN = 70


def teach(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    set_: Annotated[str | None, typer.Option("--set", help="The set of labels to learn from.")] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="The label that is it; may be given again. The set's others are not.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the concept; by default as the label. Its column: concept_NAME.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is, in a sentence; kept with it.")] = "",
    cut: Annotated[float, typer.Option(help="The chance that precision and recall are told at.")] = 0.5,
    next_: Annotated[int, typer.Option("--next", metavar="N", help="List N rows that are most useful to label.")] = 0,
    order: Annotated[
        Literal["useful", "likely"], typer.Option(help="Of --next: least certain and diverse, or likeliest first.")
    ] = "useful",
    seed: Annotated[int, typer.Option(help="Of --next: draws others.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Write it to a small file, for other maps.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print figures and rows as JSON.")] = False,
) -> None:
    """Learn from labels which rows are it, and score all rows: seconds, from five labels of each kind on.

    Without --set it lists the concepts of the map. After more labels, run the same command again. Precision and recall
    are cross-validated on the labelled rows, with 95 % intervals.
    """
    from portolan.api import open_map

    m = open_map(map_path)
    if set_ is None:
        if name is not None and save is not None:
            note(f"Saved {m.concept(name).save(save)}.")
            return
        _list(m, as_json=as_json)
        return
    if not value:
        raise typer.BadParameter("Say which label is it: --value NAME.", param_hint="--value")
    concept = m.teach(name or _slug("_or_".join(value)), set=set_, value=value, description=description, cut=cut)
    rows = concept.next(next_, order=order, seed=seed).tolist() if next_ else []
    if save is not None:
        note(f"Saved {concept.save(save)}.")
    if as_json:
        out_json({**_as_json(concept), "next": rows})
        return
    _show(concept)
    if rows:
        out("\nLabel next:")
        out(table([("row", "chance", "text"), *_lines(concept, rows)], align=">><"))


def _slug(text: str) -> str:
    """A label as a name for a concept."""
    import re

    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:60] or "concept"


def _list(m: Map, *, as_json: bool) -> None:
    if as_json:
        out_json([_as_json(one) for one in m.concepts])
        return
    if not m.concepts:
        note("No concept is taught yet. Label some rows, then: portolan teach MAP --set SET --value LABEL")
    for one in m.concepts:
        _show(one)


def _show(concept: Concept) -> None:
    from portolan.core.concept_telling import told_in_words

    told = concept.taught.told
    stale = "" if concept.is_current else "  (labels have changed since: teach it again)"
    out(f"{concept.column}{stale}")
    out(f"  {told_in_words(told)} ({told.n_positive:,} are it, {told.n_other:,} are not), at {concept.cut:g}.")
    scores = concept.scores
    out(f"  {int((scores >= concept.cut).sum()):,} of {len(scores):,} rows are at {concept.cut:g} or above.")


def _lines(concept: Concept, rows: list[int]) -> list[tuple[str, ...]]:
    scores = concept.scores
    texts = concept.of.texts(rows)
    return [
        (str(row), f"{scores[row]:.2f}", " ".join(text.split())[:SHOWN]) for row, text in zip(rows, texts, strict=True)
    ]


def _as_json(concept: Concept) -> dict[str, Any]:
    taught = concept.taught
    return {
        "name": concept.name, "column": concept.column, "set": taught.set, "values": list(taught.values),
        "description": taught.description, "is_current": concept.is_current, "embedder": taught.embedder,
        **taught.told.to_json(), "rows_at_cut": int((concept.scores >= concept.cut).sum()),
    }  # fmt: skip
