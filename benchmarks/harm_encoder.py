"""How good both steps of the `harm` scorer are together: `python benchmarks/harm_encoder.py DATA STATES [--card CARD]`.

DATA holds the public sets; STATES is the folder of `tools/make_harm_encoder.py --states`. Held out: on texts that
neither model was trained on, nor what puts them together fitted. Unseen: all of it again without the whole set. XSTest:
what the bundled scorer says. `--card` adds the figures to the scorer's card.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).parent))

from harm import auc, average_precision, figure
from harm_encoder_calibration import (
    CALIBRATING,
    JUDGED,
    Reader,
    calibrating_logits,
    linear_logits,
    linear_without,
    reads_by_file,
    reads_by_layers,
    shared,
)
from harm_encoder_texts import HELD_OUT, MEASURED, MEASURED_PAIRS, Part, Pool, read_pool, read_states
from harm_encoder_training import PAIRS, trained
from harm_sets import IN_REPLY, HarmSet, xstest
from harm_training import Linear, Material, read_material

KINDS_OF = ("DiaSafety", "Davidson", "EDOS")


@dataclass(frozen=True)
class Both:
    """The two models trained without the same texts, and how much of each counts."""

    material: Material
    pool: Pool
    linear: Linear
    read: Reader
    share: Sequence[float]

    def of_set(self, name: str, rows: np.ndarray) -> Mapping[str, np.ndarray]:
        """Logits of some texts of a set by each model and by both."""
        by_words = linear_logits(self.linear, self.material, self.pool)[name][rows]
        return self._together(by_words, self.read(self.pool.parts[name].places[rows]))

    def of_pairs(self, rows: np.ndarray) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]:
        """Logits of the better and of the worse replies of some of the pool's red-team dialogues."""
        _, *marks = self.material.pairs[PAIRS]
        by_words = (self.linear.logits(side.take(self.pool.pair_rows[rows])) for side in marks)
        better, worse = (
            self._together(words, self.read(places[rows]))
            for words, places in zip(by_words, (self.pool.better, self.pool.worse), strict=True)
        )
        return better, worse

    def _together(self, linear: np.ndarray, encoder: np.ndarray) -> dict[str, np.ndarray]:
        return {"linear": linear, "encoder": encoder, "both": self.share[0] * linear + self.share[1] * encoder}


def compared(is_harmful: np.ndarray, logits: Mapping[str, np.ndarray], on: str) -> list[dict[str, Any]]:
    """AUC of each model alone and of both, and average precision of both, on the same texts."""
    n = len(is_harmful)
    figures = [figure(f"AUC, {name}", auc(is_harmful, scores), on, n) for name, scores in logits.items()]
    return [*figures, figure("average precision, both", average_precision(is_harmful, logits["both"]), on, n)]


def by_kind(kinds: np.ndarray, is_harmful: np.ndarray, scores: np.ndarray, on: str) -> list[dict[str, Any]]:
    """AUC of the harmful texts of each kind against the harmless ones of that kind, or, where none has it, of any."""
    figures = []
    for kind in np.unique(kinds[is_harmful > 0]):
        is_harmless = (is_harmful == 0) & (kinds == kind)
        if not is_harmless.any():
            is_harmless = is_harmful == 0
        rows = np.flatnonzero(is_harmless | ((is_harmful > 0) & (kinds == kind)))
        figures.append(figure("AUC, both", auc(is_harmful[rows], scores[rows]), f"{on}: {kind.lower()}", len(rows)))
    return figures


def in_order(better: Mapping[str, np.ndarray], worse: Mapping[str, np.ndarray], on: str) -> list[dict[str, Any]]:
    """How often the worse reply of a pair scores higher."""
    return [
        figure(f"right order, {name}", (worse[name] > better[name]).mean(), on, len(worse[name])) for name in better
    ]


