"""Shapes of concepts: what labels teach, how good it is, what to label next."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from portolan.server.label_models import Name

Values = Annotated[list[Name], Field(min_length=1, max_length=100)]


class ConceptToTeach(BaseModel):
    """A concept to learn from the labels as they stand."""

    name: str = Field(min_length=1, max_length=60, description="Letters, digits and _")
    set: Name
    values: Values
    description: str = Field(default="", max_length=10_000)
    cut: float = Field(default=0.5, gt=0, lt=1, description="The chance that precision and recall are told at")


class MeasuredShare(BaseModel):
    """A share with its 95 % interval."""

    value: float | None = Field(description="null: there is nothing to take a share of")
    low: float
    high: float
    n: int


class CutFigures(BaseModel):
    """Precision and recall of the rows from a chance on, cross-validated."""

    cut: float
    precision: MeasuredShare
    recall: MeasuredShare


class LabelsTaughtBy(BaseModel):
    """Labelled rows that a concept was taught by."""

    positive: int
    other: int


class ConceptAnswer(CutFigures):
    """A concept of the map."""

    name: str
    column: str = Field(description="The column of its chances")
    set: str
    values: list[str]
    description: str
    is_current: bool = Field(description="No label of its set has changed since it was taught")
    is_of_sides: bool = Field(description="Its labels are about the replies of pairs, and each reply has its chance")
    labels: LabelsTaughtBy
    average_precision: MeasuredShare
    curve: list[CutFigures] = Field(description="At .05, .1 … .95")
    histogram: list[int] = Field(description="Rows by their chance: 0 to .05, .05 to .1 … .95 to 1")
    n_missing: int = Field(description="Rows without text")


class LessonAnswer(BaseModel):
    """What there is to learn from."""

    positive: int
    other: int
    missing: str = Field(description="What is still to be labelled before anything can be learnt; '' when enough is")


class NextRows(BaseModel):
    """Which rows to label next is asked."""

    set: Name
    values: Values
    name: str | None = Field(default=None, description="The concept; without one, rows are spread over the map")
    n: int = Field(default=10, ge=1, le=1000)
    order: Literal["useful", "likely"] = "useful"
    seed: int = 0


class NextAnswer(BaseModel):
    """Rows to label next, in order."""

    row_ids: list[int]
