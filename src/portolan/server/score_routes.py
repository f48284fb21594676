"""What scorers have measured of the map's rows."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from portolan.core.answers import jsonable
from portolan.server.current import CurrentMap


class ScoredColumn(BaseModel):
    """A column that a scorer left: a facet and a colour like the user's columns, by its name."""

    name: str
    kind: Literal["number", "boolean", "category", "tags", "text"]
    what: str = Field(description="What its values mean, in a sentence")
    side: Literal["chosen", "rejected"] | None = Field(description="The reply it is about; null: the row or the chosen")
    n_missing: int = Field(description="Rows without a value: they have no text, or it could not tell")
    is_coloured: bool = Field(description="Whether it is among the columns of the tiles")


class ScoreFigure(BaseModel):
    """How good a scorer is, measured once: AUC .88 on DiaSafety."""

    measure: str
    value: float | str
    on: str
    n: int | None = None


class ScoreCard(BaseModel):
    """What a scorer measures, by which method, how good it is, and where it fails."""

    what: str
    limits: str
    method: str = ""
    source: str = ""
    command: str = ""
    figures: list[ScoreFigure] = []


class ScoreAnswer(BaseModel):
    """What one scorer has left."""

    name: str = Field(description="NAME or NAME:ARGUMENT")
    columns: list[ScoredColumn]
    key: str
    card: ScoreCard
    seconds: float
    finished: str
    is_current: bool = Field(description="Whether the rows and the scorer are still what they were")


def score_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for scores."""
    router = APIRouter(tags=["scores"])

    @router.get("/scores")
    def scores() -> list[ScoreAnswer]:
        """What each scorer has left, the oldest first, with its card."""
        found: list[Any] = [jsonable(note.to_json()) for note in current.read().scores]
        return [ScoreAnswer.model_validate(one) for one in found]

    return router
