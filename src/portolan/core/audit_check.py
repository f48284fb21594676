"""Checks of an audit, as one writes them: `doubly-egregious outside red-team > 0.1 %`.

    NAME [in EXPR | outside EXPR] OP NUMBER[%]

NAME is a finding; EXPR a filter expression, or a value of a column of provenance; OP one of > >= < <=. The number is of
rows, or with % of the rows looked at. The check finds what it was told to find where the comparison holds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from portolan.errors import InputError

Region = Literal["", "in", "outside"]
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
GRAMMAR = (
    'Write it as "NAME [in EXPR | outside EXPR] > NUMBER[%]", such as "doubly-egregious outside red-team > 0.1 %".'
)
_END = re.compile(r"(?P<op>>=|<=|>|<)\s*(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<percent>%?)\s*\Z")
_HEAD = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:\s+(?P<region>in|outside)\s+(?P<where>.+?))?\s*\Z", re.S)


@dataclass(frozen=True)
class Check:
    """A check, understood.

    Attributes
    ----------
    region : "", "in" or "outside"
        Which rows are looked at: all, those that meet `where`, or the others.
    limit : float
        Rows; or a share, 0 to 1, where `is_share`.
    """

    text: str
    finding: str
    region: Region
    where: str
    op: str
    limit: float
    is_share: bool

    def holds(self, count: int, n_rows: int) -> bool:
        """Whether it finds what it was told to find in `count` of `n_rows` rows; of no row there is no share."""
        if self.is_share and n_rows == 0:
            return False
        return OPERATORS[self.op](count / n_rows if self.is_share else count, self.limit)


@dataclass(frozen=True)
class Checked:
    """What came of a check: rows that count, of the rows looked at; intended and dropped ones do not count."""

    check: Check
    count: int
    n_rows: int
    n_intended: int

    @property
    def is_found(self) -> bool:
        """Whether it found what it was told to find: then `portolan audit` ends with exit code 3."""
        return self.check.holds(self.count, self.n_rows)

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "check": self.check.text, "finding": self.check.finding, "count": self.count, "rows": self.n_rows,
            "share": self.count / self.n_rows if self.n_rows else None, "intended": self.n_intended,
            "failed": self.is_found,
        }  # fmt: skip

    def __str__(self) -> str:
        share = f" ({self.count / self.n_rows:.3%})" if self.n_rows else ""
        left = f", {self.n_intended:,} more intended or dropped" if self.n_intended else ""
        verdict, answer = ("failed", "yes") if self.is_found else ("passed", "no")
        return f"{verdict}: {self.check.text}? {answer}, {self.count:,} of {self.n_rows:,} rows{share}{left}"


def parse_check(text: str) -> Check:
    """Understand a check. Raises InputError, which says what is missing."""
    end = _END.search(text)
    if end is None:
        raise InputError(f"The check '{text}' does not end with a comparison, such as > 0.1 %.", fix=GRAMMAR)
    head = _HEAD.match(text[: end.start()])
    if head is None:
        said = text[: end.start()].strip()
        problem = f"'{said}' is no finding, with in or outside and a filter" if said else "It names no finding"
        raise InputError(f"The check '{text}' cannot be understood: {problem}.", fix=GRAMMAR)
    is_share = bool(end["percent"])
    limit = float(end["number"])
    if is_share and limit > 100:
        raise InputError(f"The check '{text}' compares with {limit:g} %.", fix="A share is 0 to 100 %.")
    region: Region = head["region"] or ""  # type: ignore[assignment]  # the pattern knows no other
    where = (head["where"] or "").strip()
    return Check(text.strip(), head["name"], region, where, end["op"], limit / 100 if is_share else limit, is_share)
