"""What the audit finds of what was planted, and how long it takes.

python benchmarks/audit.py DATA                 planted truth on hh-rlhf, one table; DATA holds the public sets
python benchmarks/audit.py DATA --harm held-out …, harm told by a linear model that has not seen what is planted
python benchmarks/audit.py DATA --harm unseen   …, nor any text of the sets that they are from
python benchmarks/audit.py DATA --harm harm     … by both steps of the bundled scorer
python benchmarks/audit.py --map pairs.portolan seconds of each part and peak memory of all findings on a map
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

import portolan
from portolan.core.concept_figures import average_precision
from portolan.plugins import ScoreColumn, scorers

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).parent))

SUBSETS = ("harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled")
N_PLANTED = 60
KEYWORDS = re.compile(
    r"\b(kill|murder|bomb|weapon|gun|shoot|steal|rob|drug|cocaine|meth|hack|poison|attack|rape|suicide|die|hate|stupid"
    r"|idiot|dumb|racist|nazi|terror\w*|illegal|violen\w*|torture|kidnap|blackmail|fraud|scam|porn\w*|sexual\w*|slut"
    r"|ugly|disgusting|shut up|damn|hell|crap|explosive\w*|malware|counterfeit|launder\w*|hurt|punch|beat)\b",
    re.I,
)
SORRY = re.compile(r"\b(sorry|cannot|can't|unable)\b", re.I)
CONTACT = re.compile(r"[\w.]+@[\w.]+|\d{3}-\d{3}-\d{4}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--harm", default="harm:fast")
    parser.add_argument("--map", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return time_one(given.map)
    return time_map(given.map) if given.map else planted(given.data, given.harm)


# Planted truth.


class Planting:
    """hh-rlhf's pairs, with defects put into known rows; no row gets two. Equal replies that were there count."""

    def __init__(self, data):
        self.data, self.chance = data, random.Random(0)
        self.rows = [
            {**row, "subset": subset, "split": "train"}
            for subset in SUBSETS
            for row in read_jsonl(data / f"hh-rlhf/{subset}.jsonl.gz")
        ]
        self.n_given = len(self.rows)
        for row in self.chance.sample(range(self.n_given), self.n_given // 10):
            self.rows[row]["split"] = "test"
        equal = {place for place, row in enumerate(self.rows) if row["chosen"] == row["rejected"]}
        self.free = set(range(self.n_given)) - equal
        self.truth = {"identical": equal}

    def take(self, subset, n=N_PLANTED, fits=lambda _: True):
        """Rows of a subset that nothing was done to yet."""
        free = [row for row in sorted(self.free) if self.rows[row]["subset"] == subset and fits(self.rows[row])]
        taken = self.chance.sample(free, n)
        self.free -= set(taken)
        return taken

    def mark(self, name, rows):
        """Say that rows have a defect."""
        self.truth.setdefault(name, set()).update(rows)

    def add(self, row):
        """Put a row behind the others; its place."""
        self.rows.append(row)
        return len(self.rows) - 1


def cut(side):
    """What stands before the last reply, and the reply."""
    at = side.rfind("\n\nAssistant:") + len("\n\nAssistant:")
    return side[:at], side[at:].strip()


def with_reply(side, reply):
    return f"{cut(side)[0]} {reply}"


def asked(prompt, chosen, rejected):
    return {
        side: f"\n\nHuman: {prompt}\n\nAssistant: {text}" for side, text in (("chosen", chosen), ("rejected", rejected))
    }


def reworded(chance, text, share):
    """The text with some of its words replaced by others of it."""
    words = text.split(" ")
    for place in chance.sample(range(len(words)), max(1, round(share * len(words)))):
        words[place] = chance.choice(words) + "s"
    return " ".join(words)


def plant_plain(p):
    long_reply = lambda row: 30 < len(cut(row["chosen"])[1].split()) < 200  # noqa: E731  # one line, used twice
    for row in p.take("helpful-online"):
        p.rows[row]["rejected"] = p.rows[row]["chosen"]
        p.mark("identical", [row])
    for row in p.take("helpful-base", fits=long_reply):
        reply = cut(p.rows[row]["chosen"])[1]
        p.rows[row]["rejected"] = with_reply(p.rows[row]["chosen"], reworded(p.chance, reply, 0.02))
        p.mark("near-identical", [row])
    others = p.take("helpful-base")
    for row, other in zip(p.take("helpful-base"), others, strict=True):
        p.rows[row]["rejected"] = p.rows[other]["rejected"]
        p.mark("prompt-mismatch", [row])
    for place, row in enumerate(p.take("helpful-rejection-sampled", fits=lambda row: row["split"] == "test")):
        copy = p.add({**p.rows[row], "split": "train"})
        if place % 2:
            copied = p.rows[copy]
            for side in ("chosen", "rejected"):
                copied[side] = with_reply(copied[side], reworded(p.chance, cut(copied[side])[1], 0.05))
        p.mark("leakage", [row, copy])
        p.mark("duplicate", [copy])
    for place, row in enumerate(p.take("helpful-rejection-sampled", fits=lambda row: row["split"] == "train")):
        given = p.rows[row]
        swapped = {**given, "chosen": given["rejected"], "rejected": given["chosen"]}
        if place % 2:
            for side in ("chosen", "rejected"):
                swapped[side] = with_reply(swapped[side], reworded(p.chance, cut(swapped[side])[1], 0.05))
        copy = p.add(swapped)
        p.mark("contradictory", [row, copy])
        p.mark("duplicate", [copy])


def plant_personal(p):
    from scorers import PLANTED, plant

    kinds = list(PLANTED.values())
    for place, row in enumerate(p.take("helpful-online")):
        side = ("chosen", "rejected")[place % 2]
        reply = plant(p.chance, cut(p.rows[row][side])[1], kinds[place % len(kinds)](p.chance))
        p.rows[row][side] = with_reply(p.rows[row][side], reply)
        p.mark("pii", [row])


def plant_harm(p):
    """Replies of labelled sets in the place of pairs of `harmless-base`: both harmful, or the chosen one alone."""
    by_context = {}
    for row in read_jsonl(p.data / "diasafety/train_val.jsonl.gz"):
        by_context.setdefault(row["context"], {}).setdefault(row["label"], []).append(row["response"])
    contexts, goals = held_out(p.data)
    contexts = sorted(contexts & by_context.keys())
    p.chance.shuffle(contexts)
    both = [c for c in contexts if len(set(by_context[c].get("Unsafe", ()))) > 1][:N_PLANTED]
    mixed = [c for c in contexts if len(by_context[c]) == 2 and c not in both][: 2 * N_PLANTED]
    requests = [row for row in read_csv(p.data / "advbench/harmful_behaviors.csv.gz") if row["goal"] in goals]
    p.chance.shuffle(requests)
    for row, context in zip(p.take("harmless-base"), both, strict=False):
        p.rows[row].update(asked(context, *sorted(set(by_context[context]["Unsafe"]))[:2]))
        p.mark("doubly-egregious", [row])
        p.mark("harmful-chosen", [row])
    for row, context in zip(p.take("harmless-base", len(mixed)), mixed, strict=True):
        p.rows[row].update(asked(context, by_context[context]["Unsafe"][0], by_context[context]["Safe"][0]))
        p.mark("chosen-worse", [row])
        p.mark("harmful-chosen", [row])
    refusals = real_refusals(p)
    for row, request in zip(p.take("harmless-base"), requests, strict=False):
        p.rows[row].update(asked(request["goal"], p.chance.choice(refusals), request["target"]))
        p.mark("recovery", [row])
    answered = lambda row: not SORRY.search(cut(row["rejected"])[1])  # noqa: E731
    for row in p.take("helpful-base", fits=answered):
        p.rows[row]["chosen"] = with_reply(p.rows[row]["rejected"], p.chance.choice(refusals))
        p.mark("over-refusal", [row])


def real_refusals(p):
    """Replies that a person read and called refusals."""
    import csv

    labels = csv.DictReader((Path(__file__).with_name("refusal_labels.csv")).open(encoding="utf-8"))
    chosen = [one for one in labels if one["refuses"] == "1"]
    given = {subset: [row for row in p.rows[: p.n_given] if row["subset"] == subset] for subset in SUBSETS}
    found = [cut(given[one["subset"]][int(one["line"])][one["side"]])[1] for one in chosen]
    return sorted({reply for reply in found if len(reply) < 300})


def read_csv(path):
    import csv

    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def read_jsonl(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def planted(data, harm):
    p = Planting(data)
    plant_harm(p)
    plant_plain(p)
    plant_personal(p)
    if harm in ("held-out", "unseen"):
        harm = register(data, harm)
    with tempfile.TemporaryDirectory() as folder:
        m = portolan.map_text(p.rows, path=Path(folder) / "planted", progress=False)
        m.findings.run(harm=harm, with_model=False, progress=False)
        base = baselines(p.rows)
        print(f"{len(p.rows):,} pairs; harm by {harm}\n")
        print("| finding | true | listed | recall | AP | P@true | baseline | AP | P@true | more frequent in |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for name in sorted(p.truth):
            print(line(m.findings[name], p, base[name]))


def line(finding, p, baseline):
    from portolan.auditing.finding import over_represented

    truth = np.isin(np.arange(len(p.rows)), list(p.truth[name]) if (name := finding.name) else [])
    scores = np.nan_to_num(finding.confidence)
    how, guessed = baseline
    most = over_represented({"subset": finding.rates["subset"]})
    planted_in = {p.rows[row]["subset"] for row in p.truth[name]}
    where = "nowhere" if most is None else f"{most[1].value} ({'right' if most[1].value in planted_in else 'wrong'})"
    recall = truth[finding.is_inside].sum() / truth.sum()
    cells = [
        f"`{name}`", str(truth.sum()), f"{finding.count:,}", f"{recall:.2f}", *figures(truth, scores), how,
        *figures(truth, np.asarray(guessed, float)), where,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def figures(truth, scores):
    """Average precision, and precision among as many of the best as were planted; ties count half way."""
    k = int(truth.sum())
    jitter = np.random.default_rng(0).random(len(scores)) * 1e-9
    best = np.argsort(-(scores + jitter))[:k]
    return f"{average_precision(truth, scores):.2f}", f"{truth[best].mean():.2f}"


def baselines(rows):
    """What one would do in a few lines, by finding: its name, and a number a row."""
    seen, swapped, exact, before = {}, {}, [], []
    for row in rows:
        pair = (row["chosen"], row["rejected"])
        before.append(pair in seen)
        seen.setdefault(pair, set()).add(row["split"])
        swapped[pair] = True
    exact = [len(seen[row["chosen"], row["rejected"]]) > 1 for row in rows]
    sides = {side: [cut(row[side])[1] for row in rows] for side in ("chosen", "rejected")}
    # Of a long reply some words are always in the list: the share of its words tells more.
    words = {
        side: np.array([len(KEYWORDS.findall(text)) / max(len(text.split()), 1) for text in some])
        for side, some in sides.items()
    }
    sorry = {side: np.array([bool(SORRY.search(text)) for text in some]) for side, some in sides.items()}
    prompts = np.array([len(KEYWORDS.findall(cut(row["chosen"])[0])) for row in rows])
    firsts = [[row[side].split("\n\nAssistant:")[0] for side in ("chosen", "rejected")] for row in rows]
    same = [row["chosen"] == row["rejected"] for row in rows]
    return {
        "identical": ("equal strings", same),
        "near-identical": ("equal strings", same),
        "prompt-mismatch": ("first turns differ", [one != other for one, other in firsts]),
        "duplicate": ("equal strings", before),
        "leakage": ("equal strings", exact),
        "contradictory": ("equal strings, swapped", [(row["rejected"], row["chosen"]) in swapped for row in rows]),
        "pii": (
            "a pattern of e-mail and phone",
            [bool(CONTACT.search(row["chosen"] + row["rejected"])) for row in rows],
        ),
        "harmful-chosen": ("keywords", words["chosen"]),
        "doubly-egregious": ("keywords in both", np.minimum(words["chosen"], words["rejected"])),
        "chosen-worse": ("more keywords", words["chosen"] - words["rejected"]),
        "recovery": ("keywords, and sorry", prompts * sorry["chosen"]),
        "over-refusal": ("sorry, and not", sorry["chosen"] & ~sorry["rejected"]),
    }


def held_out(data):
    """Contexts of DiaSafety and goals of AdvBench in the first fold: `--harm held-out` is trained on others."""
    from harm_sets import diasafety, requests
    from harm_training import fold_of

    dialogues, asked_for = diasafety(data), requests(data)
    contexts = {text for text, out in zip(dialogues.prompts, fold_of(dialogues.groups) == 0, strict=True) if out}
    goals = {text for text, out in zip(asked_for.texts, fold_of(asked_for.groups) == 0, strict=True) if out}
    return contexts, goals


def register(data, way):
    """A linear model as the bundled one, without the first fold of all sets, or without the sets that are planted."""
    import pyarrow as pa
    import scipy.sparse as sp

    from harm_fit import Marks
    from harm_training import read_material, train
    from portolan.core.harm import N_BUCKETS, HarmModel, marks_of, read_texts
    from portolan.pieces import WEIGHTS, PieceTable
    from portolan.scorers.harm import WEIGHTS as BUNDLED

    material = read_material(data)
    if way == "unseen":
        linear = train(material, without=("DiaSafety", "requests", "hh-rlhf harmless"))
    else:
        linear = train(material, fold=0)
    with np.load(BUNDLED / "model.npz") as parts:
        slope, offset = map(float, parts["calibration"])
    table = PieceTable(WEIGHTS)

    class Trained:
        key, is_costly = "trained-harm:1", False
        columns = (ScoreColumn("trained_harm", "number", "Chance of harm."),)
        card: ClassVar = {"what": "Harm.", "limits": "For a benchmark."}

        def __init__(self, argument=None, *, threads=None):
            pass

        def score(self, texts):
            read = read_texts(texts.texts, pa.array(texts.prompts, pa.large_string()), table, threads=None)
            indptr, buckets, values, dense = marks_of(read)
            marks = Marks(sp.csr_matrix((values, buckets, indptr), shape=(len(texts), N_BUCKETS)), dense)
            model = HarmModel(linear.weights, linear.dense, np.zeros(1, np.float32), slope, offset)
            return {"trained_harm": model.chance(linear.logits(marks))}

    scorers.add("trained-harm", Trained)
    return "trained-harm"


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
