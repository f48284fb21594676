"""Defects planted into known rows of hh-rlhf: what `benchmarks/audit.py` looks for."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path

from audit_harm import held_out
from audit_rules import SORRY, cut
from preference import SUBSETS, lines
from scorers import PLANTED, plant

N_PLANTED = 60


class Planting:
    """hh-rlhf's pairs, with defects put into known rows; no row gets two. Equal replies that were there count."""

    def __init__(self, data):
        self.data, self.chance = data, random.Random(0)
        self.rows = [
            {**row, "subset": subset, "split": "train"}
            for subset in SUBSETS
            for row in lines(data / f"hh-rlhf/{subset}.jsonl.gz")
        ]
        self.n_given = len(self.rows)
        for row in self.chance.sample(range(self.n_given), self.n_given // 10):
            self.rows[row]["split"] = "test"
        equal = {place for place, row in enumerate(self.rows) if row["chosen"] == row["rejected"]}
        self.free = set(range(self.n_given)) - equal
        self.truth = {"identical": equal}
        self.subsets = {}

    def take(self, subset, n=N_PLANTED, fits=lambda _: True):
        """Rows of a subset that nothing was done to yet."""
        free = [row for row in sorted(self.free) if self.rows[row]["subset"] == subset and fits(self.rows[row])]
        taken = self.chance.sample(free, n)
        self.free -= set(taken)
        return taken

    def mark(self, name, rows):
        """Say that rows have a defect now."""
        self.truth.setdefault(name, set()).update(rows)
        self.subsets.setdefault(name, set()).update(self.rows[row]["subset"] for row in rows)

    def add(self, row):
        """Put a row behind the others; its place."""
        self.rows.append(row)
        return len(self.rows) - 1


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
    kinds = list(PLANTED.values())
    for place, row in enumerate(p.take("helpful-online")):
        side = ("chosen", "rejected")[place % 2]
        reply = plant(p.chance, cut(p.rows[row][side])[1], kinds[place % len(kinds)](p.chance))
        p.rows[row][side] = with_reply(p.rows[row][side], reply)
        p.mark("pii", [row])


def plant_harm(p):
    """Replies of labelled sets in the place of pairs of `harmless-base`: both harmful, or the chosen one alone."""
    by_context = {}
    for row in lines(p.data / "diasafety/train_val.jsonl.gz"):
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
    labels = csv.DictReader((Path(__file__).with_name("refusal_labels.csv")).open(encoding="utf-8"))
    chosen = [one for one in labels if one["refuses"] == "1"]
    given = {subset: [row for row in p.rows[: p.n_given] if row["subset"] == subset] for subset in SUBSETS}
    found = [cut(given[one["subset"]][int(one["line"])][one["side"]])[1] for one in chosen]
    return sorted({reply for reply in found if len(reply) < 300})


def read_csv(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
