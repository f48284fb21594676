"""`portolan effect`: what dropping, flipping, relabelling or weighting pairs does to a preference model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portolan.cli.output import note, out, out_json
from portolan.core.report_words import listed
from portolan.errors import InputError

LOSS = "log_loss"

EXAMPLES = r"""
  portolan effect pairs --drop "finding_doubly_egregious IS NOT NULL" --seeds 40
  portolan effect pairs --drop "preference < 0.2" --json
  portolan effect pairs --relabel "label_agreed = 'tie'" --to 0.5
  portolan effect pairs --weights "CASE WHEN subset = 'red-team' THEN 0.2 ELSE 1 END"
  portolan effect pairs --drop "pii_count > 0" --probes my-probes.jsonl --plot effect.svg
  portolan effect pairs --influence
"""


def effect(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    drop: Annotated[str | None, typer.Option(metavar="EXPR", help="Leave these pairs out.")] = None,
    flip: Annotated[str | None, typer.Option(metavar="EXPR", help="Take their rejected reply for the chosen.")] = None,
    relabel: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Give them the chance --to that the chosen reply is better.")
    ] = None,
    to: Annotated[float, typer.Option(help="With --relabel; 0.5: neither reply is better.")] = 0.5,
    weights: Annotated[
        str | None, typer.Option(metavar="EXPR", help="How often each row counts: an expression that is a number.")
    ] = None,
    influence: Annotated[
        bool, typer.Option("--influence", help="Instead: what each pair does, as the column influence.")
    ] = False,
    of: Annotated[str, typer.Option(help="With --influence: log_loss, chance, or a kind of probes.")] = LOSS,
    seeds: Annotated[int, typer.Option(help="Random draws to compare with.")] = 20,
    splits: Annotated[
        int | None, typer.Option(help="Ways to fold the pairs. Default: 3; of more than 50,000 pairs 1.")
    ] = None,
    probes: Annotated[
        str | None, typer.Option(metavar="FILE", help="Probe pairs of your own, in place of the bundled ones.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="OUT.svg", help="Draw the differences with their intervals.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn at random.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Default: all cores.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print outcomes and verdict as JSON.")] = False,
) -> None:
    """Measure what a preference model loses or gains when some pairs are dropped, flipped, relabelled or weighted.

    The model is fitted with and without them, and with the same done to as many random pairs of the same composition.
    Outcomes are measured on held-out pairs whose prompts were not trained on, and on probe pairs. An effect is claimed
    where the difference to the random ones is beyond chance, counting all outcomes; otherwise the answer says how
    small an effect would have shown.

    Pairs that are picked by preference, preference_margin or finding_likely_flipped of the model 'linear', which has
    learnt from the choices that are tested on, are picked anew for each fold by models that have not seen it, and
    measured by accuracy and recalibrated log loss on all pairs. Of those picked by other columns that have learnt from
    them (influence, preference_surface, a fine-tuned model, findings made of these) no effect is claimed.

    What was measured is kept: asked again, it is told at once.
    """
    from portolan.api import open_map

    given = {"--drop": drop, "--flip": flip, "--relabel": relabel, "--weights": weights, "--plot": plot}
    _check(influence, of, [name for name, value in given.items() if value is not None], plot)
    m = open_map(map_path)
    if influence:
        if m.roles.kind == "ranking":
            note("Of each ranking the best reply and the worst are the pair.")
        values = m.influence(of, probes=probes or True, threads=threads)
        _tell_influence(values, of, as_json=as_json)
        return
    found = m.effect(
        drop, flip=flip, relabel=relabel, to=to, weights=weights, seeds=seeds, splits=splits,
        probes=probes or True, random_state=seed, threads=threads,
    )  # fmt: skip
    if plot is not None:
        from portolan.effecting import save_plot

        note(f"Drawn: {save_plot(found, plot)}")
    out_json(found.to_json()) if as_json else out(str(found))


def _check(influence: bool, of: str, changes: list[str], plot: Path | None) -> None:
    """Raise InputError where options do not go together, before anything is measured."""
    if influence and changes:
        raise InputError(
            f"--influence is of the pairs as they are, and goes with no {listed(changes, last='or')}.",
            fix="Ask for one of them at a time.",
        )
    if not influence and of != LOSS:
        raise InputError("--of goes with --influence alone.", fix="Add --influence, or leave --of out.")
    if plot is not None:
        from portolan.effecting import check_plot

        check_plot(plot)


def _tell_influence(values: object, of: str, *, as_json: bool) -> None:
    import numpy as np

    numbers = np.asarray(values, np.float64)
    known = np.flatnonzero(~np.isnan(numbers))
    order = known[np.argsort(numbers[known], kind="stable")]
    if as_json:
        ranked = [{"row_id": int(row), "influence": float(numbers[row])} for row in order]
        out_json(
            {"of": of, "column": "influence", "n": len(known), "lowest": ranked[:100], "highest": ranked[:-101:-1]}
        )
        return
    out(f"influence on {of}: {len(known):,} pairs, {(numbers[known] < 0).mean():.0%} of them below 0")
    out("the lowest: " + ", ".join(f"{row} ({numbers[row]:+.4g})" for row in order[:8].tolist()))
    out('all of them: portolan rows MAP --sort influence; on the page, colour by "influence"')
