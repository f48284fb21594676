"""Personal data in a text: e-mail, phone, card, bank account, social security number, IP address, key, address."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.personal import MAYBE, PHONE_LIKE, Found, find_personal
from portolan.plugins import Card, InputError, MissingExtraError, ScoreColumn, ScoredTexts, Scores, scorers

_FEWEST_DIGITS = 7
"""Of a phone number that a person would write down whole."""
_SAYS_PHONE = re.compile(r"\b(?:phone|call|cell|mobile|number|tel|fax|text|reach|whatsapp|dial)\b", re.I)
"""Before digits without a gap, or they are an order number like any other."""
_BEFORE = 30
CARD: Card = {
    "what": "Personal data: email, phone, card, iban, ssn, ip, key, address.",
    "method": "Patterns, then checks: Luhn (card), modulo 97 (iban), public networks (ip), entropy (key), and Google's "
    "libphonenumber (phone). Of a pair, the prompt and the reply are read.",
    "source": "ISO/IEC 7812 (Luhn), ISO 13616 (IBAN), libphonenumber's metadata.",
    "limits": "Names and dates of birth are not looked for. Phones without + are read as of the country in the "
    "argument (pii:GB; US unless given). Addresses are found as written in the US, Britain and Australia. Whether a "
    "datum is anyone's is not known: 555 numbers and example.com addresses count. "
    "The planted examples were made by who wrote the patterns.",
    "command": "python benchmarks/scorers.py --quality pii",
    "figures": [
        {"measure": "precision", "value": 0.94, "on": "pieces found in hh-rlhf, read by one person", "n": 53},
        {"measure": "recall, least of the kinds (address)", "value": 0.977, "on": "planted in replies", "n": 300},
        {"measure": "recall, all other kinds, at least", "value": 0.997, "on": "planted in replies", "n": 300},
        {"measure": "lookalikes taken for personal data", "value": 0.004, "on": "planted in replies", "n": 996},
    ],
}


class PiiScorer:
    """Kinds of personal data in a text, and how many pieces."""

    is_costly = False
    columns = (
        ScoreColumn("pii", "tags", "Kinds of personal data found: email, phone, card, iban, ssn, ip, key, address."),
        ScoreColumn("pii_count", "number", "Pieces of personal data found."),
    )
    card = CARD
    argument = "COUNTRY, such as GB"
    modules = ("phonenumbers",)
    extra = "pii"

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        self._region = (argument or "US").upper()
        if len(self._region) != 2 or not self._region.isalpha():
            raise InputError(f"'{argument}' is no country.", fix="Give its two letters: --scorer pii:GB.")
        self.key = f"pii:1:{self._region}"

    def score(self, texts: ScoredTexts) -> Scores:
        """Kinds and number of what is found in prompt and text together."""
        whole = pc.binary_join_element_wise(texts.prompts, texts.texts, pa.scalar("\n\n", pa.large_string()))
        maybe = np.flatnonzero(pc.match_substring_regex(whole, MAYBE).to_numpy(zero_copy_only=False))
        kinds: list[list[str]] = [[] for _ in range(len(texts))]
        counts = np.zeros(len(texts), np.float32)
        for place, text in zip(maybe.tolist(), whole.take(pa.array(maybe)).to_pylist(), strict=True):
            found = self.spans(text)
            kinds[place] = sorted({one.kind for one in found})
            counts[place] = len(found)
        return {"pii": pa.array(kinds, pa.list_(pa.string())), "pii_count": counts}

    def spans(self, text: str) -> list[Found]:
        """Where personal data stands in a text, in order: to mark it, or to take it out."""
        return find_personal(text, phones=self._phones)

    def _phones(self, text: str) -> list[tuple[int, int]]:
        if not any(sum(map(str.isdigit, match.group())) >= _FEWEST_DIGITS for match in PHONE_LIKE.finditer(text)):
            return []
        try:
            from phonenumbers import Leniency, PhoneNumberMatcher
        except ImportError as error:
            raise MissingExtraError(
                "The 'pii' scorer needs phonenumberslite.", fix="Run: pip install 'portolan[pii]'."
            ) from error
        # An instance for each text: the library keeps its place in it.
        found = [(match.start, match.end) for match in PhoneNumberMatcher(text, self._region, Leniency.VALID)]
        return [
            (start, stop)
            for start, stop in found
            if not text[start:stop].isdigit() or _SAYS_PHONE.search(text[max(0, start - _BEFORE) : start])
        ]


scorers.add("pii", PiiScorer)