def context_pairs(part: Part, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places among `rows` of the harmless replies whose context has a harmful one too, and of the first such."""
    harmful = {part.groups[row]: place for place, row in reversed(list(enumerate(rows))) if part.is_harmful[row]}
    pairs = [
        (place, harmful[part.groups[row]])
        for place, row in enumerate(rows)
        if not part.is_harmful[row] and part.groups[row] in harmful
    ]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def figures_of(both: Both, name: str, rows: np.ndarray, how: str) -> list[dict[str, Any]]:
    """Every figure of some texts of a set."""
    part, logits = both.pool.parts[name], both.of_set(name, rows)
    is_harmful, on = part.is_harmful[rows], f"{name}, {how}"
    figures = compared(is_harmful, logits, on)
    if name in KINDS_OF:
        kinds = np.array(both.material.sets[name][0].kinds)[part.rows[rows]]
        figures += by_kind(kinds, is_harmful, logits["both"], on)
    if name == "DiaSafety":
        sides = ({key: found[places] for key, found in logits.items()} for places in context_pairs(part, rows))
        figures += in_order(*sides, f"DiaSafety pairs, {how}")
    if name == "requests":
        # They are left out together with the requests, which are of the same dialogues.
        pairs = (
            np.flatnonzero(both.pool.pair_folds == HELD_OUT) if how == "held out" else np.arange(len(both.pool.better))
        )
        figures += in_order(*both.of_pairs(pairs), f"{PAIRS}, {how}")
    return figures


def within(both: Both) -> list[dict[str, Any]]:
    """Figures on the texts that nothing was fitted on."""
    return [line for name in JUDGED for line in figures_of(both, name, both.pool.parts[name].measuring, "held out")]


def unseen(seen: Both, data: Path, folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """Figures on sets that were left out whole, of the models and of what puts them together; `names` of them."""
    found = calibrating_logits(seen.material, seen.pool, seen.linear, seen.read)
    pool = read_pool(data)
    states = read_states(pool, folder)
    figures = []
    for name in names:
        read = reads_by_layers(trained(pool, states, folder, without=name), states)
        share = shared(found, [other for other in CALIBRATING if other.removesuffix(IN_REPLY) != name])[:2]
        both = Both(seen.material, pool, linear_without(seen.material, name), read, share)
        figures += figures_of(both, name, np.arange(len(pool.parts[name])), "unseen")
    return figures


def look_alikes(part: HarmSet) -> list[dict[str, Any]]:
    """What the bundled scorer says of XSTest's prompts, in each of its ways."""
    from portolan.core.scored import plain_scored
    from portolan.scorers.harm import HarmScorer

    is_safe, kinds = part.is_harmful == 0, np.array(part.kinds)
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
        if way is None:
            for kind in dict.fromkeys(part.kinds):
                rows = kinds == kind
                measure = "false alarms" if is_safe[rows].all() else "found"
                figures.append(
                    figure(f"{measure}, {said} (>= 0.5)", flagged[rows].mean(), f"XSTest: {kind}", rows.sum())
                )
    return figures


def main() -> None:
    """Print the figures; add them to the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--card", type=Path, help="add the figures to this card")
    parser.add_argument("--without", nargs="*", default=list(JUDGED), help="sets to leave out, one training each")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    from portolan.scorers._harm_encoder import ABOUT, ENCODER

    pool = read_pool(chosen.data, MEASURED, MEASURED_PAIRS)
    material = read_material(chosen.data)
    read = reads_by_file(pool, ENCODER)
    both = Both(material, pool, linear_without(material, None), read, ABOUT["calibration"][:2])
    figures = [
        *within(both),
        *unseen(both, chosen.data, chosen.states, chosen.without),
        *look_alikes(xstest(chosen.data)),
    ]
    for line in figures:
        print(f"{line['measure']:36} {line['value']:.3f}  {line['on']} (n = {line['n']:,})")
    if chosen.card:
        card = json.loads(chosen.card.read_text(encoding="utf-8"))
        # The linear model's own figures name no model; `harm.py --card` writes them.
        own = [line for line in card["figures"] if "," not in line["measure"]]
        together = [line for line in figures if not line["measure"].endswith((", linear", ", encoder"))]
        card["figures"] = [*together, *own]
        chosen.card.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
