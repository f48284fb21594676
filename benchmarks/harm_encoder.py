"""How good both steps of the `harm` scorer are together: `python benchmarks/harm_encoder.py DATA STATES [--card CARD]`.

DATA holds the public sets; STATES is the folder of `tools/make_harm_encoder.py --states`. Held out: on a third of the
texts read, which neither of the two models was trained on. Unseen: trained again without the whole set, the two put
together as the bundled ones are. XSTest: what the bundled scorer says. `--card` adds the figures to the scorer's card.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).parent))

from harm import auc, average_precision, figure
from harm_encoder_calibration import JUDGED, held_out, linear_logits
from harm_encoder_training import (
    HELD_OUT,
    LEFT_OUT,
    PAIRS,
    Pool,
    States,
    logits_of,
    read_pool,
    read_states,
    trained,
)
from harm_sets import HarmSet, xstest
from harm_training import Material, read_material

SHARES = ("linear", "encoder", "both")


def compared(
    is_harmful: np.ndarray, linear: np.ndarray, encoder: np.ndarray, share: list[float], on: str
) -> list[dict[str, Any]]:
    """AUC of each model alone and of both, and average precision of both, on the same texts."""
    both = share[0] * linear + share[1] * encoder
    n = len(is_harmful)
    figures = [
        figure(f"AUC, {name}", auc(is_harmful, scores), on, n)
        for name, scores in zip(SHARES, (linear, encoder, both), strict=True)
    ]
    return [*figures, figure("average precision, both", average_precision(is_harmful, both), on, n)]


def within(material: Material, pool: Pool, states: States, folder: Path, share: list[float]) -> list[dict[str, Any]]:
    """Figures on the texts that no training saw."""
    upper = trained(pool, states, folder)
    linear = linear_logits(material, pool, without=None)
    figures = []
    for name in JUDGED:
        part = pool.parts[name]
        rows = held_out(part)
        encoder = logits_of(upper, states, part.places[rows])
        figures += compared(part.is_harmful[rows], linear[name][rows], encoder, share, f"{name}, held out")
    rows = np.flatnonzero(pool.pair_folds == HELD_OUT)
    gap = logits_of(upper, states, pool.worse[rows]) - logits_of(upper, states, pool.better[rows])
    return [*figures, figure("right order, encoder", (gap > 0).mean(), f"{PAIRS}, held out", len(rows))]


def unseen(
    material: Material, pool: Pool, states: States, folder: Path, share: list[float], names: list[str]
) -> list[dict[str, Any]]:
    """Figures on sets that were left out whole; `names` of them."""
    figures = []
    for name in names:
        part = pool.parts[name]
        upper = trained(pool, states, folder, without=name)
        linear = linear_logits(material, pool, without=name)[name]
        encoder = logits_of(upper, states, part.places)
        figures += compared(part.is_harmful, linear, encoder, share, f"{name}, unseen")
    return figures


def look_alikes(part: HarmSet) -> list[dict[str, Any]]:
    """What the bundled scorer says of XSTest's prompts, in each of its ways."""
    from portolan.core.scored import plain_scored
    from portolan.scorers.harm import HarmScorer

    is_safe = part.is_harmful == 0
    figures = []
    for way, said in ((None, "harm"), ("all", "harm:all")):
        scores = np.asarray(HarmScorer(way).score(plain_scored(part.texts))["harm"])
        flagged = scores >= 0.5
        figures += [
            figure(f"AUC, {said}", auc(part.is_harmful, scores), "XSTest, unseen", len(part)),
            figure(
                f"average precision, {said}", average_precision(part.is_harmful, scores), "XSTest, unseen", len(part)
            ),
            figure(f"false alarms, {said} (>= 0.5)", flagged[is_safe].mean(), "XSTest's safe prompts", is_safe.sum()),
            figure(f"found, {said} (>= 0.5)", flagged[~is_safe].mean(), "XSTest's unsafe prompts", (~is_safe).sum()),
        ]
    return figures


def main() -> None:
    """Print the figures; add them to the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--card", type=Path, help="add the figures to this card")
    parser.add_argument("--without", nargs="*", default=list(LEFT_OUT), help="sets to leave out, one training each")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    from portolan.scorers._harm_encoder import ABOUT

    share = ABOUT["calibration"][:2]
    pool = read_pool(chosen.data)
    states = read_states(pool, chosen.states)
    material = read_material(chosen.data)
    figures = within(material, pool, states, chosen.states, share)
    figures += unseen(material, pool, states, chosen.states, share, chosen.without)
    figures += look_alikes(xstest(chosen.data))
    for line in figures:
        print(f"{line['measure']:36} {line['value']:.3f}  {line['on']} (n = {line['n']:,})")
    if chosen.card:
        card = json.loads(chosen.card.read_text(encoding="utf-8"))
        # The linear model's own figures name no model; `harm.py --card` writes them.
        own = [line for line in card["figures"] if "," not in line["measure"]]
        card["figures"] = [*own, *figures]
        chosen.card.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
