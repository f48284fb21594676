"""`portolan preference`: fit a preference model to a map of pairs, and see how good it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portolan.cli.output import out, out_json, table

if TYPE_CHECKING:
    from portolan.preferring import Preference

MOST_SHOWN = 8
"""Values of a category column in the table."""
EXAMPLES = r"""
  portolan preference pairs
  portolan preference pairs --model hf:OpenAssistant/reward-model-deberta-v3-large-v2
  portolan preference pairs --model encoder
  portolan preference pairs --model columns:score_chosen,score_rejected --json
  portolan preference pairs --flipped 0.1
  portolan rows pairs --where "preference < 0.2" --sort preference
"""


def preference(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:ARG]",
            help="The model to fit: linear, encoder[:MODEL] (sentence-transformers/all-MiniLM-L6-v2 unless named), "
            "hf:MODEL, judge:MODEL, columns:A,B. Default: the one that was fitted last, or linear.",
        ),
    ] = None,
    flipped: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Tell what lists hold where this share of the rows is known to be flipped."),
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Learn which replies are preferred, and tell how well that can be told.

    No pair is judged by a model that has seen its prompt. What it leaves are the columns `preference`, the chance that
    the chosen reply is preferred, and `preference_margin`; of a ranking the mean over all its pairs. Accuracy stands
    beside plain rules; planted flips tell what a list of likely flipped pairs would be worth. A model that is near
    chance says so.
    """
    from portolan.api import open_map

    m = open_map(map_path)
    found = m.preference if model is None else m.fit_preference(model, threads=threads)
    known = None if flipped is None else found.where_flipped(flipped)
    if as_json:
        told = {**found.to_json(), "shortcuts": m.shortcuts.to_json()}
        out_json(told if known is None else {**told, "where_flipped": known})
        return
    if known is not None:
        out("\n".join(_known(known, map_path, found.columns[0])))
        return
    for part in (_accuracy(found), _subsets(found), [str(m.shortcuts)], _power(found), [found.says]):
        if part:
            out("\n".join(part))
            out("")
    out(f"Columns: {', '.join(found.columns)}.")
    rows = "pairs" if found.rankings is None else "rankings"
    out(f"The {rows} it contradicts most: portolan rows {map_path} --sort {found.columns[0]}")


def _accuracy(found: Preference) -> list[str]:
    rows = [(f"{found.name}", *_told(found.figures["accuracy"]))]
    rows += [(name, *_told(share.to_json())) for name, share in found.baselines.items()]
    lines = table([("accuracy", "value", "95 %", "pairs"), *rows], align="<><>")
    if found.rankings is not None:
        n_pairs = found.figures["accuracy"]["n"]
        lines += f"\n\n{found.rankings:,} rankings as {n_pairs:,} pairs; those of a ranking together count as one row."
    loss, error = found.figures["log_loss"], found.figures["calibration_error"]
    return [lines, "", f"log loss {loss:.4f} (chance alone: 0.6931), calibration error {error:.3f}"]


def _subsets(found: Preference) -> list[str]:
    kinds = ["model", *(name for name in found.baselines if name != "chance")]
    shown: list[tuple[str, ...]] = []
    for column, n_values in Counter(one["column"] for one in found.by_subset).items():
        for one in [one for one in found.by_subset if one["column"] == column][:MOST_SHOWN]:
            shares = (f"{one[kind]['value']:.3f} ({_interval(one[kind])})" for kind in kinds)
            shown.append((f"{column} = {one['value']}", f"{one['model']['n']:,}", *shares))
        if n_values > MOST_SHOWN:
            shown.append((f"{column}: {n_values - MOST_SHOWN} more, see --json", "", *("" for _ in kinds)))
    if not shown:
        return []
    return [table([("subset (chance: 0.500)", "pairs", found.name, *kinds[1:]), *shown], align="<>" + "<" * len(kinds))]


def _power(found: Preference) -> list[str]:
    power = found.power
    as_it_is = power.get("as_it_is") or {"lists": []}
    half_if = {one["rows"]: f"{one['half_if']:.1%}" for one in as_it_is["lists"]}
    rows = [
        (
            f"{cut['rows']:,}", f"{cut['precision']['value']:.2f}", _interval(cut["precision"]),
            f"{cut['recall']['value']:.3f}", *(f"{value:.2f}" for value in cut["precision_at_rate"].values()),
            half_if.get(cut["rows"], ""),
        )
        for cut in power["cuts"]
    ]  # fmt: skip
    if not rows:
        return []
    head = f"Planted flips ({power['planted']:.0%}): average precision {power['average_precision']:.3f}"
    shares = [f"at {float(rate):.0%}" for rate in power["cuts"][0]["precision_at_rate"]]
    return [
        f"{head} (shuffled: {power['by_chance']:.3f}), AUC {power['auc']:.3f}",
        table([("first rows", "precision", "95 %", "recall", *shares, "half if"), *rows], align=">><>>>>"),
        "Half if: the share of all rows that has to be flipped, as they stand, for half of the first rows to be."
        " What lists hold where that share is known: --flipped SHARE.",
    ]


def _known(known: dict[str, Any], map_path: Path, column: str) -> list[str]:
    rows = [
        (f"{one['rows']:,}", f"{one['precision']['value']:.2f}", _interval(one["precision"]), one["where"])
        for one in known["lists"]
    ]
    lines = [
        f"Where {known['share']:.1%} of the rows are flipped at random (at most {known['at_most']:.1%} can be):", "",
        table([("first rows", "flipped", "95 %", "which"), *rows], align=">><<"), "",
    ]  # fmt: skip
    best = known["longest"]
    if best is None:
        return [*lines, "Of no such list half is flipped, surely."]
    return [
        *lines,
        f"Half of the first {best['rows']:,} or more are flipped. A finding of them, whose rows can be judged blind:",
        f'portolan audit {map_path} --define flipped "{best["where"]}" --confidence "1 - {column}"',
    ]


def _told(share: dict[str, Any]) -> tuple[str, str, str]:
    return f"{share['value']:.4f}", _interval(share), f"{share['n']:,}"


def _interval(share: dict[str, Any]) -> str:
    return f"{share['low']:.3f} to {share['high']:.3f}"
