"""Shapes of scorers, and of what they have left."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


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


class ScorerAnswer(BaseModel):
    """A scorer that can be run."""

    name: str
    card: ScoreCard
    argument: str = Field(description="What may follow the colon; empty where it takes nothing")
    needs_argument: bool
    is_costly: bool = Field(description="It takes long or costs money; finished batches are kept")
    missing: str = Field(description="The command that installs what it needs; empty where nothing is missing")


class ScorePlanAnswer(BaseModel):
    """What running a scorer would read and cost."""

    name: str
    n_texts: int
    n_chars: int
    estimate: str = Field(description="What it would send and cost; empty where it says nothing of that")
    is_done: bool = Field(description="Its scores are there")
    is_exact: bool = Field(description="Texts and characters were counted; false: estimated from some of the rows")


class SaidOfRow(BaseModel):
    """A value of a row in a column that a scorer left."""

    name: str
    value: Any


class ScoresOfRow(BaseModel):
    """What one scorer says of a row."""

    scorer: str
    is_current: bool
    columns: list[SaidOfRow]


class PersonalSpan(BaseModel):
    """Where personal data stands in a row's text."""

    part: Literal["text", "prompt", "chosen", "rejected", "turns", "replies"]
    reply: int = Field(description="Which of the replies; 0 in other parts")
    turn: int
    start: int = Field(description="In characters of the turn's text")
    stop: int
    kind: str


class TurnHarm(BaseModel):
    """How harmful one turn is, after all that was said before it."""

    part: Literal["prompt", "chosen", "rejected", "turns", "replies"]
    reply: int = Field(description="Which of the replies; 0 in other parts")
    turn: int = Field(description="Its place in the part")
    role: str
    harm: float | None = Field(description="Chance of harm, 0 to 1; null where the scorer cannot read the text")


class RowScores(BaseModel):
    """What scorers say of a row."""

    scores: list[ScoresOfRow]
    personal: list[PersonalSpan] = Field(description="Where the map was scored by pii")
    trajectory: list[TurnHarm] = Field(description="Turn by turn, where the map was scored by harm and a row has turns")
