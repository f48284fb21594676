"""Where a map's rows came from: what its owner declared, else its categories; rates of findings by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.types as pt

from portolan.core.events import PROVENANCE_DECLARED, Event, standing
from portolan.core.provenance import MOST_VALUES, Codes, Rate, codes_of, rates
from portolan.core.provenance_card import ColumnCard, ProvenanceCard, read_card
from portolan.core.votes import origins
from portolan.errors import NotFoundError, ParseError
from portolan.home import author_name
from portolan.store import Entry, Store
from portolan.types import BoolArray

if TYPE_CHECKING:
    from portolan.map import Map


_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
FILE = "file"
"""The column that a loader of several files adds."""


def declare(of: Map, store: Store, card: str | Path | ProvenanceCard, *, author: str | None = None) -> Event:
    """Keep a card, in place of the one before, as an event of the journal.

    Parameters
    ----------
    card : ProvenanceCard, path or str
        A card, its file, or its YAML.

    Raises
    ------
    CardError
        It cannot be understood, or names a column that the map has not; says where.
    NotFoundError
        There is no such file.
    """
    columns = [*store.schema.names, *(name for name, _ in of.further_columns)]
    if isinstance(card, ProvenanceCard):
        text, source = str(card), "The card"
    elif isinstance(card, str) and "\n" in card:
        text, source = card, "The card"
    else:
        text, source = _file(Path(card).expanduser()), Path(card).name
    told = read_card(text, source=source, columns=columns)
    [event] = store.main.journal.append(
        [Entry(PROVENANCE_DECLARED, {"card": told.to_json()})], author=author or author_name()
    )
    return event


def card_of(of: Map) -> ProvenanceCard:
    """What was declared last; else the map's categories, less raters' verdicts, and the file that a row came from."""
    said = standing(of.journal.events(), (PROVENANCE_DECLARED,))
    if said:
        return ProvenanceCard.from_json(dict(said[-1].payload["card"]))
    # Who won is what findings are about, and tells nothing of where a row came from.
    names = dict.fromkeys([*origins(of.roles), *(name for name, _ in of.columns if name == FILE)])
    return ProvenanceCard(tuple(ColumnCard("source", name) for name in names), is_declared=False)


class Provenance:
    """Where the rows of a map came from. `str(m.provenance)` is its card as YAML."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map, self._store = of, store
        self._codes: dict[str, tuple[Codes, list[str]]] = {}

    @cached_property
    def card(self) -> ProvenanceCard:
        """What is declared, or inferred."""
        return card_of(self._map)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that tell it."""
        return tuple(dict.fromkeys(column.column for column in self.card.columns))

    def values(self, column: str) -> tuple[Codes, list[str]]:
        """Each row's value in a column as a place in the list of values; -1 where it has none."""
        if column not in self._codes:
            values = self._store.read_columns([column]).column(column).to_pylist()
            self._codes[column] = codes_of(values)
        return self._codes[column]

    def rates(self, is_found: BoolArray) -> Mapping[str, list[Rate]]:
        """How often rows are found, by the values of each column, beside all other values."""
        told = [column for column in self.columns if column not in self.too_many]
        return {column: rates(*self.values(column), is_found) for column in told}

    @property
    def too_many(self) -> dict[str, int]:
        """Columns with more values than findings can be told by, with how many."""
        n_values = {column: len(self.values(column)[1]) for column in self.columns}
        return {column: n for column, n in n_values.items() if n > MOST_VALUES}

    def rows_with(self, column: str, value: str) -> BoolArray:
        """Which rows have a value, told by its text."""
        codes, names = self.values(column)
        return codes == names.index(value) if value in names else np.zeros(len(codes), np.bool_)

    def expression(self, column: str, value: str) -> str:
        """The rows that have a value in a column, as a filter expression."""
        kind = self._store.column_type(column)
        name = column if _PLAIN.fullmatch(column) else '"' + column.replace('"', '""') + '"'
        text = value.replace("'", "''")
        is_text = pt.is_string(kind) or pt.is_large_string(kind)
        return f"{name} = '{text}'" if is_text else f"CAST({name} AS VARCHAR) = '{text}'"

    def find_value(self, value: str) -> tuple[str, str] | None:
        """The first column that has a value of that text, with it; None where none has."""
        return next(((column, value) for column in self.columns if value in self.values(column)[1]), None)

    def __str__(self) -> str:
        return str(self.card)

    def __repr__(self) -> str:
        how = "declared" if self.card.is_declared else "inferred"
        return f"<Provenance, {how}: {', '.join(self.columns) or 'nothing is known'}>"


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no provenance card '{path}'.", fix="docs/provenance.md shows one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ParseError(f"'{path}' cannot be read: {error}.", fix="Give a text file in UTF-8.") from error
