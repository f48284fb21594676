"""The findings of a map by name: looked for when first asked for, and again where what they are made of has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portolan.auditing.choices import PREFERENCE
from portolan.auditing.finding import FindingReport, over_represented
from portolan.auditing.looking import FindingNote, finding_column, harm_in_use, look, notes_of_findings
from portolan.auditing.provenance import Provenance
from portolan.core.counted import counted
from portolan.core.events import FINDING_DEFINED, Event
from portolan.core.finding_status import MIXED, NO_DEFECT, defined_findings, what_of
from portolan.core.nearest_name import did_you_mean
from portolan.core.text_table import table
from portolan.errors import InputError, NotFoundError
from portolan.home import author_name
from portolan.plugins import findings as registry
from portolan.progress import Bars, tell_on_stderr
from portolan.stages.run import tell_nobody
from portolan.store import Entry, Store

if TYPE_CHECKING:
    from portolan.map import Map

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 60


class Findings(Mapping[str, FindingReport]):
    """Findings of one map by name. `print(m.findings)` shows them as a table."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map, self._store = of, store
        self._notes: dict[str, FindingNote] = {}
        self._asked: set[str] = set()
        self._is_whole = False

    def run(
        self,
        names: Sequence[str] | None = None,
        *,
        harm: str | None = None,
        with_model: bool = True,
        threads: int | None = None,
        progress: bool = True,
    ) -> Findings:
        """Look for findings, all unless some are named; what is there and current is left as it is.

        Parameters
        ----------
        harm : str, optional
            The scorer that tells harm, as NAME or NAME:ARGUMENT: a chance for each reply. By default the one whose
            scores the map has, else the bundled one: both its steps, of more than 20,000 rows the linear one.
        with_model : bool
            Whether to look for those that need a preference model, where no names are given.

        Raises
        ------
        InputError
            The map's rows are no pairs.
        UnknownPluginError
            There is no finding, or scorer, of that name.
        """
        with Bars(is_shown=progress) as bars:
            tell = bars.telling(tell_on_stderr) if progress else tell_nobody
            found = look(
                self._map, self._store, names, harm=harm, with_model=with_model, threads=threads, report=bars, tell=tell
            )
        self._notes = found
        self._asked.update(found if names is None else names)
        self._is_whole = self._is_whole or names is None
        return self

    def define(
        self,
        name: str,
        where: str,
        *,
        title: str = "",
        what: str = "",
        score: str = "",
        reason: str = "",
        author: str | None = None,
    ) -> FindingReport:
        """Make the rows that meet an expression a finding of its own: one event of the journal.

        Parameters
        ----------
        name : str
            Small letters, digits and hyphens; a finding of one's own of that name is defined anew.
        where : str
            A filter expression, such as "judge_rubric_chosen >= 7", or "concept_slanted_chosen >= 0.8".
        what : str
            What a row in it is, and what else it can be.
        score : str
            An expression whose value, 0 to 1, says how sure each row is; without it all are 1.

        Raises
        ------
        InputError
            The name cannot be used, or is one of Portolan's.
        ExpressionError
            An expression cannot be understood, or `score` says what is no number.
        """
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise InputError(
                f"'{name}' is no name for a finding.", fix="Use small letters, digits and -: slanted-answers."
            )
        if name in registry.names():
            raise InputError(f"'{name}' is a finding of Portolan's.", fix="Choose another name.")
        self._map.filterer.rows(where)
        if score:
            self._map.filterer.numbers(score)
        payload = {
            "name": name, "where": where, "title": title.strip() or name.replace("-", " ").capitalize(),
            "what": what.strip() or what_of(where), "score": score,
        }  # fmt: skip
        self._store.main.journal.append(
            [Entry(FINDING_DEFINED, payload, reason.strip())], author=author or author_name()
        )
        self.run([name], progress=False)
        return self[name]

    def undo(self, event: Event | int, *, author: str | None = None) -> None:
        """Take back what somebody said of a finding, defined or declared; undoing that brings it back."""
        self._map.edit.undo(event if isinstance(event, int) else event.id, author=author)
        self._forget()

    def _forget(self) -> None:
        self._asked.clear()
        self._is_whole = False

    @property
    def harm(self) -> str:
        """The scorer that harm is told by."""
        return harm_in_use(self._store)

    # A mapping.

    def _known(self) -> dict[str, FindingNote]:
        if not self._is_whole:
            self.run()
        return self._notes

    def __getitem__(self, name: str) -> FindingReport:
        """One finding; it alone is looked for, where the audit has not looked for it yet."""
        if name not in self._asked and (
            name in registry.names() or name in defined_findings(self._map.journal.events())
        ):
            self.run([name])
        if name not in self._asked or name not in self._notes:
            # KeyError is what a mapping raises; `in` and `get` rely on it.
            hint = did_you_mean(name, list(self._known()))
            raise _NoFindingError(f"There is no finding '{name}'.", fix=f"{hint}There are: {', '.join(self._known())}.")
        return FindingReport(self._notes[name], Provenance(self._map, self._store), self._map, self._store)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    # Told.

    def to_json(self, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Findings as JSON holds them, all unless some are named."""
        return [self[name].to_json() for name in (names if names is not None else self)]

    def lines(self, names: Sequence[str] | None = None) -> list[tuple[str, ...]]:
        """Findings as cells of a table: name, rows, share, where it is over-represented, status; the most rows first.

        What is no defect stands below what may be one. Where nothing is listed because nothing can be told, it says so.
        """
        rows: list[tuple[str, ...]] = [("finding", "rows", "share", "more frequent in", "status")]
        known = [self[name] for name in (names if names is not None else self)]
        for one in sorted(known, key=_place):
            if not one.note.is_looked_for:
                rows.append((one.name, "-", "", one.power, ""))
            elif not one.note.can_tell:
                rows.append((one.name, "-", "", f"({_begin(one.power)})", ""))
            elif not one.count:
                rows.append((one.name, "0", "", f"({_begin(one.power)})" if _is_unsure(one) else "", ""))
            else:
                most = over_represented(one.rates)
                told = f"{most[0]} = {most[1].value}: {most[1].share.value:.2%}" if most else ""
                rows.append((one.name, f"{one.count:,}", f"{one.share.value:.2%}", told, _status(one)))
        return rows

    def __str__(self) -> str:
        return table(self.lines(), align="<>><<")

    def __repr__(self) -> str:
        notes = self._notes or notes_of_findings(self._store)
        return f"<Findings: {counted(len(notes), 'finding')}>" if notes else "<Findings: not looked for yet>"

    def _repr_html_(self) -> str:
        import html

        head, *rows = self.lines()
        cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><tr>{cells}</tr>{body}</table>"


def _place(one: FindingReport) -> tuple[bool, bool, bool, int, str]:
    """Where it stands in a table."""
    return not one.note.is_looked_for, not one.count, one.name in NO_DEFECT, -one.count, one.name


def _is_unsure(one: FindingReport) -> bool:
    """Whether it lists nothing because the preference model cannot tell."""
    return PREFERENCE in registry.get(one.name)().needs and bool(one.power) if one.name in registry.names() else False


def _begin(text: str) -> str:
    """The beginning of a sentence, to its first stop or colon."""
    return re.split(r"[.:]\s", text, maxsplit=1)[0].rstrip(".")


def _status(one: FindingReport) -> str:
    """Its status; of a mixed one how many rows have which."""
    if one.status != MIXED:
        return one.status
    return ", ".join(f"{n:,} {status}" for status, n in one.status_counts.items())


class _NoFindingError(NotFoundError, KeyError):
    """No finding of that name: a KeyError too, as of any mapping."""

    __str__ = NotFoundError.__str__


__all__ = ["Findings", "finding_column"]
