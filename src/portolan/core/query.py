"""What a person types into the search box: words, "an exact phrase", -without, -"without this phrase".

Case, accents and the width of letters make no difference. In scripts written without spaces a word is any run of
characters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

MOST_TERMS = 32
"""Terms of one query that are looked at: a pasted page of text is a question for meaning, not for words."""
MOST_TOKENS = 64
"""Tokens of one phrase that must stand side by side; what follows them is passed over."""
LONGEST_TOKEN = 40
"""Longer ones (keys, encoded data) are not indexed."""

# Thai, Lao, Tibetan, Myanmar, Hangul, Khmer, kana, Han (with its extensions).
NO_SPACES = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SPACED = f"[^\\W_{NO_SPACES}]"
_TOKEN = re.compile(f"[{NO_SPACES}]|{_SPACED}+")
_PART = re.compile(r'(-?)"([^"]*)(?:"|$)|(\S+)')
_QUOTES = str.maketrans(
    {quote: '"' for quote in "\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\uff02"} | {"\0": " "}
)
_FOLDABLE = re.compile("[\u0080-\U0010ffff]+")
"""All that folding changes in small letters: it leaves other characters as they are."""
_IS_UNSPACED = re.compile(f"[{NO_SPACES}]")


@dataclass(frozen=True)
class Term:
    """Tokens that must stand side by side: one for a word, several for a phrase or a word without spaces."""

    tokens: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the term in folded text."""
        between = [
            r"[\W_]*" if _IS_UNSPACED.match(left) and _IS_UNSPACED.match(right) else r"[\W_]+"
            for left, right in zip(self.tokens, self.tokens[1:], strict=False)
        ]
        parts = [re.escape(self.tokens[0])]
        for gap, token in zip(between, self.tokens[1:], strict=True):
            parts += [gap, re.escape(token)]
        head = "" if _IS_UNSPACED.match(self.tokens[0]) else f"(?<!{_SPACED})"
        tail = "" if _IS_UNSPACED.match(self.tokens[-1]) else f"(?!{_SPACED})"
        return re.compile(head + "".join(parts) + tail)

    def is_in(self, folded: str) -> bool:
        """Whether the term stands in a folded text."""
        return self.pattern.search(folded) is not None


@dataclass(frozen=True)
class Query:
    """A query, understood: what should be found, must be found, must not be found."""

    words: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    text: str = field(default="", compare=False)
    """What meaning is searched by: the query without its minus parts."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for or to leave out."""
        return not (self.words or self.phrases or self.without)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that is looked for."""
        return (*self.phrases, *self.words)

    def allows(self, folded: str) -> bool:
        """Whether a folded text holds every phrase and nothing that is to be left out."""
        return all(term.is_in(folded) for term in self.phrases) and not any(term.is_in(folded) for term in self.without)


def parse_query(text: str) -> Query:
    """The query that `text` asks. Never raises: unbalanced quotes close at the end, odd characters are passed over."""
    words: list[Term] = []
    phrases: list[Term] = []
    without: list[Term] = []
    kept: list[str] = []
    for minus, phrase, word in _PART.findall(text.translate(_QUOTES)):
        is_minus = bool(minus) or (word.startswith("-") and len(word) > 1)
        tokens = tuple(tokens_of(fold(phrase or word)))[:MOST_TOKENS]
        if not is_minus:
            kept.append(phrase or word)
        if not tokens or max(map(len, tokens)) > LONGEST_TOKEN:
            continue
        if is_minus:
            without.append(Term(tokens))
        elif phrase:
            phrases.append(Term(tokens))
        else:
            words += _words(tokens)
    unique = [tuple(dict.fromkeys(terms))[:MOST_TERMS] for terms in (words, phrases, without)]
    return Query(unique[0], unique[1], unique[2], " ".join(kept))


def _words(tokens: tuple[str, ...]) -> list[Term]:
    """`well-known` is two words; a run of characters without spaces is one."""
    words: list[list[str]] = []
    was_unspaced = False
    for token in tokens:
        is_unspaced = bool(_IS_UNSPACED.match(token))
        if is_unspaced and was_unspaced:
            words[-1].append(token)
        else:
            words.append([token])
        was_unspaced = is_unspaced
    return [Term(tuple(word)) for word in words]


def tokens_of(folded: str) -> list[str]:
    """The tokens of a folded text, in order."""
    return _TOKEN.findall(folded)


def fold(text: str) -> str:
    """`text` without case, accents and letter widths."""
    if text.isascii():
        return text.lower()
    # Capitals of ASCII first, as bytes: they are many, and each run of what folds character by character is costly.
    small = text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
    return _FOLDABLE.sub(_fold_run, small)


def fold_with_places(text: str) -> tuple[str, list[int] | range]:
    """The folded text, and for each of its characters its place in `text`."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded = [_fold_character(character) for character in text]
    return "".join(folded), [place for place, part in enumerate(folded) for _ in part]


def _fold_run(found: re.Match[str]) -> str:
    return "".join(map(_fold_character, found[0]))


def _fold_character(character: str) -> str:
    known = _FOLDED.get(character)
    if known is None:
        # Recomposed after the accents are gone: Hangul must not stay in pieces.
        plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not _is_accent(part))
        known = _FOLDED[character] = unicodedata.normalize("NFC", plain.casefold())
    return known


def _is_accent(character: str) -> bool:
    return "\u0300" <= character <= "\u036f"


_FOLDED: dict[str, str] = {}
