"""When two texts are the same text: a normal form, and groups of rows that have it in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.groups import NO_TEXT, Duplicates, duplicates_of
from portolan.types import Progress, Report, silent

_DIGEST_BYTES = 16
_SPACES = r"[\s\p{Z}\x{85}]+"


@dataclass(frozen=True)
class Normal:
    """What of a text does not count when two are compared. Each can be turned off.

    Attributes
    ----------
    is_nfkc : bool
        Unicode's compatibility form (UAX #15): full-width letters, ligatures and composed accents are as plain ones.
    is_lower : bool
        Upper and lower case are the same.
    is_spaced : bool
        Any run of white space is one space; none at both ends.
    """

    is_nfkc: bool = True
    is_lower: bool = True
    is_spaced: bool = True

    @property
    def key(self) -> str:
        """Names the form."""
        parts = zip(("nfkc", "lower", "spaced"), (self.is_nfkc, self.is_lower, self.is_spaced), strict=True)
        return "+".join(name for name, is_on in parts if is_on) or "bytes"


NORMAL = Normal()


def normalized(texts: pa.LargeStringArray, normal: Normal = NORMAL) -> pa.LargeStringArray:
    """`texts` in their normal form, in order."""
    if normal.is_nfkc and not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = pc.utf8_normalize(texts, form="NFKC")
    if normal.is_lower:
        texts = pc.utf8_lower(texts)
    if normal.is_spaced:
        texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, _SPACES, " "))
    return texts


def exact_duplicates(
    batches: Iterable[pa.LargeStringArray],
    *,
    normal: Normal = NORMAL,
    n_rows: int | None = None,
    report: Report = silent,
) -> Duplicates:
    """Rows whose texts are the same in their normal form.

    Two texts count as the same where the 128-bit BLAKE2b digests of their normal forms are: memory is 16 bytes a row.

    Parameters
    ----------
    batches : Arrow large_string arrays
        Texts of all rows in order; blank texts are in no group.
    n_rows : int, optional
        Told with the progress.
    """
    found = [np.empty((0, 2), np.uint64)]
    done = 0
    for texts in batches:
        found.append(digests_of(normalized(texts, normal).to_pylist()))
        done += len(texts)
        report(Progress("digests", done, n_rows))
    digests = np.concatenate(found)
    groups = np.full(len(digests), NO_TEXT, np.int64)
    has_text = digests.any(axis=1)
    groups[has_text] = same_keys(digests[has_text])
    return duplicates_of(groups, lambda rows, _: np.ones(len(rows), np.float32))


def same_keys(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """A number for each row of `keys`, shape (n, 2): equal for equal keys, in the order of the keys."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    is_new = np.zeros(len(keys), np.int64)
    is_new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    numbers = np.empty(len(keys), np.int64)
    numbers[order] = np.cumsum(is_new)
    return numbers


def digests_of(texts: list[str]) -> NDArray[np.uint64]:
    """Digests of texts, shape (n_texts, 2); zeros for a blank one."""
    blank = bytes(_DIGEST_BYTES)
    raw = [blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest() if text.strip() else blank for text in texts]
    return np.frombuffer(b"".join(raw), np.uint64).reshape(-1, 2)
