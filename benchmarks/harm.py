"""How good the `harm` scorer's linear step is: `python benchmarks/harm.py DATA [--card CARD] [--map MAP]`.

DATA holds the public sets. Within sets: cross-validation in three folds, trained on all sets. Unseen: trained without
the whole set. `--card` writes the figures into the scorer's card; `--map` times the scorer on a map's texts, all its
rows or `--rows` of them, in the way `--way` (fast, all; without it as `harm` does). `harm_encoder.py` measures the
second step, and adds its figures to the card.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from harm_fit import Marks, fit_categories
from harm_sets import CATEGORIES, HarmSet, xstest
from harm_training import N_FOLDS, Linear, Material, fold_of, read_material, train
from make_harm import calibration

JUDGED = ("DiaSafety", "Davidson", "EDOS", "requests")
HH = "hh-rlhf harmless"
FROM_HH = (HH, "requests", "replies")
CARD = {
    "what": "The chance that people would call a text harmful: abuse, threats, prejudice, sexual insult, harmful "
    "requests, unsafe replies. Of a pair each reply is judged in the context of its prompt.",
    "method": "Two steps, offline. A linear model on hashed words, pairs of words and bundled static vectors judges "
    "every text in seconds; a small encoder (MiniLM, its upper layers fine-tuned, 8 bits) reads again what that finds "
    "suspicious, and the chance is of both together. harm:all has it read every text, harm:fast none; harm_step says "
    "which judged.",
    "source": "Trained on DiaSafety (Apache-2.0), Davidson (MIT), EDOS (CC0), AdvBench (MIT), hh-rlhf (MIT), banking77 "
    "(CC BY 4.0), PandaLM (Apache-2.0); see harm_weights/SOURCES.md. The encoder starts from all-MiniLM-L6-v2 "
    "(Apache-2.0).",
    "limits": "English only. It ranks; it does not judge. On kinds of text it never saw it is weaker than the figures "
    "within sets, of two replies to one red-team prompt it finds the worse in 57 to 62 % of pairs (50 % is chance), "
    "and it flags a fifth to a quarter of the harmless questions that use dangerous words. It learnt tweets labelled "
    "with a known lean against African American English; no figures by dialect are known. The "
    "encoder was trained on 6,800 texts, in one pass. Figures that name no model are the linear one's. For "
    "decisions use hf:MODEL or judge:MODEL, or look.",
    "command": "python benchmarks/harm.py DATA; python benchmarks/harm_encoder.py DATA STATES",
}


def auc(is_harmful: np.ndarray, scores: np.ndarray) -> float:
    """Chance that a harmful text scores higher than a harmless one; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    n = int(is_harmful.sum())
    return float((ranks[is_harmful > 0].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def average_precision(is_harmful: np.ndarray, scores: np.ndarray) -> float:
    """Mean of the precision at each harmful text, best first."""
    hits = is_harmful[np.argsort(-scores, kind="stable")] > 0
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def order(model: Linear, better: Marks, worse: Marks) -> np.ndarray:
    """Whether the worse reply of each pair scores higher."""
    return model.logits(worse) > model.logits(better)


def within(material: Material) -> list[dict[str, Any]]:
    """Figures of the cross-validation."""
    models = [train(material, fold=fold) for fold in range(N_FOLDS)]
    figures = []
    for name in JUDGED:
        part, marks = material.sets[name]
        folds = fold_of(part.groups)
        # Each fold has a model of its own: logits of two are not compared.
        tests = [np.flatnonzero(folds == fold) for fold in range(N_FOLDS)]
        found = [(part.is_harmful[rows], models[fold].logits(marks.take(rows))) for fold, rows in enumerate(tests)]
        figures.append(figure("AUC", np.mean([auc(*each) for each in found]), f"{name}, cross-validated", len(part)))
        precision = np.mean([average_precision(*each) for each in found])
        figures.append(figure("average precision", precision, f"{name}, cross-validated", len(part)))
    for name, (part, better, worse) in material.pairs.items():
        folds = fold_of(part.groups)
        right = [order(models[fold], *_rows(folds == fold, better, worse)) for fold in range(N_FOLDS)]
        figures.append(figure("right order", np.concatenate(right).mean(), f"{name}, cross-validated", len(part)))
    return [*figures, *at_half(material, models), categories(material)]


def at_half(material: Material, models: Sequence[Linear]) -> list[dict[str, Any]]:
    """How many harmful and harmless texts of each set get a chance of a half or more, out of fold."""
    slope, *offsets = calibration(material)
    figures = []
    for name, (part, marks) in material.sets.items():
        folds = fold_of(part.groups)
        logits = np.empty(len(part), np.float32)
        for fold, model in enumerate(models):
            logits[folds == fold] = model.logits(marks.take(np.flatnonzero(folds == fold)))
        is_told = slope * logits + offsets[bool(part.prompts[0])] >= 0
        for measure, rows in (("found", part.is_harmful > 0), ("false alarms", part.is_harmful == 0)):
            if rows.any():
                on = f"{name}, cross-validated"
                figures.append(figure(f"{measure}, harm:fast (>= 0.5)", is_told[rows].mean(), on, int(rows.sum())))
    return figures


def categories(material: Material) -> dict[str, Any]:
    """How often the category of a harmful text is right, each category counting alike, cross-validated."""
    parts = [(part, marks) for part, marks in material.sets.values() if any(part.categories)]
    dense = np.vstack([marks.dense[np.array(part.categories) != ""] for part, marks in parts])
    kinds = np.array([CATEGORIES.index(kind) for part, _ in parts for kind in part.categories if kind])
    folds = np.concatenate([fold_of(part.groups)[np.array(part.categories) != ""] for part, _ in parts])
    found = np.empty(len(kinds), np.int64)
    for fold in range(N_FOLDS):
        weights, biases = fit_categories(dense[folds != fold], kinds[folds != fold], len(CATEGORIES))
        found[folds == fold] = (dense[folds == fold] @ weights + biases).argmax(axis=1)
    right = np.mean([(found[kinds == kind] == kind).mean() for kind in range(len(CATEGORIES))])
    return figure("right category (mean of 10)", right, "harmful texts, cross-validated", len(kinds))


def unseen(material: Material) -> list[dict[str, Any]]:
    """Figures on sets that were left out whole, and on XSTest, which never is trained on."""
    figures = []
    for name in JUDGED:
        part, marks = material.sets[name]
        model = train(material, without=FROM_HH if name == "requests" else (name,))
        scores = model.logits(marks)
        figures.append(figure("AUC", auc(part.is_harmful, scores), f"{name}, unseen", len(part)))
        figures.append(
            figure("average precision", average_precision(part.is_harmful, scores), f"{name}, unseen", len(part))
        )
        if name == "DiaSafety":
            pairs, better, worse = material.pairs["DiaSafety pairs"]
            right = order(model, better, worse).mean()
            figures.append(figure("right order", right, "DiaSafety pairs, unseen", len(pairs)))
        if name == "requests":
            pairs, better, worse = material.pairs[HH]
            figures.append(figure("right order", order(model, better, worse).mean(), f"{HH}, unseen", len(pairs)))
    return figures


def false_alarms(part: HarmSet) -> list[dict[str, Any]]:
    """What the bundled scorer says of XSTest's prompts."""
    from portolan.core.scored import plain_scored
    from portolan.scorers.harm import HarmScorer

    scores = np.asarray(HarmScorer("fast").score(plain_scored(part.texts))["harm"])
    is_safe = part.is_harmful == 0
    return [
        figure("AUC", auc(part.is_harmful, scores), "XSTest, unseen", len(part)),
        figure("average precision", average_precision(part.is_harmful, scores), "XSTest, unseen", len(part)),
        figure("false alarms (harm >= 0.5)", (scores[is_safe] >= 0.5).mean(), "XSTest's safe prompts", is_safe.sum()),
        figure("found (harm >= 0.5)", (scores[~is_safe] >= 0.5).mean(), "XSTest's unsafe prompts", (~is_safe).sum()),
    ]


def speed(folder: Path, way: str | None, most: int | None) -> str:
    """Seconds that scoring a map's texts takes, reading apart; and how many of them the encoder read."""
    import portolan
    from portolan.core.scored import sides_to_score
    from portolan.scorers.harm import HarmScorer
    from portolan.stages.scored import MapToScore
    from portolan.types import Roles

    made = portolan.open_map(folder)
    roles = Roles.from_json(made._store.manifest.facts["roles"])
    whole = MapToScore(made._store, roles, threads=None)
    sides = [
        [_first(part, most) for part in whole.texts(side)][: 1 if most else None] for side in sides_to_score(roles)
    ]
    scorer = HarmScorer(way)
    scorer.score(_first(sides[0][0], 8))
    started, used = time.perf_counter(), time.process_time()
    found = [scorer.score(part) for parts in sides for part in parts]
    n = sum(len(part["harm"]) for part in found)
    n_read = sum(step == "encoder" for part in found for step in part["harm_step"])
    seconds, busy = time.perf_counter() - started, time.process_time() - used
    n_rows = n // len(sides)
    took = f"{seconds:.1f} s ({busy:.1f} s of processors)"
    of_them = f"{n:,} texts ({n_read:,} read by the encoder), {n_rows:,} rows"
    return f"{of_them}, in {took}: {n_rows / seconds:,.0f} rows a second"


def figure(measure: str, value: float, on: str, n: int) -> dict[str, Any]:
    """One line of the card."""
    return {"measure": measure, "value": round(float(value), 3), "on": on, "n": int(n)}


def _rows(chosen: np.ndarray, *parts: Marks) -> Sequence[Marks]:
    return [part.take(np.flatnonzero(chosen)) for part in parts]


def _first(texts: Any, n: int | None) -> Any:
    return texts if n is None else texts.only(np.arange(len(texts)) < n)


def main() -> None:
    """Print the figures; write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--card", type=Path, help="write the scorer's card here")
    parser.add_argument("--map", type=Path, help="time the scorer on this map's texts, and no more")
    parser.add_argument("--way", help="how it is timed: fast or all")
    parser.add_argument("--rows", type=int, help="time it on so many rows of the map")
    chosen = parser.parse_args()
    if chosen.map:
        print(speed(chosen.map, chosen.way, chosen.rows))
        return
    material = read_material(chosen.data)
    with threadpool_limits(limits=1):
        figures = [*within(material), *unseen(material)]
    figures += false_alarms(xstest(chosen.data))
    for line in figures:
        print(f"{line['measure']:30} {line['value']:.3f}  {line['on']} (n = {line['n']:,})")
    if chosen.card:
        chosen.card.write_text(json.dumps({**CARD, "figures": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
