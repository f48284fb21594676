"""Who wrote the replies of a pair: columns that tell it of each side, and through the verdict of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from portolan.core.provenance import Codes, codes_of
from portolan.core.votes import are_scores, leads, verdict_word, votes_of
from portolan.types import Roles

CHOSEN_BY, REJECTED_BY = "chosen_by", "rejected_by"
"""Columns that say who wrote the chosen and the rejected reply."""
STEMS = ("model", "model_name", "generator", "writer", "author", "llm", "written_by", "generated_by", "by")
SIDES = (("1", "2"), ("a", "b"), ("0", "1"), ("first", "second"), ("left", "right"), ("j", "k"))
"""How columns of the first and of the second reply are told apart where a verdict says which was chosen."""
DECIDED = (("chosen", "rejected"), ("winner", "loser"), ("preferred", "dispreferred"), ("better", "worse"))
"""How they are told apart where columns hold the chosen and the rejected reply."""
FORMS = ("{stem}_{side}", "{stem}{side}", "{side}_{stem}")


@dataclass(frozen=True)
class WriterColumns:
    """The columns that say who wrote the first and the second reply of each pair, in the order of the replies' columns.

    Where no column has a verdict the first reply is the chosen one.
    """

    first: str
    second: str


@dataclass(frozen=True)
class Writers:
    """Who wrote the replies of each pair.

    Attributes
    ----------
    names : tuple of str
        All writers, sorted.
    chosen, rejected : ndarray of int64, shape (n_pairs,)
        Places in `names`; -1 where no writer is told, or neither reply was chosen.
    """

    names: tuple[str, ...]
    chosen: Codes
    rejected: Codes

    def of(self, column: str) -> tuple[Codes, list[str]]:
        """The codes of `chosen_by` or `rejected_by`, with the names."""
        return (self.chosen if column == CHOSEN_BY else self.rejected), list(self.names)


def find_writer_columns(schema: pa.Schema, roles: Roles) -> WriterColumns | None:
    """Two columns that by their names tell who wrote which reply: model_a and model_b, for instance."""
    if roles.kind != "pair":
        return None
    used = {roles.chosen, roles.rejected, roles.prompt, *(vote["column"] for vote in votes_of(roles))}
    names = {field.name.lower(): field.name for field in schema if field.name not in used and _may_be_names(field.type)}
    for first, second in SIDES if votes_of(roles) else DECIDED:
        for stem in STEMS:
            for form in FORMS:
                pair = tuple(names.get(form.format(stem=stem, side=side)) for side in (first, second))
                if pair[0] is not None and pair[1] is not None:
                    return WriterColumns(pair[0], pair[1])
    return None


def other_side(column: str, columns: Sequence[str]) -> WriterColumns | None:
    """The two columns of which one is `column`, where its name has a counterpart for the other reply; else None."""
    lower = {name.lower(): name for name in columns}
    for sides in SIDES:
        for here, there in (sides, sides[::-1]):
            for was, becomes in ((f"_{here}", f"_{there}"), (here, there)):
                name = column.lower()
                other = lower.get(name.removesuffix(was) + becomes) if name.endswith(was) else None
                if other is not None and name != was:
                    pair = (column, other) if here == sides[0] else (other, column)
                    return WriterColumns(*pair)
    return None


def _may_be_names(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def columns_read(columns: WriterColumns, roles: Roles) -> list[str]:
    """The columns of a batch that `writers` needs."""
    return list(dict.fromkeys([columns.first, columns.second, *(vote["column"] for vote in votes_of(roles))]))


def writers(batch: pa.RecordBatch, roles: Roles, columns: WriterColumns) -> Writers:
    """Who wrote the chosen and the rejected reply of each pair; of ties nobody wrote either."""
    first, first_names = codes_of(batch.column(columns.first).to_pylist())
    second, second_names = codes_of(batch.column(columns.second).to_pylist())
    names = sorted({*first_names, *second_names})
    places = {name: place for place, name in enumerate(names)}
    left, right = (
        np.append(np.array([places[name] for name in some], np.int64), -1)[codes]
        for some, codes in ((first_names, first), (second_names, second))
    )
    if not votes_of(roles):
        return Writers(tuple(names), left, right)
    lead = leads(batch, roles)
    chosen = np.where(lead > 0, right, np.where(lead < 0, left, -1))
    rejected = np.where(lead > 0, left, np.where(lead < 0, right, -1))
    return Writers(tuple(names), chosen, rejected)


def lead_sql(batch: pa.RecordBatch, roles: Roles, quoted: dict[str, str]) -> str:
    """By how many votes the second reply leads, as SQL over the columns of verdicts.

    Parameters
    ----------
    batch : RecordBatch
        Rows with the columns of verdicts: all their values are looked at.
    quoted : dict of str to str
        Each of those columns as SQL names it.
    """
    if are_scores(votes := votes_of(roles)):
        one, other = (quoted[vote["column"]] for vote in votes)
        return f"CASE WHEN {other} > {one} THEN 1 WHEN {other} < {one} THEN -1 ELSE 0 END"
    parts = []
    for vote in votes_of(roles):
        cases = []
        for value in batch.column(vote["column"]).unique().to_pylist():
            word = verdict_word(value)
            ahead = (word in vote["right"]) - (word in vote["left"])
            if ahead and value is not None:
                cases.append(f"WHEN {_literal(value)} THEN {ahead}")
        if cases:
            parts.append(f"CASE {quoted[vote['column']]} {' '.join(cases)} ELSE 0 END")
    return " + ".join(parts) or "0"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
