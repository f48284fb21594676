"""Plain rules, a few lines each, that `benchmarks/audit.py` sets beside findings."""

from __future__ import annotations

import re

import numpy as np

KEYWORDS = re.compile(
    r"\b(kill|murder|bomb|weapon|gun|shoot|steal|rob|drug|cocaine|meth|hack|poison|attack|rape|suicide|die|hate|stupid"
    r"|idiot|dumb|racist|nazi|terror\w*|illegal|violen\w*|torture|kidnap|blackmail|fraud|scam|porn\w*|sexual\w*|slut"
    r"|ugly|disgusting|shut up|damn|hell|crap|explosive\w*|malware|counterfeit|launder\w*|hurt|punch|beat)\b",
    re.I,
)
SORRY = re.compile(r"\b(sorry|cannot|can't|unable)\b", re.I)
CONTACT = re.compile(r"[\w.]+@[\w.]+|\d{3}-\d{3}-\d{4}")


def cut(side):
    """What stands before the last reply, and the reply."""
    at = side.rfind("\n\nAssistant:") + len("\n\nAssistant:")
    return side[:at], side[at:].strip()


def rules_of(rows):
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
