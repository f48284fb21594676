"""Words that all of Portolan shares: array types, column roles, progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(n_rows, n_dims) float32, from an embedder."""
Points = NDArray[np.float32]
"""(n_rows, 2) float32 positions on the map."""
ClusterIds = NDArray[np.int32]
"""(n_rows,) int32, 0 .. n_clusters - 1; -1 where the row has no text to cluster."""
RowIds = NDArray[np.int64]
"""(n_rows,) int64, stable and never reused."""
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

Kind = Literal["text", "pair", "conversation", "ranking", "red-team"]
"""What one row is: a text, a chosen/rejected pair, a chat, replies in order, an attempt with a rating."""
Layout = Literal["chosen", "prompt", "rejected", "difference"]
"""What a map of pairs is laid out by."""
Side = Literal["chosen", "rejected"]
"""One of the two replies of a pair."""
Shape = Literal["transcript", "messages", "text"]
"""How a text-bearing column is written: role-marked string, list of messages, plain string."""


@dataclass(frozen=True)
class Roles:
    """Which column plays which part.

    `text` is what is embedded when the row is no pair. Columns that are absent are None or empty.
    """

    kind: Kind = "text"
    text: str | None = None
    prompt: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    id: str | None = None
    time: str | None = None
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    shape: Shape = "text"
    notes: dict[str, str] = field(default_factory=dict)
    """Further columns a kind needs, by part: {"replies": "responses", "ranks": "ranking"} and the like."""

    @property
    def noun(self) -> Literal["pair", "ranking"]:
        """What a row with several replies is called."""
        return "ranking" if self.kind == "ranking" else "pair"

    def to_json(self) -> dict[str, Any]:
        """The roles as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Roles:
        """The roles that `to_json` gave; what is not known here is left out."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("categories", "numbers"):
            if name in known:
                known[name] = tuple(known[name])
        return cls(**known)


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation: who spoke, and what."""

    role: str
    text: str


@dataclass(frozen=True)
class Progress:
    """How far a stage has come. `total` is None where it cannot be known."""

    stage: str
    done: int
    total: int | None
    unit: str = "rows"
    note: str = ""


Report = Callable[[Progress], None]
"""Receives progress; called often, so it must be cheap."""


def silent(_progress: Progress) -> None:
    """Report to nobody."""
