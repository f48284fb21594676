"""How good the preference model is: `python benchmarks/preference.py DATA [--part PART]`; its speed: `--map MAP`.

DATA holds hh-rlhf, alpaca-eval and pandalm. Parts: `blocks`, what each block of numbers tells alone and together,
beside plain rules; `growth`, accuracy with the number of pairs; `flips`, planted flips looked for, beside cleanlab on
the same chances and the length rule; `pandalm`, whether pairs on which three people do not name one side have the
smaller margins, and what the findings `near-tie` and `likely-flipped` say of them on a map of the file. Accuracy is out
of fold, by prompt. `--map` fits the default model to a map of pairs and tells seconds and peak memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from portolan.core.concept_figures import average_precision
from portolan.core.flip_share import flip_share
from portolan.core.pair_design import BLOCKS, Design, design_of, kinds_of
from portolan.core.pair_features import PairFeatures, join_features, pair_features
from portolan.core.power import power_of, verdict
from portolan.core.preference import calibrated, cross_fit, only_block, refit, slope_of
from portolan.core.preference_figures import Judged, accuracy, figures_of, majority_margins
from portolan.core.prompt_groups import folds_of, prompt_digests, prompt_groups
from portolan.core.shared import cut_sides
from portolan.core.transcript import style_named
from portolan.pieces import WEIGHTS, PieceTable

SUBSETS = ("harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled")
RATES = (0.05, 0.1, 0.2)
CUTS = (10, 50, 100, 500, 1000)
BATCH = 4096


@dataclass
class Pairs:
    """Pairs of a set: features, who won, groups, and what else is known."""

    name: str
    features: PairFeatures
    outcomes: np.ndarray
    groups: np.ndarray
    subsets: list[str] | None = None
    is_first: np.ndarray | None = None
    is_unanimous: np.ndarray | None = None

    def only(self, rows: np.ndarray) -> Pairs:
        """Those pairs alone."""
        subsets = [self.subsets[row] for row in rows] if self.subsets else None
        is_first = None if self.is_first is None else self.is_first[rows]
        return Pairs(self.name, self.features.only(rows), self.outcomes[rows], self.groups[rows], subsets, is_first)

    @property
    def judged(self) -> Judged:
        """As figures count them."""
        return Judged(self.outcomes, self.groups, np.ones(len(self.outcomes), np.float32))

    @property
    def folds(self) -> np.ndarray:
        """A fold for each pair, by prompt."""
        return folds_of(np.unique(self.groups, return_inverse=True)[1].ravel())

    def design(self, blocks: tuple[str, ...] = BLOCKS, *, with_subsets: bool = True) -> Design:
        """As models learn from them."""
        kinds = kinds_of({"subset": self.subsets})[0] if self.subsets and with_subsets else None
        return design_of(self.features, blocks=blocks, kinds=kinds)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as given:
        for line in given:
            yield json.loads(line)


def texts_of(name: str, data: Path) -> tuple[Any, ...]:
    """Prompts, winners and losers of a set, as Arrow arrays, and what else is known of its pairs."""
    return {"hh-rlhf": _hh, "alpaca-eval": _alpaca, "pandalm": _pandalm}[name](data)


def read(name: str, data: Path) -> Pairs:
    """Pairs of a set, the winner first."""
    prompts, chosen, rejected, more = texts_of(name, data)
    return pairs_of(name, prompts, chosen, rejected, more)


def pairs_of(name: str, prompts: Any, chosen: Any, rejected: Any, more: dict[str, Any]) -> Pairs:
    """Pairs as models learn from them, of their texts."""
    table = PieceTable(WEIGHTS)
    parts = [
        pair_features(*(part.slice(start, BATCH) for part in (prompts, chosen, rejected)), table)
        for start in range(0, len(prompts), BATCH)
    ]
    groups = prompt_groups([prompt_digests(prompts, chosen)])
    outcomes = more.pop("outcomes", np.ones(len(prompts), np.int8))
    return Pairs(name, join_features(parts), outcomes, groups, **more)


def texts(values: list[str]) -> pa.LargeStringArray:
    return pa.array(values, pa.large_string())


def _hh(data: Path) -> tuple[Any, ...]:
    rows = [(row, name) for name in SUBSETS for row in lines(data / "hh-rlhf" / f"{name}.jsonl.gz")]
    sides = (texts([row[side] for row, _ in rows]) for side in ("chosen", "rejected"))
    style = style_named("hh")
    assert style is not None
    return *cut_sides(*sides, style), {"subsets": [name for _, name in rows]}


def _alpaca(data: Path) -> tuple[Any, ...]:
    rows = [row for row in lines(data / "alpaca-eval" / "gpt4_annotations.jsonl.gz") if row["preference"] in (1, 2)]
    wins = [int(row["preference"]) for row in rows]
    chosen = texts([row[f"output_{win}"] for row, win in zip(rows, wins, strict=True)])
    rejected = texts([row[f"output_{3 - win}"] for row, win in zip(rows, wins, strict=True)])
    prompts = texts([row["instruction"] for row in rows])
    return prompts, chosen, rejected, {"is_first": np.array(wins) == 1}


def _pandalm(data: Path) -> tuple[Any, ...]:
    rows = list(lines(data / "pandalm" / "testset-v1.jsonl.gz"))
    votes = np.array([[int(row[f"annotator{number}"]) for number in (1, 2, 3)] for row in rows])
    lead = (votes == 2).sum(axis=1) - (votes == 1).sum(axis=1)
    order = [("response2", "response1") if one > 0 else ("response1", "response2") for one in lead]
    prompts = texts(["\n\n".join(part for part in (row["instruction"], row["input"]) if part) for row in rows])
    first, second = (texts([str(row[sides[n]]) for row, sides in zip(rows, order, strict=True)]) for n in (0, 1))
    more = {"outcomes": (lead != 0).astype(np.int8), "is_first": lead <= 0, "is_unanimous": np.abs(lead) == 3}
    return prompts, first, second, more


# What is told.


def told(pairs: Pairs, margins: np.ndarray) -> str:
    found = figures_of(calibrated(margins, pairs.outcomes, pairs.folds), pairs.judged)
    share = found.accuracy
    return (
        f"{share.value:.4f} ({share.low:.3f} to {share.high:.3f}) | {found.log_loss:.4f} | "
        f"{found.calibration_error:.3f} | {share.n:,}"
    )


def blocks(pairs: Pairs) -> None:
    print(f"\n{pairs.name}\n\n| | accuracy (95 %) | log loss | calibration error | pairs |")
    print("| --- | --- | --- | --- | --- |")
    if pairs.is_first is not None:
        share = accuracy(majority_margins(pairs.is_first, pairs.judged, pairs.folds), pairs.judged)
        print(f"| majority of positions | {share.value:.4f} ({share.low:.3f} to {share.high:.3f}) | | | {share.n:,} |")
    print(f"| longer | {told(pairs, pairs.features.length.astype(np.float64))} |")
    outcomes, folds = pairs.outcomes, pairs.folds
    for block in BLOCKS:
        design = pairs.design((block,))
        if design.n_numbers:
            print(f"| {block} | {told(pairs, cross_fit(design, outcomes, folds, grid=only_block(block)).margins)} |")
    if pairs.subsets:
        without = cross_fit(pairs.design(with_subsets=False), outcomes, folds).margins
        print(f"| all but provenance | {told(pairs, without)} |")
    margins = cross_fit(pairs.design(), outcomes, folds).margins
    print(f"| all | {told(pairs, margins)} |", flush=True)
    if pairs.subsets:
        for name in sorted(set(pairs.subsets)):
            within = np.array(pairs.subsets) == name
            shares = (accuracy(each, pairs.judged, within=within) for each in (margins, pairs.features.length))
            print(f"{name}: " + ", longer ".join(f"{one.value:.3f}" for one in shares))


def growth(pairs: Pairs, counts: tuple[int, ...]) -> None:
    print(f"\n{pairs.name}\n\n| pairs | longer | surface | all (95 %) |\n| --- | --- | --- | --- |")
    order = np.random.default_rng(0).permutation(int(pairs.groups.max()) + 1)
    rank = order[pairs.groups]
    for count in counts:
        rows = np.flatnonzero(rank < np.sort(rank)[min(count, len(rank)) - 1] + 1)
        part = pairs.only(rows)
        surface = cross_fit(part.design(("surface",)), part.outcomes, part.folds, grid=only_block("surface")).margins
        margins = cross_fit(part.design(), part.outcomes, part.folds).margins
        longer = calibrated(part.features.length.astype(np.float64), part.outcomes, part.folds)
        shares = [accuracy(each, part.judged) for each in (longer, surface, margins)]
        last = shares[2]
        print(
            f"| {len(rows):,} | {shares[0].value:.3f} | {shares[1].value:.3f} | "
            f"{last.value:.3f} ({last.low:.3f} to {last.high:.3f}) |",
            flush=True,
        )


def flips(pairs: Pairs) -> None:
    """Planted flips, a refit for each rate: the model, the length rule, cleanlab's list from the same chances."""
    design, folds, outcomes = pairs.design(), pairs.folds, pairs.outcomes
    fitted = cross_fit(design, outcomes, folds)
    head = " | ".join(f"p@{cut}" for cut in CUTS)
    print(f"\n{pairs.name}\n\n| flipped | ranked by | AUC | average precision | {head} | list, precision, recall |")
    print("| --- | --- | --- | --- |" + " --- |" * (len(CUTS) + 1))
    drawn = np.random.default_rng(1).permutation(len(outcomes))
    for rate in RATES:
        is_flipped = np.zeros(len(outcomes), bool)
        is_flipped[drawn[: round(rate * len(drawn))]] = True
        version = np.where(is_flipped, -outcomes, outcomes).astype(np.int8)
        raw = refit(design, version[:, None], folds, fitted.penalties)[:, 0]
        logits = calibrated(raw, version, folds) * version
        _row(rate, "preference model", is_flipped, -logits, _listed(logits, cut=0.2))
        _row(rate, "cleanlab, same chances", is_flipped, *cleanlab(logits))
        _row(rate, "length rule", is_flipped, by_length(pairs.features.length, version), None)
    found = power_of(outcomes, lambda versions: refit(design, versions, folds, fitted.penalties), is_refitted=True)
    logits = calibrated(fitted.margins, outcomes, folds)
    found = replace(found, as_it_is=flip_share(logits, outcomes, pairs.groups, [cut.n for cut in found.cuts]))
    print(f"\nwhat the model itself says: AUC {found.auc:.3f}, rows worth listing {found.most_rows:,}")
    print(verdict(accuracy(logits, pairs.judged), found)[1])
    for cut in found.cuts:
        share = cut.precision
        others = ", ".join(f"at {rate:.0%} {value:.2f}" for rate, value in cut.at_rates.items())
        print(f"first {cut.n:,}: {share.value:.2f} ({share.low:.2f} to {share.high:.2f}); {others}", flush=True)


