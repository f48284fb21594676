"""What people say and decide of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from portolan.core.plain_numbers import without_nan
from portolan.errors import InputError
from portolan.server.current import CurrentMap
from portolan.server.journal_models import Done
from portolan.server.journal_routes import done_once, event_of
from portolan.server.label_models import (
    AgreementAnswer,
    DecisionConflicts,
    DecisionToMake,
    LabelQueue,
    LabelsAnswer,
    LabelSetToDefine,
    LabelsToGive,
    RowChoice,
    RowHistory,
    Side,
)
from portolan.server.row_routes import parse_ids

if TYPE_CHECKING:
    from portolan.core.events import Event
    from portolan.labelling import Labeller

MOST_LABELS = 10_000
MOST_CONFLICTS = 1000
MOST_ROWS_SHOWN = 100
"""Of the rows on which the same decisions contradict each other: for reading some."""


def label_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for labels and decisions."""
    router = APIRouter(tags=["labels"])

    @router.get("/labels")
    def labels(
        ids: Annotated[str | None, Query(description="Only of these rows: ids with commas between")] = None,
        set: Annotated[str | None, Query(max_length=200)] = None,
        conflicts: Annotated[bool, Query(description="Only labels that contradict each other")] = False,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=0, le=MOST_LABELS)] = 200,
    ) -> LabelsAnswer:
        """Sets of labels with counts, and labels by row."""
        row_ids = None if ids is None else parse_ids(ids)
        told = current.read().label_page(row_ids, set, only_conflicts=conflicts, offset=offset, limit=limit)
        return LabelsAnswer.model_validate(told)

    @router.post("/labels")
    def label(asked: LabelsToGive) -> Done:
        """Give rows a label, or take labels away: one event, whatever their number."""
        reader = current.read()
        return done_once(reader, asked, lambda: give_labels(reader.labeller, asked))

    @router.post("/label-sets")
    def define(asked: LabelSetToDefine) -> Done:
        """Define a set of labels, or define it anew."""
        reader = current.read()
        values = [value.model_dump() for value in asked.values]
        about: dict[str, Any] = {"description": asked.description, "is_multiple": asked.is_multiple}
        about |= {"reason": asked.reason, "author": asked.author}
        return done_once(reader, asked, lambda: reader.labeller.define(asked.name, values, **about))

    @router.get("/label-queue")
    def queue(
        set: Annotated[str, Query(max_length=200)],
        n_people: Annotated[int, Query(ge=1, le=100, description="How many are to label each row")] = 2,
        begun: Annotated[bool, Query(description="Only rows that somebody else has labelled")] = False,
        where: Annotated[str | None, Query(max_length=100_000)] = None,
        side: Side | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LABELS)] = 200,
    ) -> LabelQueue:
        """Rows that fewer than so many others labelled, and not whoever asks; what others have begun comes first."""
        found = current.read().label_queue(set, n_people=n_people, is_begun=begun, where=where or None, side=side)
        return LabelQueue(set=set, row_ids=found[:limit].tolist(), total=len(found))

    @router.get("/label-agreement")
    def agreement(
        set: Annotated[str, Query(max_length=200)],
        side: Side | None = None,
    ) -> AgreementAnswer:
        """How far people agree on rows that several of them labelled."""
        return AgreementAnswer.model_validate(without_nan(current.read().agreement(set, side=side)))

    @router.post("/decisions")
    def decide(asked: DecisionToMake) -> Done:
        """Decide what is to become of rows: one event, whatever their number."""
        reader = current.read()
        about: dict[str, Any] = {"edit": asked.edit, "settles": asked.settles, "between": asked.between}
        return done_once(reader, asked, lambda: reader.decide(asked.decision, **about, **_chosen(asked)))

    @router.get("/decision-conflicts")
    def conflicts(
        offset: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=0, le=MOST_CONFLICTS)] = 200
    ) -> DecisionConflicts:
        """Rows of which people decided one thing and another by hand, and nobody settled it."""
        told = current.read().decision_conflict_page(offset=offset, limit=limit, n_row_ids=MOST_ROWS_SHOWN)
        return DecisionConflicts.model_validate(told)

    @router.get("/rows/{row_id}/history")
    def history(row_id: int) -> RowHistory:
        """Who said and decided what of a row, the last first; what was undone too."""
        reader = current.read()
        events = reader.history(row_id)
        return RowHistory(row_id=row_id, events=[event_of(event, reader) for event in reversed(events)])

    return router


def give_labels(labeller: Labeller, asked: LabelsToGive) -> Event:
    """Give or take away what was asked."""
    about: dict[str, Any] = {**_chosen(asked), "side": asked.side, "span": asked.span, "note": asked.note}
    if asked.action == "remove":
        return labeller.unlabel(asked.set, asked.value, of=asked.of, **about)
    if asked.value is None:
        raise InputError("Which label is to be given was not said.", fix="Give `value`.")
    return labeller.label(asked.set, asked.value, settles=asked.settles, **about)


def _chosen(asked: RowChoice) -> dict[str, Any]:
    return {"rows": asked.rows, "where": asked.where, "reason": asked.reason, "author": asked.author}
