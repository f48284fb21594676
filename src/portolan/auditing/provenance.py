"""Where a map's rows came from: what its owner declared, else its categories; rates of findings by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.types as pt

from portolan.auditing.writers import are_kept, keep_writers, quoted, roles_of, writer_sql, writers_of
from portolan.core.events import FINDING_RESPONSE, FINDING_STATUS, PROVENANCE_DECLARED, Event, standing
from portolan.core.finding_status import StatusSaid, defined_findings, responses_to, statuses_said
from portolan.core.nearest_name import did_you_mean
from portolan.core.provenance import MOST_VALUES, Codes, Rate, codes_of, rates
from portolan.core.provenance_card import CardResponse, ColumnCard, ProvenanceCard, ValueCard, read_card
from portolan.core.votes import origins, votes_of
from portolan.core.writers import CHOSEN_BY, REJECTED_BY, find_writer_columns, other_side
from portolan.errors import ExpressionError, NotFoundError, ParseError
from portolan.home import author_name
from portolan.plugins import findings
from portolan.store import Entry, Store
from portolan.types import BoolArray

if TYPE_CHECKING:
    from portolan.map import Map


MOST_NAMED = 12
"""Values of a column that are listed."""
FILE = "file"
"""The column that a loader of several files adds."""


def declare(
    of: Map, store: Store, card: str | Path | ProvenanceCard, *, author: str | None = None, beside: str = ""
) -> Event:
    """Keep a card, in place of the one before, as an event of the journal.

    Parameters
    ----------
    card : ProvenanceCard, path or str
        A card, its file, or its YAML.
    beside : str
        The file beside the data that the card was found in; "" where somebody declared it.

    Raises
    ------
    CardError
        It cannot be understood, or names a column that the map has not; says where.
    NotFoundError
        There is no such file.
    """
    told = fitting_card(of, store, card)
    payload = {"card": told.to_json(), **({"beside": beside} if beside else {})}
    [event] = store.main.journal.append([Entry(PROVENANCE_DECLARED, payload)], author=author or author_name())
    keep_writers(store)
    of.look_again()
    return event


def fitting_card(of: Map, store: Store, card: str | Path | ProvenanceCard) -> ProvenanceCard:
    """A card, checked against the columns that the map has. Raises as `declare`."""
    own = store.schema.names
    text, source = text_of_card(card)
    votes = votes_of(of.roles)
    return read_card(
        text,
        source=source,
        columns=[*own, *(name for name, _ in of.further_columns if name not in (CHOSEN_BY, REJECTED_BY))],
        inferred=find_writer_columns(store.schema, of.roles),
        pair_of=(lambda name: other_side(name, own)) if votes else None,
    )


def text_of_card(card: str | Path | ProvenanceCard) -> tuple[str, str]:
    """The YAML of a card, and what to call it in errors. Raises NotFoundError or ParseError."""
    if isinstance(card, ProvenanceCard):
        return str(card), "The card"
    if isinstance(card, str) and "\n" in card:
        return card, "The card"
    return _file(Path(card).expanduser()), Path(card).name


def card_of(store: Store) -> ProvenanceCard:
    """What was declared last; else the map's categories, less raters' verdicts, and the file that a row came from."""
    said = standing(store.main.journal.events(), (PROVENANCE_DECLARED,))
    if said:
        return _of_present(store, ProvenanceCard.from_json(dict(said[-1].payload["card"])))
    roles = roles_of(store)
    written_by = find_writer_columns(store.schema, roles)
    # Who won is what findings are about, and tells nothing of where a row came from; so does one side's writer.
    sides = () if written_by is None else (written_by.first, written_by.second)
    names = [*origins(roles), *(name for name in store.schema.names if name == FILE)]
    columns = [ColumnCard("source", name) for name in dict.fromkeys(names) if name not in sides]
    if written_by is None:
        return ProvenanceCard(tuple(columns), is_declared=False)
    if not votes_of(roles):
        parts = zip((CHOSEN_BY, REJECTED_BY), sides, strict=True)
        return ProvenanceCard((*columns, *(ColumnCard(*one) for one in parts)), is_declared=False)
    derived = (ColumnCard(part, part) for part in (CHOSEN_BY, REJECTED_BY) if part not in store.schema.names)
    return ProvenanceCard((*columns, *derived), is_declared=False, written_by=written_by)


def _of_present(store: Store, card: ProvenanceCard) -> ProvenanceCard:
    """A card less the columns that the data no longer has: other data took the place of what it was declared of."""
    there = {*store.column_names()}
    both = card.written_by
    if both is not None and not {both.first, both.second} <= there:
        both = None
    card = replace(card, written_by=both)
    return replace(card, columns=tuple(one for one in card.columns if one.column in {*there, *card.derived}))


class Provenance:
    """Where the rows of a map came from. `str(m.provenance)` is its card as YAML."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map, self._store = of, store
        self._codes: dict[str, tuple[Codes, list[str]]] = {}

    @cached_property
    def card(self) -> ProvenanceCard:
        """What is declared, or inferred."""
        return card_of(self._store)

    @property
    def beside(self) -> str:
        """The file beside the data that the card was found in; "" where somebody declared it, or nobody did."""
        said = standing(self._map.journal.events(), (PROVENANCE_DECLARED,))
        return str(said[-1].payload.get("beside", "")) if said else ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that tell it."""
        return tuple(dict.fromkeys(column.column for column in self.card.columns))

    @property
    def unanswered(self) -> list[str]:
        """What the card speaks of and nothing here answers to, in sentences: it may be of more data, or a slip."""
        values = [(one.column, value) for one in self.card.columns for value in one.values]
        gone = [f"{column} = {value.value}" for column, value in values if value.value not in self.values(column)[1]]
        known = [*findings.names(), *defined_findings(self._map.journal.events())]
        intended = dict.fromkeys(name for _, value in values for name in value.intended if name not in known)
        there = dict.fromkeys(name for one in self.card.columns if one.values for name in self.values(one.column)[1])
        hint = "".join(did_you_mean(value.value, list(there)) for _, value in values if value.value not in there)
        more = f"{hint}There are: {', '.join(list(there)[:MOST_NAMED])}{' …' if len(there) > MOST_NAMED else ''}."
        told = [f"The card speaks of values that no row has: {', '.join(gone)}. {more}"] if gone else []
        told += [f"The card speaks of '{name}', which is no finding. {did_you_mean(name, known)}" for name in intended]
        return [line.strip() for line in told]

    def values(self, column: str) -> tuple[Codes, list[str]]:
        """Each row's value in a column as a place in the list of values; -1 where it has none."""
        if column not in self._codes and column in self.card.derived:
            found = writers_of(self._store)
            assert found is not None
            self._codes[column] = found.of(column)
        elif column not in self._codes:
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
        text = value.replace("'", "''")
        if column in self.card.derived and not are_kept(self._store):
            return f"{writer_sql(self._store, column)} = '{text}'"
        kind = self._store.column_type(column)
        name = quoted(column)
        is_text = pt.is_string(kind) or pt.is_large_string(kind)
        return f"{name} = '{text}'" if is_text else f"CAST({name} AS VARCHAR) = '{text}'"

    def find_value(self, value: str) -> tuple[str, str] | None:
        """The first column that has a value of that text, with it; None where none has."""
        return next(((column, value) for column in self.columns if value in self.values(column)[1]), None)

    def shipped(self) -> ProvenanceCard | None:
        """The card as it stands, to ship with the data; None where nobody declared or said anything.

        What people called intended, of the rows of one value, is intended there; what they said otherwise of is not any
        more; what was answered to findings goes along.
        """
        events = self._map.journal.events()
        names = dict.fromkeys(str(one.payload["finding"]) for one in standing(events, (FINDING_STATUS,)))
        card = self.card
        for name in names:
            for said in statuses_said(events, name):
                place = self._value_of(said.where)
                card = card if place is None else _with_status(card, name, *place, said)
        threads = dict.fromkeys(str(one.payload["finding"]) for one in standing(events, (FINDING_RESPONSE,)))
        answers = [
            CardResponse(name, one.text, one.author, one.time) for name in threads for one in responses_to(events, name)
        ]
        card = replace(card, responses=(*card.responses, *answers))
        is_told = card.is_declared or card.responses or any(one.values for one in card.columns)
        return card if is_told else None

    def _value_of(self, where: str) -> tuple[str, str] | None:
        """The column and the value whose rows are those that meet an expression; None where no value's are."""
        if not where:
            return None
        try:
            rows = self._map.filterer.rows(where)
        except ExpressionError:
            return None
        for column in self.columns:
            codes, names = self.values(column)
            here = np.unique(codes[rows])
            if len(here) == 1 and here[0] >= 0 and np.array_equal(codes == here[0], rows):
                return column, names[here[0]]
        return None

    def __str__(self) -> str:
        return str(self.card)

    def __repr__(self) -> str:
        how = "declared" if self.card.is_declared else "inferred"
        return f"<Provenance, {how}: {', '.join(self.columns) or 'nothing is known'}>"


def _with_status(card: ProvenanceCard, name: str, column: str, value: str, said: StatusSaid) -> ProvenanceCard:
    """A card in which a finding is intended, or no longer, in the rows of a value."""
    columns = []
    for one in card.columns:
        if one.column == column:
            values = {known.value: known for known in one.values}
            known = values.get(value, ValueCard(value))
            intended = [other for other in known.intended if other != name]
            if said.status == "intended":
                intended.append(name)
                known = replace(known, reason=known.reason or said.reason)
            values[value] = replace(known, intended=tuple(intended))
            one = replace(one, values=tuple(values.values()))
        columns.append(one)
    return replace(card, columns=tuple(columns))


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no provenance card '{path}'.", fix="docs/provenance.md shows one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ParseError(f"'{path}' cannot be read: {error}.", fix="Give a text file in UTF-8.") from error
