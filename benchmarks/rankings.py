"""What a preference model learns from rankings of several replies: `python benchmarks/rankings.py DATA`.

DATA holds alpaca-eval: to each of 777 instructions some 50 models' replies, each judged by GPT-4 against the same
reply of one other model. The replies to an instruction are shuffled and cut into rankings of four to nine; those that
won rank above those that tied, and these above those that lost. Models that learn from all pairs of a ranking, weighted
so that it counts as one, are held beside models that learn from some of them. All are judged alike: on all pairs of the
rankings of instructions that they had not seen, each ranking counting as one. Then a tenth of the rankings is turned
upside down and looked for.
"""

from __future__ import annotations

import argparse
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from portolan.core.pair_design import design_of
from portolan.core.pair_features import PairFeatures, pair_features
from portolan.core.power import power_of
from portolan.core.preference import calibrated, cross_fit, refit
from portolan.core.preference_figures import Judged, figures_of
from portolan.core.prompt_groups import folds_of, prompt_digests, prompt_groups
from portolan.core.ranking_pairs import mean_of_pairs, one_group_each, ranking_pairs, shared_weights
from portolan.pieces import WEIGHTS, PieceTable
from portolan.types import Roles

LEAST_REPLIES, MOST_REPLIES = 4, 9
ROLES = Roles(kind="ranking", prompt="prompt", notes={"replies": "replies", "scores": "scores"})


@dataclass
class Ranked:
    """All pairs of the rankings that have any, and the ranking of each pair."""

    features: PairFeatures
    groups: np.ndarray
    rows: np.ndarray
    n_rows: int

    @property
    def weights(self) -> np.ndarray:
        """One over the number of pairs of a ranking."""
        return self.weights_of(np.ones(len(self.rows), bool))

    def weights_of(self, is_used: np.ndarray) -> np.ndarray:
        """The same where only some pairs are learnt from."""
        return shared_weights(self.rows, is_used, n_rows=self.n_rows)


def read(data: Path) -> Ranked:
    """Rankings of alpaca-eval."""
    replies: dict[str, dict[str, tuple[str, float]]] = {}
    with gzip.open(data / "alpaca-eval" / "gpt4_annotations.jsonl.gz", "rt", encoding="utf-8") as given:
        for row in map(json.loads, given):
            # 2: better than the common reply; 1: worse; between them a tie. 0 and nothing: no verdict.
            if row["preference"]:
                replies.setdefault(row["instruction"], {})[row["generator_2"]] = (row["output_2"], row["preference"])
    rng = np.random.default_rng(0)
    rows = []
    for prompt, given in replies.items():
        shuffled = [list(given.values())[place] for place in rng.permutation(len(given))]
        while len(shuffled) >= LEAST_REPLIES:
            size = int(rng.integers(LEAST_REPLIES, MOST_REPLIES + 1))
            taken, shuffled = shuffled[:size], shuffled[size:]
            texts, scores = zip(*taken, strict=True)
            if len(set(scores)) > 1:
                rows.append({"prompt": prompt, "replies": texts, "scores": [float(score) for score in scores]})
    [batch] = pa.Table.from_pylist(rows).combine_chunks().to_batches()
    pairs = ranking_pairs(batch, ROLES)
    features = pair_features(pairs.prompts, pairs.chosen, pairs.rejected, PieceTable(WEIGHTS))
    groups = one_group_each(prompt_groups([prompt_digests(pairs.prompts, pairs.chosen)]), pairs.rows)
    return Ranked(features, groups, pairs.rows, len(rows))


def ways(of: Ranked) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By name which pairs are learnt from, and their weights."""
    every = np.ones(len(of.rows), bool)
    first = np.r_[True, of.rows[1:] != of.rows[:-1]]
    drawn = np.random.default_rng(1).random(len(of.rows))
    is_drawn = np.zeros(len(of.rows), bool)
    is_drawn[np.lexsort((drawn, of.rows))[np.flatnonzero(first)]] = True
    return {
        "all pairs, weighted": (every, of.weights),
        "all pairs, each as one": (every, np.ones(len(of.rows))),
        "one pair of each ranking": (is_drawn, of.weights_of(is_drawn)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    of = read(given.data)
    n_pairs = np.bincount(of.rows)
    n_pairs = n_pairs[n_pairs > 0]
    print(f"{len(n_pairs):,} rankings, {len(of.rows):,} pairs, {n_pairs.min()} to {n_pairs.max()} of a ranking")
    folds = folds_of(of.groups)
    judged = Judged(np.ones(len(of.rows), np.int8), of.groups, of.weights.astype(np.float32))
    print("\n| learnt from | pairs | accuracy (95 %) | log loss | upside down: AUC | average precision |")
    print("| --- | --- | --- | --- | --- | --- |")
    with threadpool_limits(limits=1, user_api="blas"):
        longer = calibrated(of.features.length.astype(np.float64), judged.outcomes, folds, of.weights)
        _tell("the longer reply", 0, longer, judged, "", "")
        design = design_of(of.features)
        for name, (is_used, weights) in ways(of).items():
            outcomes, weighed = is_used.astype(np.int8), weights.astype(np.float32)
            fitted = cross_fit(design, outcomes, folds, weights=weighed)
            power = power_of(
                np.ones(of.n_rows, np.int8),
                lambda versions, outcomes=outcomes, weighed=weighed, fitted=fitted: _told(
                    of,
                    refit(design, versions[of.rows] * outcomes[:, None], folds, fitted.penalties, weights=weighed),
                    outcomes > 0,
                ),
                is_refitted=True,
            )
            logits = calibrated(fitted.margins, outcomes, folds, weights)
            figures = (f"{power.auc:.3f}", f"{power.average_precision:.3f}")
            _tell(name, int(is_used.sum()), logits, judged, *figures)


def _told(of: Ranked, margins: np.ndarray, is_used: np.ndarray) -> np.ndarray:
    """Mean margin of each ranking, over the pairs that are learnt from."""
    weights = of.weights_of(is_used)
    return np.stack([mean_of_pairs(each, of.rows, weights, n_rows=of.n_rows) for each in margins.T], axis=1)


def _tell(name: str, n: int, logits: np.ndarray, judged: Judged, auc: str, mean: str) -> None:
    found = figures_of(logits, judged)
    share = found.accuracy
    told = f"{share.value:.4f} ({share.low:.3f} to {share.high:.3f}) | {found.log_loss:.4f}"
    print(f"| {name} | {f'{n:,}' if n else ''} | {told} | {auc} | {mean} |", flush=True)


if __name__ == "__main__":
    main()
