"""A concept that was taught on some map and saved as a file: how likely each row is it.

The map's vectors must be of the same embedder: what was learnt is about those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from portolan.concept_vectors import embed_general, ground_of
from portolan.core.concept_file import Taught
from portolan.core.concept_telling import card_of, columns_of
from portolan.plugins import (
    Card,
    InputError,
    Layout,
    NotFoundError,
    Progress,
    Report,
    ScoredMap,
    Scores,
    Side,
    Vectors,
    scorers,
    silent,
)

MOST_BYTES = 5_000_000
CARD: Card = {
    "what": "How likely a row is what somebody taught by labelling rows: --scorer concept:FILE.",
    "method": "Logistic regression on the map's vectors, calibrated; taught by portolan teach.",
    "limits": "As good as its labels: the file has the figures, cross-validated on the rows it was taught by. On other "
    "data it may be worse; label some rows of it, and look.",
    "figures": [],
}


class ConceptScorer:
    """Applies a concept's file to a map of the same embedder."""

    argument = "FILE"
    needs_argument = True
    is_costly = False
    needs = ("embed",)
    card: Card = CARD

    def __init__(self, argument: str | None = None, *, threads: int | None = None) -> None:
        if not argument:
            raise InputError(
                "The 'concept' scorer needs a file.",
                fix="Name one that portolan teach --save wrote: --scorer concept:FILE. "
                "A concept of this map is scored as it is taught: portolan teach MAP.",
            )
        self._path = Path(argument).expanduser()
        text = _read(self._path)
        self._taught = Taught.from_text(text)
        self.key = f"concept:1:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        self.columns = columns_of(self._taught.name, self._taught.values)
        self.card = card_of(self._taught, limits=str(CARD["limits"]))

    def score_map(self, of: ScoredMap, *, report: Report = silent) -> Scores:
        """Chance and certainty of each row; of pairs, of each reply, unless the concept is about prompts.

        Raises
        ------
        InputError
            The map's vectors are of another embedder.
        """
        ground = ground_of(of.embedder)
        if ground.key != self._taught.embedder:
            raise InputError(
                f"The concept '{self._taught.name}' was taught on vectors of '{self._taught.embedder}'; "
                f"this map has those of '{ground.key}'.",
                fix="Make the map anew with that embedder (portolan map … --embedder NAME), or teach the concept here.",
            )
        chance, certainty = (column.name for column in self.columns)
        found: dict[str, np.ndarray] = {}
        sides: list[Side | None] = [None]
        if of.kind == "pair" and self._taught.reads == "text":
            sides = ["chosen", "rejected"]
        for place, side in enumerate(sides):
            layout: Layout = side or ("prompt" if self._taught.reads == "prompt" else "chosen")
            blocks = self._blocks(of, layout)
            scored, done = [], 0
            for vectors in blocks:
                scored.append(self._taught.model.chances(vectors))
                done += len(vectors)
                report(Progress("score", place * of.n_rows + done, len(sides) * of.n_rows))
            values = [np.concatenate(part) for part in zip(*scored, strict=True)]
            for name, one in zip((chance, certainty), values, strict=True):
                if side in (None, "chosen"):
                    found[name] = one
                if side is not None:
                    found[f"{name}_{side}"] = one
        return found

    def _blocks(self, of: ScoredMap, layout: Layout) -> Iterator[Vectors]:
        """Vectors as the concept knows them: those of the map where they are such, else of the texts."""
        if self._taught.mean is None and (of.kind != "pair" or layout == of.layout):
            yield of.vectors
            return
        for texts in of.embedded_texts(layout):
            yield embed_general(of.embedder, texts, self._taught.mean)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"'{path}' is no concept: it is too large.", fix="Give a file that portolan teach wrote.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no concept at '{path}'.", fix="Save one: portolan teach MAP --name NAME --save FILE."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' cannot be read: {error}", fix="Give a file that portolan teach wrote.") from error


scorers.add("concept", ConceptScorer)
