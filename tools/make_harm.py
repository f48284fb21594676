"""Make the weights of the `harm` scorer: `make_harm.py DATA OUT`.

DATA holds the public sets (`harm_sets.py` says which, and their licences), OUT receives model.npz and about.json. Takes
about half a minute of one core. Run twice it gives the same bytes. `benchmarks/harm.py DATA --card OUT/card.json` then
measures the same training by cross-validation and leaving whole sets out, and writes the card.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from harm_fit import Floats, fit_categories, fit_chance
from harm_sets import CATEGORIES, LICENCES, OF_ONE_KIND, HarmPairs, HarmSet
from harm_training import N_FOLDS, Material, fold_of, read_material, train

LEAST_WEIGHT = 2e-3
"""Smaller weights of buckets are dropped: the file halves and no figure changes."""


def main(data: Path, out: Path) -> None:
    """Train on everything, calibrate on logits out of fold, write."""
    out.mkdir(parents=True, exist_ok=True)
    material = read_material(data)
    with threadpool_limits(limits=1):
        model = train(material)
        chance = calibration(material)
        head, head_biases = category_head(material)
    weights = np.where(np.abs(model.weights) >= LEAST_WEIGHT, model.weights, 0)
    np.savez_compressed(
        out / "model.npz",
        weights=weights.astype(np.float16),
        dense=np.column_stack([model.dense, head]).astype(np.float16),
        biases=np.append(np.float32(model.bias), head_biases),
        calibration=np.array(chance),
    )
    about = {
        "sha256": hashlib.sha256((out / "model.npz").read_bytes()).hexdigest(),
        "categories": list(CATEGORIES),
        "trained_on": {
            name: {"texts": len(part), "licence": LICENCES[name]} for name, part in _parts(material).items()
        },
    }
    (out / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def calibration(material: Material) -> tuple[float, float, float]:
    """What `fit_chance` finds on logits out of fold; each set with both answers counts alike, and so do its answers.

    Sets that ask for one kind of harm do not count: their other texts are not all harmless.
    """
    logits, labels, weights, replies = [], [], [], []
    for fold in range(N_FOLDS):
        model = train(material, fold=fold)
        for name, (part, marks) in material.sets.items():
            if name == "replies" or name in OF_ONE_KIND:
                continue
            rows = np.flatnonzero(fold_of(part.groups) == fold)
            share = part.is_harmful.mean()
            logits.append(model.logits(marks.take(rows)))
            labels.append(part.is_harmful[rows].astype(np.float32))
            weights.append(np.where(labels[-1] > 0, 0.5 / share, 0.5 / (1 - share)) / len(part))
            replies.append(np.full(len(rows), bool(part.prompts[0]), np.float32))
    columns = (np.concatenate(values).astype(np.float32) for values in (logits, labels, weights, replies))
    return fit_chance(*columns)


def category_head(material: Material) -> tuple[Floats, Floats]:
    """Weights and biases of the categories, fitted on the harmful texts of every set."""
    chosen = [(marks, part.categories) for part, marks in material.sets.values() if any(part.categories)]
    dense = np.vstack([marks.dense[np.array(kinds) != ""] for marks, kinds in chosen])
    kinds = np.array([CATEGORIES.index(kind) for _, found in chosen for kind in found if kind])
    return fit_categories(dense, kinds, len(CATEGORIES))


def _parts(material: Material) -> dict[str, HarmSet | HarmPairs]:
    pairs = material.pairs["hh-rlhf harmless"][0]
    return {**{name: part for name, (part, _) in material.sets.items()}, pairs.name: pairs}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
