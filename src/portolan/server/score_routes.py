"""Scorers, and what they have measured of the map's rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from portolan.core.answers import jsonable
from portolan.server.clean_models import JobAnswer, ToScore
from portolan.server.current import CurrentMap
from portolan.server.job_routes import SOON_S, job_answer
from portolan.server.row_routes import RowId
from portolan.server.score_models import RowScores, ScoreAnswer, ScorePlanAnswer, ScorerAnswer


def score_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for scores."""
    router = APIRouter(tags=["scores"])

    @router.get("/scores")
    def scores() -> list[ScoreAnswer]:
        """What each scorer has left, the oldest first, with its card."""
        found: list[Any] = [jsonable(note.to_json()) for note in current.read().scores]
        return [ScoreAnswer.model_validate(one) for one in found]

    @router.post("/scores")
    def score(asked: ToScore) -> JobAnswer:
        """Run a scorer; an interrupted costly one goes on where it was. `GET /api/jobs/last` tells how far it is."""
        reader = current.read()

        def work(report: Any) -> Any:
            return reader.score_page.run(asked.scorer, report=report)

        job = current.desk.start("score", f"scoring with {asked.scorer}", work)
        job.wait(SOON_S)
        return job_answer(job)

    @router.get("/scorers")
    def scorers() -> list[ScorerAnswer]:
        """Which scorers there are, with their cards."""
        return [ScorerAnswer.model_validate(jsonable(one)) for one in current.read().score_page.scorers()]

    @router.get("/score-plan")
    def plan(scorer: Annotated[str, Query(min_length=1, max_length=4000)]) -> ScorePlanAnswer:
        """What running a scorer would read and cost; of a large map about."""
        return ScorePlanAnswer.model_validate(asdict(current.read().score_page.plan(scorer)))

    @router.get("/rows/{row_id}/scores")
    def of_row(row_id: RowId) -> RowScores:
        """What scorers say of a row, and where personal data stands in its text."""
        return RowScores.model_validate(jsonable(current.read().score_page.of_row(row_id)))

    return router
