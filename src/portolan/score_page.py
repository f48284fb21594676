"""What the page does with scorers: which there are, what one would cost, running one, what they say of a row."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from portolan.core.trajectory import placed_turns, texts_of_turns
from portolan.errors import MissingExtraError
from portolan.options import plugin_name
from portolan.plugins import Scorer, TextScorer, scorers
from portolan.scoring import ScoreNote, ScorePlan, notes_of_scores, plan_score, score
from portolan.store import Store
from portolan.types import Report

if TYPE_CHECKING:
    from portolan.map import Map

PERSONAL = "pii"
"""The scorer that finds personal data, and can say where it stands."""
HARM = "harm"
"""The scorer that is asked of each turn."""
MOST_SEARCHED = 100_000
"""Characters of one text that are searched for personal data while somebody waits."""


class ScorePage:
    """Scorers of a map, as the server tells and runs them."""

    def __init__(self, of: Map, store: Store) -> None:
        self._map = of
        self._store = store
        self._judges: dict[str, TextScorer] = {}

    def scorers(self) -> list[dict[str, Any]]:
        """Every scorer there is: name, card, argument, needs_argument, is_costly, missing (what to install, or "")."""
        return [_told(name, scorers.get(name)) for name in scorers.names()]

    def plan(self, choice: str) -> ScorePlan:
        """What scoring would read and cost; of a large map about. Raises as `Map.plan_score`."""
        return plan_score(self._store, choice)

    def run(self, choice: str, *, report: Report) -> ScoreNote:
        """Run a scorer and keep its columns. Raises as `Map.score`."""
        return score(self._store, choice, report=report)

    def values(self, column: str, row_ids: Sequence[int]) -> list[dict[str, float | None]]:
        """By name what a scorer's column, or another that was measured, says of rows, in the order asked.

        None where it says nothing; nothing where there is no such column.
        """
        if column not in self._store.column_names():
            return [{}] * len(row_ids)
        found = self._store.read_columns([column], row_ids=row_ids)[column].to_pylist()
        return [{column: _number(value)} for value in found]

    def of_row(self, row_id: int) -> dict[str, Any]:
        """What scorers say of a row, where personal data stands in its text, and how harmful each of its turns is.

        Raises
        ------
        NotFoundError
            There is no such row.
        """
        [row] = self._map.rows_by_id([row_id])
        notes = notes_of_scores(self._store)
        kept = set(self._store.column_names())
        told = []
        for note in notes:
            columns = [column for column in note.columns if column["name"] in kept]
            names = [column["name"] for column in columns]
            values = self._store.read_columns(names, row_ids=[row_id]).to_pylist()[0] if names else {}
            said = [{"name": name, "value": values[name]} for name in names]
            told.append({"scorer": note.name, "is_current": note.is_current, "columns": said})
        reading = self._map.reading(row)
        return {
            "scores": told,
            "personal": list(self._personal(notes, reading)),
            "trajectory": self._trajectory(notes, reading),
        }

    def _trajectory(self, notes: list[ScoreNote], reading: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Harm of each turn, by the last scorer of it that the map was scored by; nothing where by none, or of a text.

        Each turn is judged after all that was said before it.
        """
        found = next((note.name for note in reversed(notes) if plugin_name(note.name)[0] == HARM), None)
        turns = placed_turns(reading) if found is not None else []
        if found is None or len(turns) < 2:
            return []
        if found not in self._judges:
            self._judges[found] = cast("TextScorer", scorers.get(HARM)(plugin_name(found)[1]))
        judge = self._judges[found]
        harm = np.asarray(judge.score(texts_of_turns(turns))[HARM], np.float64)
        return [
            {
                "part": turn.part,
                "reply": turn.reply,
                "turn": turn.turn,
                "role": turn.role,
                "harm": None if np.isnan(value) else round(value, 4),
            }
            for turn, value in zip(turns, harm.tolist(), strict=True)
        ]

    def _personal(self, notes: list[ScoreNote], reading: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Where personal data stands, by the last scorer of it that the map was scored by; nothing where by none."""
        found = next((note for note in reversed(notes) if plugin_name(note.name)[0] == PERSONAL), None)
        if found is None:
            return
        _, argument = plugin_name(found.name)
        scorer: Any = scorers.get(PERSONAL)(argument)
        for place, text in _texts(reading):
            # What it needs may be installed where the map was scored, and not here.
            with suppress(MissingExtraError):
                for one in scorer.spans(text[:MOST_SEARCHED]):
                    yield {**place, "start": one.start, "stop": one.stop, "kind": one.kind}


def _told(name: str, plugin: type[Scorer]) -> dict[str, Any]:
    missing = [one for one in getattr(plugin, "modules", ()) if importlib.util.find_spec(one) is None]
    extra = getattr(plugin, "extra", "")
    return {
        "name": name,
        "card": dict(plugin.card),  # type: ignore[call-overload]  # a class attribute, by contract
        "argument": getattr(plugin, "argument", ""),
        "needs_argument": getattr(plugin, "needs_argument", False),
        "is_costly": bool(plugin.is_costly),
        "missing": f"pip install 'portolan[{extra}]'" if missing else "",
    }


def _texts(reading: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every text of a reading, with where it stands: the part, the reply in it, the turn in that."""
    if "text" in reading:
        yield {"part": "text", "reply": 0, "turn": 0}, reading["text"]
    for part in ("prompt", "chosen", "rejected", "turns"):
        for turn, said in enumerate(reading.get(part, ())):
            yield {"part": part, "reply": 0, "turn": turn}, said["text"]
    for reply, one in enumerate(reading.get("replies", ())):
        for turn, said in enumerate(one["turns"]):
            yield {"part": "replies", "reply": reply, "turn": turn}, said["text"]


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
