"""Phrases of texts: which texts have which, and how each is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from portolan.core.stopwords import STOP, is_offensive
from portolan.core.word_kinds import singular, stem
from portolan.core.words import Words

_AKIN = 5  # first letters of a stem that make two words akin
_N_SEEN = 16  # places looked at to learn how a phrase is written


@dataclass(frozen=True)
class Phrases:
    """Phrases found in texts.

    Attributes
    ----------
    rows : csc_matrix of float32, shape (n_texts, n_phrases)
        1 where a text has a phrase.
    places : ndarray of int64, shape (rows.nnz,)
        Of each entry of `rows`, in its order: the word at which the phrase first stands in the text.
    weights : ndarray of float32, shape (rows.nnz,)
        Of each entry of `rows`: 1, or less where other texts have the phrase amid the same words, in (0, 1]. Texts that
        repeat one prompt have its wording in common, and not what they are about.
    lengths : ndarray of int64, shape (n_phrases,)
        Words, or characters in a script without spaces.
    words : Words
        The texts' words.
    """

    rows: sparse.csc_matrix
    places: NDArray[np.int64]
    weights: NDArray[np.float32]
    lengths: NDArray[np.int64]
    words: Words
    _stems: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _written: dict[int, str] = field(default_factory=dict, repr=False)
    _offensive: dict[int, bool] = field(default_factory=dict, repr=False)

    def stems(self, phrase: int) -> tuple[str, ...]:
        """Stems of the phrase's words that carry meaning; of a script without spaces its pairs of characters."""
        if phrase not in self._stems:
            spoken = self._spoken(phrase)
            is_unspaced = all(len(word) == 1 for word in spoken)
            self._stems[phrase] = (
                tuple(first + second for first, second in pairwise(spoken))
                if is_unspaced
                else tuple(stem(word) for word in spoken if word not in STOP)
            )
        return self._stems[phrase]

    def beginnings(self, phrase: int) -> frozenset[str]:
        """What akin words share: "science" and "scientists" in one name tell no more than either."""
        return frozenset(stem[:_AKIN] for stem in self.stems(phrase))

    def names_nothing(self, phrase: int) -> bool:
        """True for a run of characters that is a stop word: only whole runs can be looked up."""
        spoken = self._spoken(phrase)
        return all(len(word) == 1 for word in spoken) and "".join(spoken) in STOP

    def is_offensive(self, phrase: int) -> bool:
        """True for a phrase with a slur or an obscenity."""
        if phrase not in self._offensive:
            self._offensive[phrase] = any(is_offensive(singular(word)) for word in self._spoken(phrase))
        return self._offensive[phrase]

    def _spoken(self, phrase: int) -> list[str]:
        """The phrase's words, as they first stand in a text."""
        place = self.places[self.rows.indptr[phrase]]
        return [self.words.vocabulary[i] for i in self.words.word_ids[place : place + self.lengths[phrase]]]

    def written(self, phrase: int) -> str:
        """The phrase as most texts write it; in small letters if a fair part of them does."""
        if phrase not in self._written:
            self._written[phrase] = self._most_written(phrase)
        return self._written[phrase]

    def _most_written(self, phrase: int) -> str:
        first, last = self.rows.indptr[phrase], self.rows.indptr[phrase + 1]
        seen = self.places[first:last][:: max(1, (last - first) // _N_SEEN)]
        forms = Counter(self._raw(int(place), int(self.lengths[phrase])) for place in seen)
        by_letters: dict[str, list[tuple[int, str]]] = {}
        for form, count in forms.items():
            by_letters.setdefault(form.lower(), []).append((count, form))
        variants = max(by_letters.values(), key=lambda group: (sum(count for count, _ in group), group[0][1]))
        total = sum(count for count, _ in variants)
        lower = sum(count for count, form in variants if form == form.lower())
        most = max(variants)[1]
        # A capital first letter may be a sentence's; those within are the word's own: "TV".
        is_own = any(letter.isupper() for word in most.split() for letter in word[1:])
        return most if lower < (0.5 if is_own else 0.25) * total else most.lower()

    def _raw(self, place: int, length: int) -> str:
        scan = self.words.scan
        raw = scan.data[scan.starts[place] : scan.ends[place + length - 1]].tobytes()
        return " ".join(raw.decode("utf-8", errors="replace").replace("\u2019", "'").replace("_", " ").split())