def _row(rate: float, name: str, is_flipped: np.ndarray, against: np.ndarray, listed: np.ndarray | None) -> None:
    ranked = is_flipped[np.argsort(-against, kind="stable")]
    at = " | ".join(f"{ranked[:cut].mean():.2f}" for cut in CUTS)
    said = ""
    if listed is not None and listed.any():
        said = f"{listed.sum():,}, {is_flipped[listed].mean():.2f}, {is_flipped[listed].sum() / is_flipped.sum():.2f}"
    figures = f"{auc(is_flipped, against):.3f} | {average_precision(is_flipped, against):.3f}"
    print(f"| {rate:.0%} | {name} | {figures} | {at} | {said or 'none'} |", flush=True)


def _listed(logits: np.ndarray, *, cut: float) -> np.ndarray:
    return 1 / (1 + np.exp(-logits)) < cut


def by_length(length: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """How far the length rule, the longer reply or the shorter one as the outcomes say, speaks against each outcome."""
    length = length.astype(np.float64)
    return -length * outcomes * np.sign(slope_of(length, outcomes) or 1.0)


def cleanlab(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cleanlab's normalized margin, higher for worse, and its list, of logits that the outcome as given is right.

    Every second pair is told the other way round, to have two classes.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = np.arange(len(logits)) % 2
    chance = 1 / (1 + np.exp(-np.where(labels == 1, logits, -logits)))
    chances = np.stack([1 - chance, chance], axis=1)
    scores = get_label_quality_scores(labels, chances, method="normalized_margin")
    return -scores, find_label_issues(labels, chances, n_jobs=1)


def auc(is_it: np.ndarray, scores: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks, n = rankdata(scores), int(is_it.sum())
    return float((ranks[is_it].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def pandalm(pairs: Pairs) -> None:
    """Whether pairs on which three people agree have the larger margins."""
    assert pairs.is_unanimous is not None
    margins = cross_fit(pairs.design(), pairs.outcomes, pairs.folds).margins
    length = np.abs(pairs.features.length.astype(np.float64))
    print(f"\npandalm: {len(margins):,} pairs, {int(pairs.is_unanimous.sum()):,} unanimous")
    print(f"accuracy | {told(pairs, margins)}")
    for name, scores in (("|margin|", np.abs(margins)), ("|difference of length|", length)):
        print(f"AUC of {name}, unanimous against split: {auc_told(pairs.is_unanimous, scores)}")
    for name, within in (("unanimous", pairs.is_unanimous), ("split", ~pairs.is_unanimous)):
        print(f"accuracy on {name} pairs: {accuracy(margins, pairs.judged, within=within).value:.3f}", flush=True)


def auc_told(is_it: np.ndarray, scores: np.ndarray) -> str:
    """AUC with its 95 % interval, by 500 resamples."""
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, len(scores), len(scores)) for _ in range(500))
    low, high = np.quantile([auc(is_it[rows], scores[rows]) for rows in drawn], [0.025, 0.975])
    return f"{auc(is_it, scores):.3f} ({low:.3f} to {high:.3f})"


def pandalm_findings(file: Path) -> None:
    """What the findings make of three people's votes, on a map of the file as it is.

    Each score should be higher where the three did not name one side. A pair that all call a tie has no choice that
    could be flipped.
    """
    import portolan

    with tempfile.TemporaryDirectory() as folder:
        m = portolan.map_text(file, path=Path(folder) / "pandalm", progress=False)
        m.findings.run(["near-tie", "likely-flipped"], progress=False)
        found = [m.findings[name] for name in ("near-tie", "likely-flipped")]
        lists = [(one.name, one.is_inside, one.power) for one in found]
        chance, facts = m.preference.chance, m.pairs.facts
        votes = np.stack([m.rows.column(f"annotator{number}").to_numpy() for number in (1, 2, 3)], axis=1)
    agree = (votes == votes[:, :1]).all(axis=1)
    is_tie = agree & ~np.isin(votes[:, 0], (1, 2))
    longer = facts.chosen_chars.astype(np.float64) - facts.rejected_chars
    # A blank reply is no reply: such pairs have no chance.
    can_be = ~np.isnan(chance)
    groups = {"they differ": ~agree, "all say tie": is_tie}
    n_agree = int((agree & ~is_tie & can_be).sum())
    print(f"\npandalm, findings on a map: {n_agree:,} pairs of which all three name one side, against those of which …")
    print(f"| score | {' | '.join(f'{name} ({(some & can_be).sum():,})' for name, some in groups.items())} |")
    print("| --- |" + " --- |" * len(groups))
    for name, scores, of_ties in (
        ("`near-tie`: chance near one half", -np.abs(chance - 0.5), True),
        ("lengths near each other", -np.abs(longer), True),
        ("`likely-flipped`: chance of the other side", 1 - chance, False),
        ("the rejected reply is longer", -longer, False),
    ):
        cells = [_against(scores, some, agree & ~is_tie, can_be) for some in groups.values()]
        print(f"| {name} | {cells[0]} | {cells[1] if of_ties else ''} |")
    for name, listed, says in lists:
        print(f"`{name}` lists {listed.sum():,}. {says}")
        if listed.any():
            inside, outside = ((~agree | is_tie)[rows & can_be].mean() for rows in (listed, ~listed))
            print(f"Of its pairs {inside:.3f} are split or ties, of all others {outside:.3f}.", flush=True)


def _against(scores: np.ndarray, some: np.ndarray, others: np.ndarray, can_be: np.ndarray) -> str:
    rows = (some | others) & can_be
    return auc_told(some[rows], scores[rows])


def speed(folder: Path, threads: int | None) -> None:
    """Seconds and peak memory of the default model on a map of pairs."""
    import portolan

    made = portolan.open_map(folder)
    made._store.forget(["preference"])
    start, busy = time.perf_counter(), time.process_time()
    found = made.fit_preference(progress=False, threads=threads)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{made.n_rows:,} pairs: {seconds:.1f} s, {cpu:.1f} processor seconds, peak {peak:,} MB")
    print(found.says)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--part", action="append", choices=("blocks", "growth", "flips", "pandalm"))
    parser.add_argument("--map", type=Path, help="a map of pairs, whose preference model is fitted anew")
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    if given.map:
        speed(given.map, given.threads)
    if given.data is None:
        return
    parts = given.part or ["blocks", "growth", "flips", "pandalm"]
    with threadpool_limits(limits=1, user_api="blas"):
        for name, counts in (("hh-rlhf", (1000, 3000, 6436)), ("alpaca-eval", (1000, 3000, 6000, 20_000, 41_000))):
            if {"blocks", "growth", "flips"} & set(parts):
                pairs = read(name, given.data)
                for part, run in (("blocks", blocks), ("flips", flips)):
                    if part in parts:
                        run(pairs)
                if "growth" in parts:
                    growth(pairs, counts)
        if "pandalm" in parts:
            pandalm(read("pandalm", given.data))
            pandalm_findings(given.data / "pandalm" / "testset-v1.jsonl.gz")


if __name__ == "__main__":
    main()
