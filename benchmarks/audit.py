"""What the audit finds of what was planted, and how long it takes.

python benchmarks/audit.py DATA                 planted truth on hh-rlhf, one table; DATA holds the public sets
python benchmarks/audit.py DATA --harm unseen   … of what needs a harm scorer alone, by a linear model trained on none
                                                of the sets that are planted; or harm:fast, harm: as bundled
python benchmarks/audit.py DATA --flips         … of flipped pairs alone
python benchmarks/audit.py --map pairs.portolan seconds of each part and peak memory of all findings on a map

In the table harm is told twice, by models that have not seen what is planted: the linear step, and both steps.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import portolan
from audit_flips import RATES, Unflipped
from audit_harm import register
from audit_planting import Planting, plant_harm, plant_personal, plant_plain
from audit_rules import rules_of
from portolan.auditing.finding import over_represented
from portolan.core.concept_figures import average_precision

BY_HARM = ("harmful-chosen", "doubly-egregious", "chosen-worse", "recovery", "over-refusal")
HELD_OUT = {"held-out": "linear step", "held-out-both": "both steps"}
FEW = 20
HEAD = (
    "finding", "planted in", "true", "listed", "recall", "AP", f"P@{FEW}", "P@true", "more frequent in",
    "plain rule", "listed", "recall", "AP", f"P@{FEW}", "P@true",
)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--harm", metavar="WAY")
    parser.add_argument("--flips", action="store_true")
    parser.add_argument("--map", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return time_one(given.map)
    if given.map:
        return time_map(given.map)
    print(f"| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}", flush=True)
    if not given.flips:
        planted(given.data, given.harm)
    if given.flips or given.harm is None:
        flips(Unflipped("hh-rlhf", given.data), "all subsets")
        flips(Unflipped("alpaca-eval", given.data), "alpaca-eval, a quarter")


# Planted truth.


@dataclass
class Ranked:
    """Scores of all rows, higher for surer, and the rows that are listed: those that have any where it is None."""

    scores: np.ndarray
    listed: np.ndarray | None = None

    def cells(self, truth: np.ndarray) -> list[str]:
        """Listed, recall of the list, average precision, precision among the first few, and as many as are true."""
        listed = self.scores > 0 if self.listed is None else self.listed
        # Ties fall at random.
        order = np.argsort(-(self.scores + np.random.default_rng(0).random(len(truth)) * 1e-9), kind="stable")
        shares = (truth[listed].sum() / truth.sum(), average_precision(truth, self.scores))
        at = (truth[order[:n]].mean() for n in (FEW, int(truth.sum())))
        return [f"{listed.sum():,}", *(f"{share:.2f}" for share in (*shares, *at))]


def planted(data, harm):
    p = Planting(data)
    plant_harm(p)
    plant_plain(p)
    plant_personal(p)
    rules = {name: (how, Ranked(np.asarray(scores, float))) for name, (how, scores) in rules_of(p.rows).items()}
    with tempfile.TemporaryDirectory() as folder:
        m = portolan.map_text(p.rows, path=Path(folder) / "planted", progress=False)
        if harm is None:
            plain = sorted(p.truth.keys() - set(BY_HARM))
            m.findings.run(plain, progress=False)
            for name in plain:
                line(f"`{name}`", m.findings[name], p, *rules[name])
        for way, how in HELD_OUT.items() if harm is None else [(harm, harm)]:
            m.findings.run(BY_HARM, harm=register(data, way), progress=False)
            for name in BY_HARM:
                line(f"`{name}`, {how}", m.findings[name], p, *rules[name])


def line(title, finding, p, how, rule):
    """A finding beside a plain rule."""
    truth = np.isin(np.arange(len(p.rows)), list(p.truth[finding.name]))
    subsets = p.subsets[finding.name]
    most = over_represented({"subset": finding.rates["subset"]})
    where = "nowhere" if most is None else f"{most[1].value} ({'right' if most[1].value in subsets else 'wrong'})"
    found = Ranked(np.nan_to_num(finding.confidence).astype(float), finding.is_inside)
    told((title, " and ".join(sorted(subsets)), f"{truth.sum():,}", *found.cells(truth), where), how, rule, truth)


def flips(pairs, planted_in):
    """Each share of flips, beside other lists; where nothing is listed the figures are those of the ranking."""
    for rate in RATES:
        found = pairs.flip(rate)
        truth, ours = found.is_flipped, Ranked(found.against, found.listed)
        title = f"`likely-flipped`, {rate:.0%} flipped{'' if found.can_tell else ': cannot tell'}"
        ahead = [title, planted_in, f"{truth.sum():,}", *ours.cells(truth), ""]
        for how, scores, listed in found.rules:
            told(ahead, how, Ranked(scores, listed), truth)
            ahead = [""] * len(ahead)


def told(ahead, how, rule, truth):
    print(f"| {' | '.join([*ahead, how, *rule.cells(truth)])} |", flush=True)


# Seconds and memory.


def time_map(path):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(shutil.copytree(path, Path(folder) / path.name))
        command = [sys.executable, __file__, "--map", str(copy), "--one"]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def time_one(path):
    m = portolan.open_map(path)
    started, cpu = time.perf_counter(), time.process_time()
    m.findings.run(progress=False)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    parts = m.stages["audit"]["seconds_of"]
    print("| part | seconds |\n| --- | --- |")
    for name, taken in sorted(parts.items(), key=lambda one: -one[1]):
        if taken >= 0.1:
            print(f"| {name} | {taken:.1f} |")
    print(f"\n{m.n_rows:,} pairs: {seconds:.1f} s, {cpu:.1f} processor seconds, {peak:,} MB at most")
    print(m.findings)


if __name__ == "__main__":
    main()
