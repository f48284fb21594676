"""Teaching concepts by labels."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import Response

from portolan.server.current import CurrentMap
from portolan.server.teach_models import (
    ConceptAnswer,
    ConceptToTeach,
    LessonAnswer,
    NextAnswer,
    NextRows,
)
from portolan.teaching import Concept

N_BINS = 20


def teach_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for concepts."""
    router = APIRouter(tags=["concepts"])

    @router.get("/concepts")
    def concepts() -> list[ConceptAnswer]:
        """The concepts that were taught on this map."""
        return [answer_of(one) for one in current.read().teacher.concepts()]

    @router.post("/concepts")
    def teach(asked: ConceptToTeach) -> ConceptAnswer:
        """Learn a concept from the labels as they stand, and score all rows by it."""
        teacher = current.read().teacher
        what = {"description": asked.description}
        return answer_of(teacher.teach(asked.name, set=asked.set, values=asked.values, cut=asked.cut, **what))

    @router.get("/concepts/lesson")
    def lesson(
        set: Annotated[str, Query(max_length=200)], value: Annotated[list[str], Query(min_length=1, max_length=100)]
    ) -> LessonAnswer:
        """How many labels there are to learn from, and what is missing."""
        found = current.read().teacher.lesson(set, value)
        return LessonAnswer(positive=found.n_positive, other=found.n_other, missing=found.missing())

    @router.post("/concepts/next")
    def next_rows(asked: NextRows) -> NextAnswer:
        """Which rows to label next: the most useful, or the likeliest."""
        teacher = current.read().teacher
        rows = teacher.next(asked.set, asked.values, asked.n, name=asked.name, order=asked.order, seed=asked.seed)
        return NextAnswer(row_ids=rows.tolist())

    @router.get("/concepts/file")
    def file(name: Annotated[str, Query(max_length=60)]) -> Response:
        """A concept as a small file, to apply on other maps: `portolan score MAP --scorer concept:FILE`."""
        teacher = current.read().teacher
        text = teacher.general(teacher.concept(name).taught).to_text()
        disposition = {"Content-Disposition": f'attachment; filename="{name}.concept.json"'}
        return Response(text, media_type="application/json", headers=disposition)

    return router


def answer_of(concept: Concept) -> ConceptAnswer:
    """A concept as the page takes it."""
    taught, scores = concept.taught, concept.scores
    known = scores[~np.isnan(scores)]
    bins = np.minimum((known.astype(np.float64) * N_BINS).astype(np.int64), N_BINS - 1)
    return ConceptAnswer.model_validate({
        "name": concept.name, "column": concept.column, "set": taught.set, "values": list(taught.values),
        "description": taught.description, "is_current": concept.is_current, "is_of_sides": concept.is_of_sides,
        **taught.told.to_json(), "histogram": np.bincount(bins, minlength=N_BINS).tolist(),
        "n_missing": len(scores) - len(known),
    })  # fmt: skip
