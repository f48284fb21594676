"""The sets that the harm scorer is trained and measured on, each read from the folder of public sets.

Only sets under MIT, Apache 2.0, CC0 or CC BY are trained on. XSTest is never trained on: it measures false alarms.
"""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.transcript import style_named, turns_of

IN_REPLY = " in reply"
"""Ends the name of a set whose texts stand as replies; its copy without prompts has the name before it."""
OF_ONE_KIND = ("EDOS", "EDOS in reply")
"""Sets that ask for one kind of harm: what is not of that kind in them may well be harmful otherwise."""
LICENCES = {
    "DiaSafety": "Apache-2.0, thu-coai/DiaSafety (Sun et al. 2022), train and validation parts",
    "Davidson": "MIT, t-davidson/hate-speech-and-offensive-language (Davidson et al. 2017)",
    "EDOS": "CC0-1.0, rewire-online/edos (Kirk et al. 2023), all parts",
    "Davidson in reply": "MIT, texts of Davidson, each after a prompt of hh-rlhf",
    "EDOS in reply": "CC0-1.0, texts of EDOS, each after a prompt of hh-rlhf (MIT)",
    "requests": "MIT: AdvBench (llm-attacks), hh-rlhf; CC BY 4.0: banking77 (PolyAI); Apache-2.0: PandaLM",
    "replies": "MIT, anthropics/hh-rlhf (Bai et al. 2022), part of the test split",
    "hh-rlhf harmless": "MIT, anthropics/hh-rlhf (Bai et al. 2022), part of the test split",
}
CATEGORIES = (
    "insult",
    "prejudice",
    "sexism",
    "threat",
    "hate",
    "offensive language",
    "agrees with abuse",
    "ignores a risk",
    "unqualified advice",
    "harmful request",
)
_DIASAFETY = {
    "Offending User": "insult",
    "Biased Opinion": "prejudice",
    "Toxicity Agreement": "agrees with abuse",
    "Risk Ignorance": "ignores a risk",
    "Unauthorized Expertise": "unqualified advice",
}
_NOISE = re.compile(r"&#?\w+;|https?://\S+|@\w+|\[(?:USER|URL)\]|\bRT\b|[\"“”]{1,}")


@dataclass(frozen=True)
class HarmSet:
    """Texts judged harmful or not.

    Attributes
    ----------
    texts, prompts : list of str
        What is judged, and what was said before it ("" where nothing was).
    is_harmful : ndarray of int8, shape (n_texts,)
    groups : ndarray of int64, shape (n_texts,)
        Texts of one group never stand on both sides of a cross-validation.
    categories : list of str
        "" where harmless or not told.
    kinds : list of str
        What the set itself calls each text's kind; in some sets harmless texts have one too. "" where not told.
    """

    name: str
    texts: list[str]
    prompts: list[str]
    is_harmful: NDArray[np.int8]
    groups: NDArray[np.int64]
    categories: list[str]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class HarmPairs:
    """Pairs of replies to one prompt; the second was judged the more harmful."""

    name: str
    prompts: list[str]
    better: list[str]
    worse: list[str]
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.prompts)


MOST_IN_REPLY = 4000


def harm_sets(data: Path) -> list[HarmSet]:
    """All labelled sets that are trained on."""
    answers, posts = replies(data), [davidson(data), edos(data)]
    in_replies = [in_reply(part, answers.prompts) for part in posts]
    return [diasafety(data), *posts, requests(data), answers, *in_replies]


def in_reply(part: HarmSet, prompts: list[str]) -> HarmSet:
    """Some texts of a set without prompts once more, each as the reply to some prompt: judged as it was without.

    Else a model learns from the sets that what replies to somebody is harmless, as most replies in them are.
    """
    order = np.random.default_rng(0).permutation(int(part.groups.max()) + 1)[part.groups]
    rows = np.argsort(order, kind="stable")[:MOST_IN_REPLY]
    said = np.random.default_rng(1).integers(0, len(prompts), len(rows))
    texts, categories, kinds = ([values[row] for row in rows] for values in (part.texts, part.categories, part.kinds))
    before = [prompts[place] for place in said]
    return HarmSet(part.name + IN_REPLY, texts, before, part.is_harmful[rows], part.groups[rows], categories, kinds)


def diasafety(data: Path) -> HarmSet:
    """Replies in a dialogue, safe or unsafe in their context; grouped by context."""
    rows = [json.loads(line) for line in _lines(data / "diasafety/train_val.jsonl.gz")]
    harmful = [row["label"] == "Unsafe" for row in rows]
    kinds = [_DIASAFETY[row["category"]] if bad else "" for row, bad in zip(rows, harmful, strict=True)]
    contexts = [row["context"] for row in rows]
    own = [row["category"] for row in rows]
    return _set("DiaSafety", [row["response"] for row in rows], contexts, harmful, contexts, kinds, own)


def davidson(data: Path) -> HarmSet:
    """Tweets: hate speech or offensive language, against neither."""
    rows = _table(data / "hate-speech-and-offensive-language/labeled_data.csv.gz")
    texts = [cleaned(row["tweet"]) for row in rows]
    kinds = [{"0": "hate", "1": "offensive language", "2": ""}[row["class"]] for row in rows]
    return _set("Davidson", texts, None, [bool(kind) for kind in kinds], texts, kinds, kinds)


