"""One finding of a map: its rows, where they came from and lie, what people say of it, how right it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from portolan.auditing.looking import FindingNote, confidence_of
from portolan.auditing.provenance import Provenance
from portolan.auditing.regions import Region, regions
from portolan.core.concept_figures import Share, wilson
from portolan.core.events import FINDING_RESPONSE, FINDING_STATUS, Event
from portolan.core.finding_status import (
    STATUSES,
    Codes,
    Defined,
    Response,
    Status,
    StatusSaid,
    counts_of,
    defined_findings,
    responses_to,
    row_statuses,
    status_of,
    statuses_said,
)
from portolan.core.judged_findings import RIGHT, UNSURE, VALUES, WRONG, Judged, blind_sample, judged
from portolan.core.pairs import ends_of
from portolan.core.provenance import Rate
from portolan.core.recipe import Recipe, Rule
from portolan.errors import InputError
from portolan.home import author_name
from portolan.store import Entry, Store
from portolan.types import BoolArray, RowIds

if TYPE_CHECKING:
    from portolan.map import Map

LONGEST_TEXT = 20_000
LABELS = "audit-{}"
"""The set of labels that a person's judgements of a finding are kept as."""


@dataclass(frozen=True, eq=False)
class FindingReport:
    """What is known of one finding of a map. Get one from `m.findings`.

    Attributes
    ----------
    note : FindingNote
        name, title, what, count, and how it was looked for.
    """

    note: FindingNote
    provenance: Provenance
    of: Map
    store: Store

    # Its rows.

    @property
    def name(self) -> str:
        """What it is called."""
        return self.note.name

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return self.note.title

    @property
    def what(self) -> str:
        """What a row in it is, by which rule, and what else it can be."""
        return self.note.what

    @property
    def count(self) -> int:
        """Rows in it."""
        return self.note.count

    @property
    def power(self) -> str:
        """What the list is worth, or why it is empty; "" where there is no more to say than `what`."""
        return self.note.note

    @property
    def definition(self) -> Defined | None:
        """What it was defined as, where it is somebody's own: where, score, author."""
        return defined_findings(self.of.journal.events()).get(self.name) if self.note.is_defined else None

    @property
    def share(self) -> Share:
        """Of all rows, the share in it, with its 95 % interval."""
        return wilson(self.count, self.store.n_rows)

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """How sure it is of each row, in [0, 1], float32, shape (n_rows,); NaN where a row is not in it."""
        return confidence_of(self.store, self.note)

    @property
    def is_inside(self) -> BoolArray:
        """Which rows are in it: bool, shape (n_rows,)."""
        found: BoolArray = ~np.isnan(self.confidence)
        return found

    @cached_property
    def row_ids(self) -> RowIds:
        """Its rows, the surest first."""
        rows = np.flatnonzero(self.is_inside).astype(np.int64)
        ordered: RowIds = rows[np.argsort(-self.confidence[rows], kind="stable")]
        return ordered

    @property
    def scores(self) -> NDArray[np.float32]:
        """How sure it is of each of `row_ids`."""
        found: NDArray[np.float32] = self.confidence[self.row_ids]
        return found

    @property
    def where(self) -> str:
        """Its rows as a filter expression; one that no row meets where there are none."""
        return f"{self.note.column} IS NOT NULL" if self.count else "row_id < 0"

    def examples(self, n: int = 5) -> list[dict[str, Any]]:
        """The surest rows as the page typesets them: row_id, score, prompt, chosen, rejected."""
        rows = self.row_ids[:n].tolist()
        read = [{**self.of.reading(row), **ends_of(row, self.of.roles)} for row in self.of.rows_by_id(rows)]
        return [
            {"row_id": row, "score": round(float(score), 4), **reading}
            for row, score, reading in zip(rows, self.scores, read, strict=False)
        ]

    def link_part(self) -> str:
        """The part of a link to the page, from its `#` on, that shows its rows alone."""
        return self.of.link_part(where=self.where, color=self.note.column if self.count else None)

    # Where they came from and lie.

    @cached_property
    def rates(self) -> Mapping[str, list[Rate]]:
        """How often rows are in it, by the values of each column of provenance, beside all other values.

        Where nothing can be told of its rows there are no rates: nought would be a measurement.
        """
        return self.provenance.rates(self.is_inside) if self.note.is_told else {}

    @cached_property
    def clusters(self) -> list[Region]:
        """Clusters in which it is more frequent than elsewhere, the surest first."""
        return regions(self.of, self.is_inside)

    @property
    def by_provenance(self) -> dict[str, list[dict[str, Any]]]:
        """`rates` as JSON holds them, with the status of each value's rows."""
        told: dict[str, list[dict[str, Any]]] = {}
        for column, some in self.rates.items():
            told[column] = []
            for one in some:
                inside = self.provenance.rows_with(column, one.value) & self.is_inside
                told[column].append({**one.to_json(), "status": status_of(self.row_status[inside])})
        return told

    # What people say of it.

    @property
    def said(self) -> list[StatusSaid]:
        """What is said of its rows: first by the provenance card, then by people, in order."""
        by_card = [
            StatusSaid(
                "intended",
                self.provenance.expression(column.column, value.value),
                value.reason or value.purpose,
                self._owner,
            )
            for column, value in self.provenance.card.intended(self.name)
        ]
        return [*by_card, *statuses_said(self.of.journal.events(), self.name)]

    @property
    def _owner(self) -> str:
        return self.provenance.card.owner or "provenance card"

    @cached_property
    def row_status(self) -> Codes:
        """The status of each row, as a place in `ROW_STATUSES`; of rows outside it means nothing. int8, (n_rows,)."""
        said = [(one, self.of.filterer.rows(one.where) if one.where else None) for one in self.said]
        is_dropped = np.zeros(self.store.n_rows, np.bool_)
        if "decision" in {name for name, _ in self.of.further_columns}:
            is_dropped = self.of.filterer.rows("decision = 'drop'")
        return row_statuses(said, is_dropped, n_rows=self.store.n_rows)

    @property
    def status(self) -> str:
        """open, intended, to-drop, dropped; "mixed" where its rows have not all the same one."""
        if not self.count:
            whole = [one.status for one in self.said if not one.where]
            return whole[-1] if whole else "open"
        return status_of(self.row_status[self.is_inside])

    @property
    def status_counts(self) -> dict[str, int]:
        """How many of its rows have each status."""
        return counts_of(self.row_status[self.is_inside])

    def set_status(self, status: Status, *, where: str = "", reason: str = "", author: str | None = None) -> Event:
        """Say what is to become of its rows, or of those that meet `where`: one event, which can be undone.

        Raises
        ------
        InputError
            There is no such status, or no row of the map meets `where`: it would be about nothing.
        ExpressionError
            `where` cannot be understood.
        """
        if status not in STATUSES:
            raise InputError(
                f"There is no status '{status}'.",
                fix=f"Choose one of: {', '.join(STATUSES)}. Rows are dropped by portolan clean or decide.",
            )
        if where and not self.of.filterer.rows(where).any():
            raise InputError(f"No row of the map meets {where.strip()}.", fix="Look for a slip in the expression.")
        payload = {"finding": self.name, "status": status, "where": where.strip()}
        return self._write(Entry(FINDING_STATUS, payload, reason.strip()), author)

    @property
    def responses(self) -> list[Response]:
        """The thread on it: what the provenance card tells, then what people answered here."""
        told = [
            Response(one.text, one.by, one.at, None)
            for one in self.provenance.card.responses
            if one.finding == self.name
        ]
        return [*told, *responses_to(self.of.journal.events(), self.name)]

    def respond(self, text: str, *, author: str | None = None) -> Event:
        """Write into the thread on it, as the data's owner or anyone else."""
        text = text.strip()
        if not text or len(text) > LONGEST_TEXT:
            problem = f"The response has {len(text):,} characters." if text else "The response is empty."
            raise InputError(problem, fix=f"Write 1 to {LONGEST_TEXT:,} characters.")
        return self._write(Entry(FINDING_RESPONSE, {"finding": self.name, "text": text}), author)

    def recipe(self) -> Recipe:
        """A recipe that drops what is to be dropped of it: its rows said to be so, or all where nothing is said.

        Rows that are intended are left out either way. `m.clean` applies it, or tells what it would do.
        """
        said = self.said
        whole = next((one for one in reversed(said) if not one.where), None)
        parts = [one for one in said if one.where]
        reason = whole.reason if whole is not None and whole.reason else self.title
        keep = " OR ".join(f"({one.where})" for one in parts if one.status != "to-drop")
        drop = [one for one in parts if one.status == "to-drop"]
        rules = []
        if whole is None and drop:
            rules = [self._rule(f"({one.where})", keep, one.reason or self.title) for one in drop]
        elif whole is None or whole.status == "to-drop":
            rules = [self._rule("", keep, reason)]
        return Recipe(name=LABELS.format(self.name), rules=tuple(rules), description=self.what)

    def _rule(self, only: str, keep: str, reason: str) -> Rule:
        parts = [self.where, only, f"NOT coalesce({keep}, false)" if keep else ""]
        return Rule("drop", " AND ".join(part for part in parts if part), reason)

    # How right it is.

    @property
    def label_set(self) -> str:
        """The set of labels that judgements of it are kept as."""
        return LABELS.format(self.name)

    def sample(self, n: int = 60, *, outside: int | None = None) -> RowIds:
        """Rows to judge without knowing which are in it: its rows and others, shuffled. See `judge`.

        Always the same rows, so that several people judge the same; a longer sample holds the shorter one.

        Parameters
        ----------
        outside : int, optional
            How many of them are not in it; by default half: without any nothing is known of what it misses.
        """
        if n < 1:
            raise InputError(f"{n} rows were asked for.", fix="Ask for one or more.")
        return blind_sample(self.is_inside, self.name, n, outside=outside)

    def judge(
        self, row: int, is_right: bool | Literal["unsure"], *, note: str = "", author: str | None = None
    ) -> Event:
        """Say whether what the finding is called is true of a row, in it or not; "unsure" where one cannot tell.

        Raises
        ------
        InputError
            `is_right` is neither True, False nor "unsure".
        """
        if is_right != UNSURE and not isinstance(is_right, bool | np.bool_):
            raise InputError(f"{is_right!r} is no judgement.", fix='Give True, False or "unsure".')
        known = {one.name for one in self.of.label_sets}
        if self.label_set not in known:
            self.of.define_labels(self.label_set, list(VALUES), description=f"{self.title}?", author=author)
        value = UNSURE if is_right == UNSURE else RIGHT if is_right else WRONG
        return self.of.label(self.label_set, value, rows=int(row), note=note, author=author)

    @property
    def judged(self) -> Judged:
        """What judged rows say of it; see `core/judged_findings.py`."""
        column = f"label_{self.label_set}"
        if column not in {name for name, _ in self.of.further_columns}:
            return judged(self.is_inside, {}, self.name)
        values = self.store.read_columns([column]).column(column).to_pylist()
        labels = {row: value for row, value in enumerate(values) if value is not None}
        return judged(self.is_inside, labels, self.name)

    @property
    def precision(self) -> Share:
        """Of judged rows in it, the share that is right, with its 95 % interval."""
        return self.judged.precision

    @property
    def recall(self) -> Share:
        """Of all rows that are it, the share that it found, by rows judged inside and outside, with its interval."""
        return self.judged.recall

    # Told.

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        defined = self.definition
        return {
            "name": self.name, "count": self.count, "row_ids": self.row_ids.tolist(),
            "scores": [round(float(score), 4) for score in self.scores], "by_provenance": self.by_provenance,
            "status": self.status, "power": {"says": self.power, **self.note.power}, "title": self.title,
            "what": self.what, "share": self.share.to_json(), "status_counts": self.status_counts,
            "said": [one.to_json() for one in self.said], "responses": [one.to_json() for one in self.responses],
            "judged": self.judged.to_json(), "clusters": [one.to_json() for one in self.clusters],
            "where": self.where, "link": self.link_part(), "is_looked_for": self.note.is_looked_for,
            "can_tell": self.note.can_tell, "definition": None if defined is None else defined.to_json(),
            "is_defined": self.note.is_defined, "is_exact": self.note.is_exact, "scorers": list(self.note.scorers),
        }  # fmt: skip

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"<Finding {self.name}: {self.count:,} of {self.store.n_rows:,} rows, {self.status}>"

    def _write(self, entry: Entry, author: str | None) -> Event:
        [event] = self.store.main.journal.append([entry], author=author or author_name())
        self.__dict__.pop("row_status", None)
        return event


def over_represented(rates: Mapping[str, Sequence[Rate]]) -> tuple[str, Rate] | None:
    """The value, with its column, in which a finding is most surely more frequent than elsewhere; None for none."""
    found = [(column, one) for column, some in rates.items() for one in some if one.p < 0.05 and one.excess > 0]
    return min(found, key=lambda pair: (pair[1].p, -pair[1].excess)) if found else None
