"""Recipes, and decisions taken back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from portolan.errors import InputError
from portolan.server.clean_models import (
    CheckedRecipe,
    DecidedNow,
    JobAnswer,
    RecipeText,
    RecipeToApply,
    RecipeToCheck,
    StepDone,
    StepToUndo,
    ToRestore,
)
from portolan.server.current import CurrentMap
from portolan.server.job_routes import SOON_S, job_answer


def clean_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for cleaning."""
    router = APIRouter(tags=["cleaning"])

    @router.get("/recipe")
    def now() -> DecidedNow:
        """What stands decided, and the recipes that were applied."""
        return DecidedNow.model_validate(current.read().clean_page.now())

    @router.get("/recipe/text")
    def text() -> RecipeText:
        """All that stands decided as one recipe, rows that were decided by hand with it."""
        return RecipeText(text=current.read().clean_page.text())

    @router.post("/recipe/check")
    def check(asked: RecipeToCheck) -> CheckedRecipe:
        """A recipe as a text and in its parts, or what is wrong with it, in which line and column."""
        return CheckedRecipe.model_validate(current.read().clean_page.check(_given(asked)))

    @router.post("/clean")
    def clean(asked: RecipeToApply) -> JobAnswer:
        """Apply a recipe, or tell what it would do. Applied, one without rules takes back what it did."""
        page = current.read().clean_page
        given = _given(asked)

        def work(report: Any) -> Any:
            return page.clean(given, dry_run=asked.dry_run, by=asked.by, author=asked.author, report=report)

        told = "looking what the recipe would do" if asked.dry_run else "applying the recipe"
        job = current.desk.start("clean", told, work)
        job.wait(SOON_S)
        return job_answer(job)

    @router.post("/clean/undo")
    def undo(asked: StepToUndo) -> StepDone:
        """Undo what one step wrote, in one step."""
        events = current.read().clean_page.undo(asked.events, reason=asked.reason, author=asked.author)
        return StepDone(events=[event.id for event in events])

    @router.post("/restore")
    def restore(asked: ToRestore) -> StepDone:
        """Take back every decision, or have back what the last restore took."""
        events = current.read().clean_page.restore(undo=asked.undo, reason=asked.reason, author=asked.author)
        return StepDone(events=[event.id for event in events])

    return router


def _given(asked: RecipeToCheck) -> str | dict[str, Any]:
    if (asked.text is None) == (asked.recipe is None):
        raise InputError("The recipe was not given, or twice.", fix="Give it as `text` or as `recipe`.")
    return asked.text if asked.text is not None else asked.recipe.model_dump()  # type: ignore[union-attr]
