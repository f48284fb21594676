"""Personal data in a text: e-mail addresses, phones, cards, bank accounts, IP addresses, keys, postal addresses.

Each kind is a pattern that finds candidates and a check that refuses most that only look like it: checksums for cards
and accounts, real networks for IP addresses, letters that are random enough for keys.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FindPhones = Callable[[str], list[tuple[int, int]]]
"""Where phone numbers stand in a text."""


@dataclass(frozen=True, order=True)
class Found:
    """A place in a text that holds personal data: characters `start` to `stop`, and of which kind."""

    start: int
    stop: int
    kind: str


EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?![\w-])", re.I)
CARD = re.compile(r"(?<![\d.-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5})(?![\d-]|\.\d)")
IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)(?![A-Za-z0-9])")
SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
IP4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I)
_VERSION = re.compile(r"(?:\bv|\bversion|\brelease|§|section)\W{0,3}$", re.I)
KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}"
    r"|sk-(?:ant-|proj-|live-)?[A-Za-z0-9_-]{20,}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r")"
)
_SECRET = re.compile(
    r"(?i:api[_ -]?key|secret|token|passw(?:or)?d|bearer)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9+/_.~-]{16,})[\"']?"
)
LEAST_BITS = 3.0
"""Entropy of a character in a key: sk-xxxxxxxx is a placeholder."""
_STREET = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Parkway|Pkwy"
    r"|Highway|Hwy|Crescent|Close|Way"
)
ADDRESS = re.compile(
    rf"(?<![\w$£€.,-])(?<![Ii]n )(?<!since )(?<!until )(?<!a )(?<!the )\d{{1,5}}[A-Za-z]? "
    rf"(?:(?:North|South|East|West|N|S|E|W|NE|NW|SE|SW)\.? )?"
    rf"(?:(?:[A-Z][a-z']+|\d{{1,3}}(?:st|nd|rd|th)) ){{1,3}}(?:{_STREET})\b\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|#)\.? ?\w{1,5})?"
    r"(?:,? [A-Z][a-zA-Z. ]{2,25}, [A-Z]{2}(?: \d{5}(?:-\d{4})?)?)?"
)
PHONE_LIKE = re.compile(r"\+?[(\d][\d ().\-/\u2011\u2013]{5,18}\d")
MAYBE = (
    r"@|\d[\d ().\-/]{5,}\d|\d+\.\d+\.\d+\.\d+|:[0-9A-Fa-f]{0,4}:|[A-Z]{2}\d{2}|_|sk-|AKIA|eyJ|-----BEGIN"
    r"|(?i:key|secret|token|passw|bearer)|\d[A-Za-z]? [A-Z0-9]"
)
"""Of texts without a match nothing needs to be asked further (Arrow's RE2 reads it too)."""
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
"""Length of an account number by country: the SWIFT IBAN registry."""


def find_personal(text: str, *, phones: FindPhones | None = None) -> list[Found]:
    """Personal data in `text`, in order; no two overlap (what stands earlier in `_FINDERS` wins)."""
    found: list[Found] = []
    taken = bytearray(len(text))
    finders = [*_FINDERS, ("phone", phones)] if phones else _FINDERS
    for kind, find in finders:
        for start, stop in find(text):
            if not any(taken[start:stop]):
                taken[start:stop] = b"\1" * (stop - start)
                found.append(Found(start, stop, kind))
    return sorted(found)


def is_card(digits: str) -> bool:
    """Whether digits are a payment card's number: a known issuer's beginning and length, and Luhn's checksum."""
    n = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    is_known = (
        (digits[0] == "4" and n in (13, 16, 19))
        or (n == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (n == 15 and two in (34, 37))
        or (n in (16, 19) and (four == 6011 or two == 65 or 644 <= int(digits[:3]) <= 649))
        or (n == 14 and (two in (36, 38, 39) or 300 <= int(digits[:3]) <= 305))
        or (16 <= n <= 19 and (two == 62 or 3528 <= four <= 3589))
    )
    return is_known and len(set(digits)) > 1 and _luhn(digits)


def is_iban(written: str) -> bool:
    """Whether it is an account number: its country's length, and the remainder 1 modulo 97 (ISO 13616)."""
    plain = written.replace(" ", "").upper()
    if _IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def entropy(text: str) -> float:
    """Bits a character, after how often each occurs in `text`; 0 for none."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (match.span() for match in EMAIL.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in CARD.finditer(text):
        if is_card(re.sub(r"\D", "", match.group())):
            yield match.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in IBAN.finditer(text):
        # The pattern may run on into the next word: cut to the country's length.
        written = match.group()
        length = _IBAN_LENGTHS.get(written[:2], 0)
        for stop in range(length, len(written) + 1):
            if len(written[:stop].replace(" ", "")) == length and not written[:stop].endswith(" "):
                if is_iban(written[:stop]):
                    yield match.start(), match.start() + stop
                break


def _ssns(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in SSN.finditer(text))


def _ips(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (IP4, IP6):
        for match in pattern.finditer(text):
            if _is_public(match.group()) and not _VERSION.search(text[max(0, match.start() - 12) : match.start()]):
                yield match.span()


def _is_public(written: str) -> bool:
    """Whether it is an address of the internet: those of home networks and documentation name nobody."""
    try:
        return ipaddress.ip_address(written).is_global
    except ValueError:
        return False


def _keys(text: str) -> Iterator[tuple[int, int]]:
    for match in KEYS.finditer(text):
        if match.group().startswith("-----") or entropy(match.group()[4:]) >= LEAST_BITS:
            yield match.span()
    for match in _SECRET.finditer(text):
        word = match.group(1)
        is_mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        if is_mixed and entropy(word) >= LEAST_BITS:
            yield match.span(1)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in ADDRESS.finditer(text))


_FINDERS: list[tuple[str, Callable[[str], Iterator[tuple[int, int]] | list[tuple[int, int]]]]] = [
    ("key", _keys),
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("ssn", _ssns),
    ("ip", _ips),
    ("address", _addresses),
]
KINDS = (*(kind for kind, _ in _FINDERS), "phone")
"""Kinds of personal data that are looked for."""
