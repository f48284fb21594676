"""The audit of preference pairs as a whole: looking for findings, experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from portolan.core.answers import jsonable
from portolan.server.audit_models import AuditAnswer, ToAudit, ToTry
from portolan.server.clean_models import JobAnswer
from portolan.server.current import CurrentMap
from portolan.server.job_routes import SOON_S, effect_told, job_answer


def audit_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for the audit."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit")
    def audit() -> AuditAnswer:
        """What is known: findings in short, the model, experiments. Nothing is looked for."""
        return AuditAnswer.model_validate(told(current.read().audit_page.now()))

    @router.post("/audit")
    def look(asked: ToAudit) -> JobAnswer:
        """Look for all findings, and fit a preference model; what is there and current stays."""
        page = current.read().audit_page

        def work(report: Any) -> Any:
            return AuditAnswer.model_validate(told(page.run(harm=asked.harm, with_model=asked.model, report=report)))

        return _begun("audit", f"auditing the {page.noun}s", work)

    @router.post("/effects")
    def effect(asked: ToTry) -> JobAnswer:
        """Measure what dropping or flipping rows changes, against as many random ones."""
        page = current.read().audit_page

        def work(report: Any) -> Any:
            return page.effect(asked.action, asked.where, seeds=asked.seeds, report=report)

        return _begun("effect", f"measuring what it changes to {asked.action} these rows", work)

    @router.post("/influence")
    def influence() -> JobAnswer:
        """Measure what each pair does for the model on pairs it has not seen: a column of the map."""
        page = current.read().audit_page
        return _begun(
            "influence", f"measuring what each {page.noun} does", lambda report: page.influence(report=report)
        )

    def _begun(kind: Any, said: str, work: Any) -> JobAnswer:
        job = current.desk.start(kind, said, work)
        job.wait(SOON_S)
        return job_answer(job)

    return router


def told(found: Mapping[str, Any]) -> Any:
    """The audit as its shapes have it."""
    effects = [effect_told(one) for one in found["effects"]]
    return jsonable({**found, "effects": effects})
