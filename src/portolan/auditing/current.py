"""Whether a finding still is what looking again would find: nothing is looked for, nothing is fitted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from portolan.auditing.choices import PREFERENCE, chosen_scorer, scorer_key
from portolan.auditing.looking import FindingNote, defined_finding, finding_key
from portolan.core.finding_status import defined_findings
from portolan.errors import NotFoundError, PortolanError
from portolan.preferring import present_preference
from portolan.store import Store

if TYPE_CHECKING:
    from portolan.map import Map


def outdated(of: Map, store: Store, notes: Iterable[FindingNote]) -> set[str]:
    """Names of the findings that other scores, another preference model or another definition would now make."""
    model = present_preference(store)
    model_key = model.key if model is not None and model.is_current else None
    defined = defined_findings(of.journal.events())

    def key_of(need: str) -> str:
        if need != PREFERENCE:
            return scorer_key(store, chosen_scorer(store, need))
        if model_key is None:
            raise NotFoundError("The map has no current preference model.", fix="Fit one: portolan preference MAP.")
        return model_key

    def key_now(note: FindingNote) -> str | None:
        try:
            if note.is_defined:
                return defined_finding(of, defined[note.name])[0].key if note.name in defined else None
            return finding_key(store, key_of, note.name)
        except PortolanError:
            # It needs what is no longer there: a column, a model, a plugin.
            return None

    # Without a key it could not be looked for, and lists no row that could be out of date.
    return {note.name for note in notes if note.key and key_now(note) != note.key}
