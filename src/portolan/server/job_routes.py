"""Long work of the server: how far it is, what came of it, stopping it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query

from portolan.core.answers import jsonable
from portolan.core.cleaning import Cleaned
from portolan.core.effect_told import Effect
from portolan.scoring import ScoreNote
from portolan.server.audit_models import AuditAnswer, EffectAnswer
from portolan.server.clean_models import CleanedAnswer, ExportedAnswer, JobAnswer
from portolan.server.current import CurrentMap
from portolan.server.jobs import Job
from portolan.server.score_models import ScoreAnswer

SOON_S = 0.4
"""What is done by then needs no second question."""
LONGEST_WAIT_S = 10.0


def job_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for long work."""
    router = APIRouter(tags=["jobs"])

    @router.get("/jobs/last")
    def last() -> JobAnswer | None:
        """The work that is being done, or was done last; null where the server has done none."""
        job = current.desk.last()
        return None if job is None else job_answer(job)

    @router.get("/jobs/{number}")
    def one(
        number: int,
        wait_s: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S, description="Answer when it is over, or then")] = 0,
    ) -> JobAnswer:
        """How far a piece of work is, or what came of it; only of the last one."""
        job = current.desk.job(number)
        job.wait(wait_s)
        return job_answer(job)

    @router.post("/jobs/{number}/stop")
    def stop(number: int) -> JobAnswer:
        """Stop it. Nothing stays half done; what a costly scorer has finished is kept."""
        job = current.desk.stop(number)
        job.wait(SOON_S)
        return job_answer(job)

    return router


def job_answer(job: Job) -> JobAnswer:
    """Work as the page takes it."""
    progress, result, problem = job.progress, job.result, job.problem
    answer = JobAnswer(
        number=job.number,
        kind=job.kind,
        told=job.told,
        state=job.state,
        stage=job.stage,
        done=progress.done if progress else 0,
        total=progress.total if progress else None,
        unit=progress.unit if progress else "",
        seconds=job.seconds,
        problem=problem.problem if problem else "",
        fix=problem.fix if problem else "",
    )
    if isinstance(result, Cleaned):
        answer.cleaned = CleanedAnswer.model_validate(jsonable(result.to_json()))
    elif isinstance(result, ScoreNote):
        answer.scored = ScoreAnswer.model_validate(jsonable(result.to_json()))
    elif isinstance(result, ExportedAnswer):
        answer.exported = result
    elif isinstance(result, AuditAnswer):
        answer.audited = result
    elif isinstance(result, Effect):
        answer.effect = EffectAnswer.model_validate(jsonable(effect_told(result.to_json())))
    return answer


def effect_told(effect: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment as its shape has it: `with` is no name in Python."""
    outcomes = [{**one, "with_all": one["with"]} for one in effect["outcomes"]]
    return {**effect, "outcomes": outcomes}
