"""What the page does with the audit: findings as they are known, one whole, what people say, judging, experiments.

Nothing is looked for or fitted unless it is asked for: what lies there is told at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from portolan.auditing.current import outdated
from portolan.auditing.finding import FindingReport, over_represented
from portolan.auditing.looking import FindingNote, harm_in_use, look, notes_of_findings
from portolan.auditing.provenance import Provenance
from portolan.auditing.shortcuts import kept_shortcuts
from portolan.core.finding_status import Status
from portolan.core.judged_findings import VALUES
from portolan.effecting import Asked
from portolan.errors import NotFoundError
from portolan.pairs import check_pairs
from portolan.picking import INFLUENCE
from portolan.preferring import Preference, fit_preference, present_preference
from portolan.store import Store
from portolan.types import Report

if TYPE_CHECKING:
    from portolan.core.effect_told import Effect
    from portolan.map import Map

Action = Literal["drop", "flip"]
EXAMPLES = 3
MOST_VALUES = 200
MOST_PARTS = 12


class AuditPage:
    """The audit of a map, as the server tells and runs it."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map, self._store = of, store

    @property
    def noun(self) -> str:
        """What a row is: a pair, or a ranking of several replies."""
        return self._map.roles.noun

    def now(self) -> dict[str, Any]:
        """What is known: findings in short, the most telling first; the model; provenance; experiments that were made.

        `is_looked` is False where nobody has looked for findings; then there are none.

        Raises
        ------
        InputError
            The map's rows are no pairs.
        """
        check_pairs(self._map.roles)
        notes = notes_of_findings(self._store)
        provenance = Provenance(self._map, self._store)
        model = present_preference(self._store)
        old = outdated(self._map, self._store, notes.values())
        return {
            "is_looked": bool(notes),
            "harm": harm_in_use(self._store) if notes else "",
            "findings": [
                {**self._short(note, provenance), "is_current": note.name not in old} for note in notes.values()
            ],
            "model": None if model is None else self._model(model.to_json()),
            "shortcuts": None if model is None else self._shortcuts(model),
            "is_declared": provenance.card.is_declared,
            "owner": provenance.card.owner,
            "columns": [
                {
                    "column": column.column,
                    "part": column.part,
                    "values": provenance.values(column.column)[1][:MOST_VALUES],
                }
                for column in provenance.card.columns
            ],
            "influence": INFLUENCE if INFLUENCE in self._store.column_names() else "",
            "effects": list(self._effects().values()),
        }

    def _effects(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By action and expression; of what was measured several times, with other draws or probes, the last."""
        return {(one.action, one.where): one.to_json() for one in self._map.effects.kept()}

    def run(self, *, harm: str | None, with_model: bool, report: Report) -> dict[str, Any]:
        """Look for all findings, and fit the default preference model unless there is one; then `now`."""
        if with_model:
            model = present_preference(self._store)
            if model is None or not model.is_current:
                fit_preference(self._store, report=report)
        look(self._map, self._store, None, harm=harm, report=report)
        return self.now()

    def finding(self, name: str) -> dict[str, Any]:
        """One finding whole, but for its rows: those are found by its `where`. Raises NotFoundError."""
        one = self._finding(name)
        told = one.to_json()
        told.pop("row_ids")
        told.pop("scores")
        told["surest"] = one.row_ids[:EXAMPLES].tolist()
        told["label_set"] = one.label_set
        is_current = not outdated(self._map, self._store, [one.note])
        return {**told, **self._of_note(one.note), "is_current": is_current}

    def set_status(self, name: str, status: Status, *, where: str, reason: str) -> dict[str, Any]:
        """Say what is to become of a finding's rows; the finding as it is then."""
        self._finding(name).set_status(status, where=where, reason=reason)
        return self.finding(name)

    def respond(self, name: str, text: str) -> dict[str, Any]:
        """Write into the thread on a finding; the finding as it is then."""
        self._finding(name).respond(text)
        return self.finding(name)

    def to_judge(self, name: str, n: int) -> dict[str, Any]:
        """Rows to judge blind, its own and others; the set of labels they are judged by is defined where it is not."""
        one = self._finding(name)
        if one.label_set not in {known.name for known in self._map.label_sets}:
            self._map.define_labels(one.label_set, list(VALUES), description=f"{one.title}?")
        labelled = one.sample(n)
        return {"set": one.label_set, "title": one.title, "what": one.what, "row_ids": labelled.tolist()}

    def recipe_rules(self, name: str) -> list[dict[str, str]]:
        """Rules that drop what is to be dropped of a finding: decision, where, reason."""
        rules = self._finding(name).recipe().rules
        return [{"decision": rule.decision, "where": rule.where, "reason": rule.reason} for rule in rules]

    def effect(self, action: Action, where: str, *, seeds: int, report: Report) -> Effect:
        """What dropping or flipping rows changes; instant where it was asked before. Raises as `Map.effect`."""
        asked = Asked(drop=where) if action == "drop" else Asked(flip=where)
        return self._map.effects.measure(asked, seeds=seeds, report=report)

    def influence(self, *, report: Report) -> str:
        """Measure what each pair does for the model's log loss on pairs it has not seen; the column that holds it."""
        self._map.effects.influence(report=report)
        return INFLUENCE

    def _finding(self, name: str) -> FindingReport:
        notes = notes_of_findings(self._store)
        if name not in notes:
            raise NotFoundError(f"There is no finding '{name}'.", fix="Run the audit first, or choose another.")
        return FindingReport(notes[name], Provenance(self._map, self._store), self._map, self._store)

    def _short(self, note: FindingNote, provenance: Provenance) -> dict[str, Any]:
        one = FindingReport(note, provenance, self._map, self._store)
        most = over_represented(one.rates) if note.count else None
        return {
            "name": note.name, "title": note.title, "count": note.count, "share": one.share.to_json(),
            "status": one.status, "status_counts": one.status_counts, "where": one.where,
            "power": one.power, "is_looked_for": note.is_looked_for, "is_defined": note.is_defined,
            "most": None if most is None else {"column": most[0], **most[1].to_json()},
            "precision": one.precision.to_json() if note.count else None,
            **self._of_note(note),
        }  # fmt: skip

    def _of_note(self, note: FindingNote) -> dict[str, Any]:
        return {"column": note.column if note.count else ""}

    def _model(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **told,
            "by_provenance": [
                {
                    "column": one["column"], "value": one["value"], "majority": one.get("majority"),
                    **{name: one[name] for name in ("model", "length", "surface")},
                }
                for one in told["by_provenance"]
            ],
        }  # fmt: skip

    def _shortcuts(self, model: Preference) -> dict[str, Any] | None:
        """What plain traits alone tell, as far as it is measured."""
        found = kept_shortcuts(self._map, self._store, model)
        if found is None:
            return None
        best: dict[tuple[str, str], dict[str, Any]] = {}
        for one in found.stronger:
            best.setdefault((one.column, one.value), one.to_json())
        rules = [one.to_json() for one in found.rules]
        return {"rules": rules, "parts": list(best.values())[:MOST_PARTS], "says": found.says}
