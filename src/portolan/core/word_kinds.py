"""What words are to phrases (grammar, filler, content …), and what they share with plurals and related words."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from portolan.core.stopwords import CHINESE_EDGES, LINKS, STOP, WEAK

GRAMMAR, LINK, FILLER, NUMBER, CONTENT, CHARACTER, PARTICLE = range(7)


def kinds_and_stems(vocabulary: list[str]) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    """Kind of each word, and a number that it shares with its plural."""
    kinds = np.fromiter((kind_of(word) for word in vocabulary), np.int8, len(vocabulary))
    known: dict[str, int] = {}
    stems = np.fromiter(
        (known.setdefault(singular(word), len(known) + 1) for word in vocabulary), np.uint64, len(vocabulary)
    )
    return kinds, stems


def kind_of(word: str) -> int:
    """What part a word can play in a phrase."""
    if word in LINKS:
        return LINK
    if word in STOP:
        return GRAMMAR
    if len(word) == 1:
        return _kind_of_character(word)
    if word in WEAK or singular(word) in WEAK:
        return FILLER
    if word[0].isdigit():
        return NUMBER
    return CONTENT if not set(word) <= {word[0]} else GRAMMAR


def _kind_of_character(character: str) -> int:
    if character.isdigit():
        return NUMBER
    is_unspaced = ord(character) >= 0x0E00 and unicodedata.category(character) in ("Lo", "Mn", "Mc", "Lm")
    if not is_unspaced:
        return GRAMMAR
    return PARTICLE if character in CHINESE_EDGES else CHARACTER


_PLURALS = {"men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse"}
_SINGULARS_IN_IE = """
movies cookies zombies calories selfies ties pies lies dies brownies veggies smoothies hoodies rookies
"""
_KEEP_IE = frozenset(_SINGULARS_IN_IE.split())
_NO_PLURALS = ("ss", "us", "is", "'s", "ous", "ics", "news", "series", "species", "jesus", "texas")


def singular(word: str) -> str:
    """The word without an English plural's ending, as far as spelling tells."""
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(_NO_PLURALS):
        return word
    if word.endswith("ies") and len(word) > 4 and word not in _KEEP_IE:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")) and len(word) > 4:
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """What related words share ("stealing", "steals", "steal"): only to tell that two phrases repeat each other."""
    word = singular(word)
    for ending in (
        "ization",
        "isation",
        "ations",
        "ation",
        "ments",
        "ment",
        "ings",
        "ing",
        "ions",
        "ion",
        "ed",
        "ers",
        "er",
        "ly",
        "al",
        "ies",
        "y",
        "ic",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