def edos(data: Path) -> HarmSet:
    """Posts from Gab and Reddit: sexist or not."""
    rows = _table(data / "edos/edos_labelled_aggregated.csv.gz")
    texts = [cleaned(row["text"]) for row in rows]
    kinds = [{"n": "", "1": "threat"}.get(row["label_category"][0], "sexism") for row in rows]
    own = [row["label_category"].removeprefix("none")[3:] for row in rows]
    return _set("EDOS", texts, None, [row["label_sexist"] == "sexist" for row in rows], texts, kinds, own)


def requests(data: Path) -> HarmSet:
    """What people ask: AdvBench's goals and the first turns of red-team dialogues, against everyday questions.

    The red team's first turns are weakly labelled: some of them only lead up to harm.
    """
    bad = [row["goal"] for row in _table(data / "advbench/harmful_behaviors.csv.gz")]
    bad += [turns[0] for turns in _first_turns(data, "harmless-base")]
    fine = [turns[0] for part in ("helpful-base", "helpful-online") for turns in _first_turns(data, part)]
    fine += [row["text"] for row in _table(data / "banking77/test.csv.gz")][::6]
    fine += list(
        dict.fromkeys(json.loads(line)["instruction"] for line in _lines(data / "pandalm/testset-v1.jsonl.gz"))
    )
    kinds = ["harmful request"] * len(bad) + [""] * len(fine)
    return _set("requests", bad + fine, None, [bool(kind) for kind in kinds], bad + fine, kinds)


def replies(data: Path) -> HarmSet:
    """Chosen replies of helpful dialogues, taken for harmless."""
    pairs = [pair for part in ("helpful-base", "helpful-rejection-sampled") for pair in _pairs(data, part)][::2]
    prompts, texts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return _set("replies", texts, prompts, [False] * len(texts), prompts, [""] * len(texts))


def harmless_pairs(data: Path) -> HarmPairs:
    """Red-team dialogues: people found the rejected reply the more harmful."""
    pairs = _pairs(data, "harmless-base")
    prompts, better, worse = ([pair[i] for pair in pairs] for i in range(3))
    return HarmPairs("hh-rlhf harmless", prompts, better, worse, _numbered([prompt[:80] for prompt in prompts]))


def diasafety_pairs(data: Path) -> HarmPairs:
    """Contexts that got a safe and an unsafe reply: each safe one beside the first unsafe one."""
    part = diasafety(data)
    worse: dict[str, str] = {}
    for text, prompt, bad in zip(part.texts, part.prompts, part.is_harmful, strict=True):
        if bad:
            worse.setdefault(prompt, text)
    rows = [
        (prompt, text, group)
        for text, prompt, bad, group in zip(part.texts, part.prompts, part.is_harmful, part.groups, strict=True)
        if not bad and prompt in worse
    ]
    prompts, better = [row[0] for row in rows], [row[1] for row in rows]
    return HarmPairs(
        "DiaSafety pairs", prompts, better, [worse[p] for p in prompts], np.array([row[2] for row in rows], np.int64)
    )


def xstest(data: Path) -> HarmSet:
    """Prompts that look unsafe and are not, beside ones that are. Never trained on."""
    rows = _table(data / "xstest/xstest_prompts.csv.gz")
    texts = [row["prompt"] for row in rows]
    own = [row["type"] for row in rows]
    return _set("XSTest", texts, None, [row["label"] == "unsafe" for row in rows], texts, [""] * len(texts), own)


def cleaned(text: str) -> str:
    """A post without addresses, names of users and marks of its platform, which would tell the set it came from."""
    return re.sub(r"\s+", " ", _NOISE.sub(" ", html.unescape(text))).strip()


def _set(
    name: str,
    texts: list[str],
    prompts: list[str] | None,
    harmful: list[bool],
    groups: list[str],
    categories: list[str],
    kinds: list[str] | None = None,
) -> HarmSet:
    blank = [""] * len(texts)
    return HarmSet(
        name, texts, prompts or blank, np.array(harmful, np.int8), _numbered(groups), categories, kinds or blank
    )


def _numbered(values: list[str]) -> NDArray[np.int64]:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _pairs(data: Path, part: str) -> list[tuple[str, str, str]]:
    """Shared turns, chosen reply, rejected reply."""
    style = style_named("hh")
    found = []
    for line in _lines(data / f"hh-rlhf/{part}.jsonl.gz"):
        row = json.loads(line)
        chosen, rejected = (turns_of(row[side], style) for side in ("chosen", "rejected"))
        if len(chosen) == len(rejected) and chosen[:-1] == rejected[:-1] and chosen[-1].text and rejected[-1].text:
            found.append(("\n\n".join(turn.text for turn in chosen[:-1]), chosen[-1].text, rejected[-1].text))
    return found


def _first_turns(data: Path, part: str) -> list[list[str]]:
    style = style_named("hh")
    turns = [turns_of(json.loads(line)["chosen"], style) for line in _lines(data / f"hh-rlhf/{part}.jsonl.gz")]
    return [[turn.text for turn in row] for row in turns if row and row[0].text]


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def _table(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
