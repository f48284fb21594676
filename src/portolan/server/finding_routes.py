"""One finding of the audit: what it is, what people say of it, judging it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path

from portolan.core.answers import jsonable
from portolan.server.audit_models import FindingAnswer, RowsToJudge, ToJudge, ToRespond, ToSay
from portolan.server.clean_models import RecipeRule
from portolan.server.current import CurrentMap

FindingName = Annotated[str, Path(max_length=100)]


def finding_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for findings."""
    router = APIRouter(tags=["audit"])

    @router.get("/findings/{name}")
    def finding(name: FindingName) -> FindingAnswer:
        """One finding: where its rows come from and lie, what is said of them, how right it is."""
        return _finding(current.read().audit_page.finding(name))

    @router.post("/findings/{name}/status")
    def say(name: FindingName, asked: ToSay) -> FindingAnswer:
        """Say what is to become of its rows, or of those that meet an expression."""
        page = current.read().audit_page
        return _finding(page.set_status(name, asked.status, where=asked.where, reason=asked.reason))

    @router.post("/findings/{name}/responses")
    def respond(name: FindingName, asked: ToRespond) -> FindingAnswer:
        """Write into the thread on it."""
        return _finding(current.read().audit_page.respond(name, asked.text))

    @router.post("/findings/{name}/sample")
    def sample(name: FindingName, asked: ToJudge) -> RowsToJudge:
        """Rows to judge without knowing which are in it."""
        return RowsToJudge.model_validate(current.read().audit_page.to_judge(name, asked.n))

    @router.get("/findings/{name}/rules")
    def rules(name: FindingName) -> list[RecipeRule]:
        """Rules of a recipe that drop what is to be dropped of it; what is intended stays."""
        return [RecipeRule.model_validate(one) for one in current.read().audit_page.recipe_rules(name)]

    return router


def _finding(found: Mapping[str, Any]) -> FindingAnswer:
    return FindingAnswer.model_validate(jsonable({**found, "power": found["power"]["says"]}))
