"""Shapes of what people say and decide of rows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portolan.server.journal_models import Act, JournalEvent, RowId

Side = Literal["chosen", "rejected"]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RowChoice(Act):
    """Which rows are meant: one of the two."""

    rows: list[RowId] | None = Field(default=None, max_length=1_000_000)
    where: str | None = Field(default=None, max_length=100_000, description="A filter expression")


class LabelsToGive(RowChoice):
    """Labels to give, or to take away."""

    action: Literal["add", "remove"] = "add"
    set: Name
    value: Name | None = Field(default=None, description="add: the label. remove: by default any")
    side: Side | None = None
    span: tuple[int, int] | None = Field(default=None, description="Start and end in characters; of one row")
    note: str = Field(default="", max_length=10_000)
    settles: bool = Field(default=False, description="add: it goes before what others say of the rows; for owners")
    of: str | None = Field(default=None, max_length=200, description="remove: whose; * for everyone's")


class LabelValueToDefine(BaseModel):
    """One label of a set."""

    value: Name
    color: str = Field(default="", description="#rrggbb")
    key: str = Field(default="", max_length=1)


class LabelSetToDefine(Act):
    """A set of labels to define, or to define anew."""

    name: Name
    description: str = Field(default="", max_length=10_000)
    values: list[LabelValueToDefine] = Field(max_length=1000)
    is_multiple: bool = False


class CountedLabel(LabelValueToDefine):
    """One label of a set, with how many rows have it."""

    rows: int


class LabelSetCounts(BaseModel):
    """A set of labels."""

    name: str
    description: str
    is_multiple: bool
    is_open: bool = Field(description="Nobody defined its labels: any may be given")
    column: str | None = Field(description="The column of whole rows' labels, as filters name it")
    values: list[CountedLabel]


class RowLabel(BaseModel):
    """A label that stands."""

    row_id: int
    set: str
    value: str
    side: Side | None
    author: str
    time: str
    event: int
    note: str
    start: int | None
    end: int | None
    reason: str
    settles: bool = Field(description="It goes before what others say of the row")


class RowDecision(BaseModel):
    """What is decided of a row."""

    row_id: int
    decision: str
    reason: str
    author: str
    time: str
    event: int
    rule: str = Field(description="By which rule of a recipe; empty where somebody decided by hand")
    edit: dict[str, Any] | None = Field(description="What is changed in the row")
    settles: bool = Field(description="It stands in the place of all that was decided of the row by hand before")


class DecisionConflict(BaseModel):
    """Rows on which the same decisions contradict each other."""

    n_rows: int
    row_ids: list[int] = Field(description="The first of them")
    decisions: list[RowDecision] = Field(description="What each author last decided; the last is what counts so far")


class DecisionConflicts(BaseModel):
    """Rows of which people decided one thing and another, those with the same decisions together."""

    conflicts: list[DecisionConflict]
    total: int = Field(description="How many there are; `conflicts` holds a page of them")
    n_rows: int = Field(description="Rows of all of them")


class LabelsAnswer(BaseModel):
    """Sets of labels, and labels."""

    sets: list[LabelSetCounts]
    labels: list[RowLabel]
    total: int = Field(description="Labels that were asked for; `labels` holds a page of them")
    decisions: list[RowDecision] = Field(description="Of the rows that were asked for by id")
    contradicting: list[RowDecision] = Field(description="Of those on which people differ: what each last decided")
    n_conflicts: int = Field(description="Rows on which people differ")
    last_event: int = Field(description="The last event of the journal: another one once anything was done")


class LabelQueue(BaseModel):
    """Rows to label next."""

    set: str
    row_ids: list[int] = Field(description="The first of them, in order")
    total: int


class DecisionToMake(RowChoice):
    """A decision on rows."""

    decision: Literal["keep", "drop", "flip", "edit", "relabel", "review"]
    edit: dict[str, Any] | None = Field(default=None, description="edit, relabel: new values by column")
    settles: bool = Field(default=False, description="In the place of all that was decided by hand so far; for owners")
    between: list[int] | None = Field(
        default=None, max_length=1000, description="Settle what these events contradict each other on"
    )


class Agreement(BaseModel):
    """How far two authors agree."""

    authors: list[str]
    rows: int
    kappa: float | None


class AgreementAnswer(BaseModel):
    """How far people agree on a set; null where a measure says nothing."""

    set: str
    side: Side | None
    authors: list[str]
    rows: int = Field(description="Rows that several labelled")
    agreed: int
    cohen: list[Agreement]
    fleiss: float | None
    krippendorff: float | None


class RowHistory(BaseModel):
    """Who said and decided what of a row, the last first."""

    row_id: int
    events: list[JournalEvent]
